"""What a run is asked for, by domain."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from credence.app.settings import Settings
from credence.replay.runner.run import Run
from tests.unit.replay.figures.runs import an_exam, redrawn


def test_a_domain_s_exams_are_sat_seed_by_seed(tmp_path: Path) -> None:
    films, books = an_exam(people=2), an_exam(people=2, domain="books")
    exams = {
        "b": redrawn(films, seed=10),
        "c": redrawn(films, seed=2),
        "a": books,
        "d": films,
    }
    run = Run(
        exams=exams,
        systems=("random",),
        data=tmp_path,
        out=tmp_path,
        database="",
        settings=Settings(_env_file=None),  # type: ignore[call-arg]
        command="",
        at_once=1,
        keep_memory=False,
        encode=lambda texts: [],  # type: ignore[arg-type,return-value]
        cache=None,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )

    assert list(run.of("films").exams) == ["d", "c", "b"]
    assert list(run.of("books").exams) == ["a"]
