"""Files of JSON lines: every line is judged alone, and named as the file counts it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from credence.cli.faults import telling
from credence.cli.lines import fault_of_line, read_lines
from credence.cli.refusals import Unusable


def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('\n{"a": 1}\nnonsense\n\n[]\n{"a": 2}\n{"a": NaN}\n', encoding="utf-8")

    lines = read_lines(file)

    assert lines.rows == [{"a": 1}, {"a": 2}]
    assert lines.numbers == [2, 6]
    assert [(fault["of"], fault["row"]) for fault in lines.faults] == [
        ("line", 3),
        ("line", 5),
        ("line", 7),
    ]
    assert all(fault["fix"] for fault in lines.faults)


def test_a_file_without_any_object_is_refused_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text("[\n  1,\n  2\n]\n", encoding="utf-8")

    with pytest.raises(Unusable, match=r"rows\.json, line 1: is not JSON.* no line is a JSON"):
        read_lines(file)


def test_a_byte_order_mark_is_no_part_of_the_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"a": 1}\n', encoding="utf-8-sig")
    monkeypatch.setattr("sys.stdin", io.StringIO("\ufeff" + '{"a": 1}\n'))

    assert read_lines(file).rows == read_lines(Path("-")).rows == [{"a": 1}]


def test_a_fault_names_the_line_and_the_field(capsys: pytest.CaptureFixture[str]) -> None:
    error = {"message": "Field required", "fix": "add the field"}

    with telling([fault_of_line(4, field="title", **error)], str):
        pass

    said = capsys.readouterr().err
    assert said.startswith("line 4, title: Field required; add the field")
    assert "The others went in" in said


def test_faults_are_told_in_the_order_of_the_file_also_where_sending_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = {"message": "Field required", "fix": "add the field"}
    faults = [fault_of_line(7, **error)]

    with pytest.raises(KeyboardInterrupt), telling(faults, lambda: "5 recorded"):
        faults.append(fault_of_line(4, field="title", **error))
        raise KeyboardInterrupt

    first, second, before = capsys.readouterr().err.splitlines()
    assert first == "line 4, title: Field required; add the field"
    assert second == "line 7: Field required; add the field"
    assert before.startswith("before that: 5 recorded")
