from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from credence.replay.errors import MalformedData
from credence.replay.runner.lines import Lines


def lines(path: Path) -> Lines[dict[str, Any]]:
    return Lines(path, read=json.loads, write=json.dumps, person=lambda row: str(row["user"]))


def test_rows_of_a_killed_process_are_there_but_for_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.jsonl"
    with lines(path).open() as add:
        add({"user": "one"})
        add({"user": "two"})
    with path.open("a") as file:
        file.write('{"user": "thr')

    again = lines(path)

    assert sorted(again.rows) == ["one", "two"]
    with again.open() as add:
        add({"user": "three"})
    assert sorted(lines(path).rows) == ["one", "three", "two"]


def test_the_finished_file_is_in_order_whatever_came_first(tmp_path: Path) -> None:
    texts = []
    for number, order in enumerate((["a", "b", "c"], ["c", "a", "b"])):
        path = tmp_path / f"{number}.jsonl"
        made = lines(path)
        with made.open() as add:
            for user in order:
                add({"user": user})
        made.finish(["b", "a", "c"])
        texts.append(path.read_bytes())

    assert texts[0] == texts[1] == b'{"user": "b"}\n{"user": "a"}\n{"user": "c"}\n'


def test_of_two_rows_of_one_person_the_later_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    made = lines(path)
    with made.open() as add:
        add({"user": "a", "n": 1})
        add({"user": "a", "n": 2})
    made.finish(["a"])

    assert path.read_text() == '{"user": "a", "n": 2}\n'


@pytest.mark.parametrize("line", [b"{", b"{}", b"[]", b"null", b"3", b"\xff\xfe{}"])
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"user": "a"}\n\n' + line + b'\n{"user": "b"}\n')

    with pytest.raises(MalformedData, match=r"a\.jsonl, line 3"):
        lines(path)


def test_broken_surrogates_survive(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    made = Lines[dict[str, Any]](
        path,
        read=json.loads,
        write=lambda row: json.dumps(row, ensure_ascii=False),
        person=lambda row: str(row["user"]),
    )
    with made.open() as add:
        add({"user": "\ud800\u2028x"})

    assert sorted(lines(path).rows) == ["\ud800\u2028x"]
