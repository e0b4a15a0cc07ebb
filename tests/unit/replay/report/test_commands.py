"""`credence replay report` and `credence replay compare` on runs as they lie on disk."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from credence.cli.refusals import REFUSED
from credence.cli.replay.compare import compare
from credence.cli.replay.report import report
from credence.replay.exam.paper import FrozenExam
from credence.replay.report.folders import run_folders
from tests.unit.replay.figures.runs import a_run, an_exam, answers, write_run

EXAM = an_exam(people=20)


def _run(folder: Path, exam: FrozenExam = EXAM, *, seed: int = 0) -> Path:
    records = {
        name: answers(exam, skill=2 * number, seed=seed + number)
        for number, name in enumerate(("bm25", "credence"))
    }
    return write_run(a_run(exam, records, folder=folder))


def _asked(command: Callable[..., None], *arguments: object) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def _json(found: Result) -> Any:
    assert found.exit_code == 0, found.stderr
    return json.loads(found.stdout)


def test_a_report_of_a_folder_of_runs_is_a_page_and_its_figures(tmp_path: Path) -> None:
    for number, domain in enumerate(("reads", "books")):
        _run(tmp_path / "runs" / domain, an_exam(people=20, domain=domain, seed=number))
    out = tmp_path / "out.html"

    found = _asked(report, tmp_path / "runs", "--out", out)

    assert found.exit_code == 0, found.stderr
    assert "reads, released, with instruction: 20 people" in found.stdout
    assert "<bdi>books</bdi>" in out.read_text(encoding="utf-8")
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as stream:
        assert {row["domain"] for row in csv.DictReader(stream)} == {"reads", "books"}
    assert len(json.loads((tmp_path / "figures.json").read_bytes())["exams"]) == 2
    assert "## books, released, with instruction" in (tmp_path / "figures.md").read_text("utf-8")


def test_a_report_as_json_is_json_alone(tmp_path: Path) -> None:
    run, out = _run(tmp_path / "run"), tmp_path / "r.html"

    said = _json(_asked(report, run, "--out", out, "--reference", "bm25", "--json"))

    assert said["report"] == str(out)
    assert [exam["reference"] for exam in said["exams"]] == ["bm25"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--reference", "nobody"], "no system 'nobody' here; name one of: bm25, credence"),
        (["--against", "nobody"], "no system 'nobody' here"),
        (["--out", "/no/such/folder/r.html"], "there is no folder"),
    ],
)
def test_a_report_that_cannot_be_is_refused(tmp_path: Path, more: list[str], said: str) -> None:
    run = _run(tmp_path / "run")

    found = _asked(report, run, "--out", tmp_path / "r.html", *more)

    assert found.exit_code == REFUSED
    assert said in found.stderr
    assert not list(tmp_path.glob("*.html"))


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    found = _asked(report, tmp_path, "--out", tmp_path / "r.html")

    assert found.exit_code == REFUSED
    assert "is no run and holds none" in found.stderr


def test_a_run_named_twice_is_one_run(tmp_path: Path) -> None:
    run = _run(tmp_path / "runs" / "one")

    assert run_folders([tmp_path / "runs", run]) == (run,)


def test_two_systems_of_a_run_are_compared(tmp_path: Path) -> None:
    run = _run(tmp_path / "run")

    (said,) = _json(_asked(compare, "credence", "bm25", "--run", run, "--json"))

    assert said["exam_sha256"] == EXAM.sha256
    assert (said["a"]["system"], said["b"]["system"]) == ("credence", "bm25")
    (at_1,) = [one for one in said["measures"] if one["measure"] == "HR@1"]
    assert at_1["difference"]["mean"] == pytest.approx(at_1["a"]["mean"] - at_1["b"]["mean"])
    assert at_1["p"] == at_1["p_holm"] < 0.05


def test_a_comparison_is_printed_for_people(tmp_path: Path) -> None:
    old, new = _run(tmp_path / "old"), _run(tmp_path / "new", seed=7)

    found = _asked(compare, old, new)

    assert found.exit_code == 0, found.stderr
    assert found.stdout.count("A less B") == 2  # bm25 and credence
    assert "A credence (old)" in found.stdout
    assert "A ranks the target better for" in found.stdout


def test_runs_of_different_exams_are_not_compared(tmp_path: Path) -> None:
    other = an_exam(people=20, domain="books")
    runs = _run(tmp_path / "films"), _run(tmp_path / "books", other)

    found = _asked(compare, *runs)

    assert found.exit_code == REFUSED
    assert EXAM.title in found.stderr
    assert other.title in found.stderr
