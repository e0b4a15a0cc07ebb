"""`credence replay audit` on a folder of the toy domain."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from credence.cli.replay.audit import audit
from credence.replay.exam.donors import donors_of
from credence.replay.exam.files import write_exam
from credence.replay.exam.freeze import freeze, shown_order
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.loaders.instructrec import load_domain, load_training_targets
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_row, write_folder

app = typer.Typer()
app.command()(audit)

TAKERS = [u for u in (f"u{n}" for n in range(200)) if half("toy", u) is Half.EXAM]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows = [
        a_row(reviewerID=user_id, instruction="a story", ranked_lists=[2, 3, 4, 5])
        for user_id in TAKERS
    ]
    return write_folder(tmp_path / "data", rows)


@pytest.fixture
def exam(data: Path) -> FrozenExam:
    domain = load_domain(data)
    donors = donors_of(domain, load_training_targets(data)[domain.name])
    return freeze(domain, donors, negatives=Negatives.RELEASED, instructed=True, seed=0)


def test_a_clean_exam_is_shown_with_its_findings(
    data: Path, exam: FrozenExam, tmp_path: Path
) -> None:
    write_exam(exam, tmp_path / "exam.json")

    done = CliRunner().invoke(app, [str(tmp_path / "exam.json"), "--data", str(data)])

    assert done.exit_code == 0, done.output
    assert exam.sha256[:12] in done.stdout
    assert "no check failed" in done.stdout


def test_a_failed_check_ends_with_exit_code_one_and_names_twenty(
    data: Path, exam: FrozenExam, tmp_path: Path
) -> None:
    taken = tuple(
        replace(
            paper,
            candidates=shown_order(
                ("0" if c == "3" else c for c in paper.candidates),
                user_id=paper.user_id,
                seed=0,
            ),
        )
        for paper in exam.papers
    )
    write_exam(replace(exam, papers=taken), tmp_path / "exam.json")

    done = CliRunner().invoke(app, [str(tmp_path / "exam.json"), "--data", str(data)])

    assert done.exit_code == 1, done.output
    assert "a candidate is in the history" in " ".join(done.stdout.split())
    assert f"and {len(TAKERS) - 20} more" in " ".join(done.stdout.split())


def test_json_holds_every_finding_and_nothing_else(
    data: Path, exam: FrozenExam, tmp_path: Path
) -> None:
    write_exam(exam, tmp_path / "exam.json")

    done = CliRunner().invoke(app, [str(tmp_path / "exam.json"), "--data", str(data), "--json"])

    told = json.loads(done.stdout)
    assert (told["exam_sha256"], told["failed"]) == (exam.sha256, 0)
    assert [finding["number"] for finding in told["findings"]] == list(range(1, 12))


def test_data_without_the_exams_domain_is_refused_by_name(
    data: Path, exam: FrozenExam, tmp_path: Path
) -> None:
    write_exam(replace(exam, domain="cds"), tmp_path / "exam.json")

    done = CliRunner().invoke(app, [str(tmp_path / "exam.json"), "--data", str(data)])

    assert done.exit_code == 2
    assert "no domain cds; it has toy" in done.stderr


def test_a_file_that_is_no_exam_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "exam.json").write_text("{}", encoding="utf-8")

    done = CliRunner().invoke(app, [str(tmp_path / "exam.json"), "--data", str(data)])

    assert done.exit_code == 2
    assert "is no exam" in done.stderr
