"""A small domain with words in it, and runs on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from credence.app.settings import Settings
from credence.replay.encoded import Encode
from credence.replay.exam.donors import donors_of
from credence.replay.exam.freeze import freeze
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.loaders.instructrec import load_domain, load_training_targets
from credence.replay.runner.invigilator import Told
from credence.replay.runner.run import Run, Watcher
from tests.unit.replay.worlds import a_row, write_folder

POISON = "zanzibarquux"  # a word that only the reviews of targets hold
_PRAISE = {
    "heists": "A clever heist with a twist. I loved the heists and the witty crew.",
    "romance": "A slow-burn romance with lyrical prose. I loved the tender love story.",
    "horror": "A haunted house full of dread. I loved how eerie and scary it was.",
}
_ITEMS = 45
PEOPLE = 14  # enough for most: eight of them are of the exam half
# What a killed run holds is free again soon.
SETTINGS = Settings(_env_file=None, lease_seconds=3)  # type: ignore[call-arg]


def write_toy(folder: Path, *, people: int = 24) -> Path:
    """People who praise one kind of item each, seven times, then choose an eighth."""
    rng = np.random.default_rng(1)
    kinds = sorted(_PRAISE)
    rows = []
    for number in range(people):
        own = [index for index in range(_ITEMS) if index % len(kinds) == number % len(kinds)]
        others = [index for index in range(_ITEMS) if index not in own]
        chosen = [int(index) for index in rng.choice(own, 8, replace=False)]
        drawn = [int(index) for index in rng.choice(others, 9, replace=False)]
        praise = _PRAISE[kinds[number % len(kinds)]]
        rows.append(
            a_row(
                reviewerID=f"p{number}",
                asin=chosen,
                title=[f"Item {index}" for index in chosen],
                description=[""] * 8,
                reviewText=[praise] * 7 + [f"{praise} {POISON}"],
                instruction=f"something with {kinds[number % len(kinds)]}",
                ranked_lists=np.array(rng.permutation([chosen[-1], *drawn])),
            )
        )
    items = [
        [str(i), f"A{i}", f"Item {i}", f"A story of {kinds[i % len(kinds)]}, number {i}."]
        for i in range(_ITEMS)
    ]
    return write_folder(folder, rows, items=items)


def an_exam(data: Path, *, seed: int = 0, instructed: bool = True) -> FrozenExam:
    domain, targets = load_domain(data), load_training_targets(data)["toy"]
    donors = donors_of(domain, targets)
    return freeze(domain, donors, negatives=Negatives.RELEASED, instructed=instructed, seed=seed)


def a_run(
    data: Path,
    out: Path,
    database: str,
    encode: Encode,
    *,
    systems: tuple[str, ...] = ("credence",),
    at_once: int = 3,
    keep_memory: bool = False,
    exams: dict[str, FrozenExam] | None = None,
    settings: Settings | None = None,
) -> Run:
    return Run(
        exams=exams or {"toy": an_exam(data)},
        systems=systems,
        data=data,
        out=out,
        database=database,
        settings=settings or SETTINGS,
        command="credence replay run",
        at_once=at_once,
        keep_memory=keep_memory,
        encode=encode,
        cache=None,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def a_watcher(
    told: Told = lambda system, record: None,
    built: Callable[[], None] = lambda: None,
) -> Watcher:
    return Watcher(exam=lambda name, exam: told, building=lambda memory, people: built)
