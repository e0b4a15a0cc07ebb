"""Walks that nobody walked, with ranks as a test wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from credence.replay.asking.spent import NOTHING, Spent
from credence.replay.evolving.folder import MANIFEST, Manifest, Study, steps, timings
from credence.replay.evolving.timeline import FIRST_STEP
from credence.replay.evolving.walked import Step, Took, Walked
from credence.replay.runner.kept import write_json


def a_step(rank: int, *, step: int = FIRST_STEP, **changes: object) -> Step:
    given: dict[str, object] = {
        "step": step,
        "change": None,
        "rank": rank,
        "order": tuple(str(n) for n in range(10)),
        "failure": "",
        "revision": 1,
        "operations": {"extraction": 2},
        "looks": 1,
        "looked": None,
        "unlooked": None,
    }
    return Step(**(given | changes))  # type: ignore[arg-type]


def a_walk(
    user_id: str,
    ranks: Sequence[int],
    *,
    splice: int | None = None,
    operations: int = 0,
    spent: Spent = NOTHING,
) -> Walked:
    """Asked at every step from the fifth; the splice is after so many events."""
    asked = list(enumerate(ranks, start=FIRST_STEP))
    return Walked(
        user_id=user_id,
        steps=tuple(
            a_step(rank, step=at, change=None if splice is None or at <= splice else at - splice)
            for at, rank in asked
        ),
        events=FIRST_STEP - 1 + len(ranks),
        operations={"extraction": operations} if operations else {},
        looks=2,
        spent=spent,
    )


def a_manifest(**changes: object) -> Manifest:
    given: dict[str, object] = {
        "command": "credence replay evolve",
        "commit": "c",
        "questions_sha256": "q",
        "data_sha256": "d",
        "domain": "toy",
        "spliced": False,
        "people": 2,
        "questions": 8,
        "stride": 1,
        "seed": 0,
        "systems": ("credence:never",),
        "others": "nobody",
        "versions": {"python": "3"},
        "settings": {},
        "started_at": "2026-01-01T00:00:00+00:00",
    }
    return Manifest(**(given | changes))  # type: ignore[arg-type]


def a_study(walked: Mapping[str, Sequence[Walked]], **changes: object) -> Study:
    people = max(len(one) for one in walked.values())
    return Study(
        manifest=a_manifest(systems=tuple(walked), people=people, **changes),
        walked={system: tuple(one) for system, one in walked.items()},
        took={
            system: tuple(
                Took(user_id=walk.user_id, planner_ms=(10.0, 30.0), asking_s=0.5) for walk in one
            )
            for system, one in walked.items()
        },
    )


def written(study: Study, folder: Path) -> Path:
    """The study as a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / MANIFEST, asdict(study.manifest))
    for system, walked in study.walked.items():
        with steps(folder, system).open() as keep:
            for walk in walked:
                keep(walk)
        with timings(folder, system).open() as keep_time:
            for took in study.took[system]:
                keep_time(took)
    return folder
