"""Two toy domains with an exam each, for runs in several processes."""

from __future__ import annotations

import shutil
from pathlib import Path

from credence.replay.bundled import encode
from credence.replay.exam.donors import donors_of
from credence.replay.exam.freeze import freeze
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.loaders.instructrec import domain_folders, load_domain, load_training_targets
from credence.replay.runner.run import Run
from tests.integration.replay.toy_run import PEOPLE, a_run, write_toy

NAMES = ("toy", "yot")
FEWER = 10


def write_two(folder: Path) -> Path:
    """The toy domain, and one of fewer people under another name."""
    write_toy(folder / NAMES[0], people=PEOPLE)
    other = write_toy(folder / NAMES[1], people=FEWER)
    for path in list(other.iterdir()):
        shutil.move(path, path.with_name(path.name.replace(*NAMES)))
    return folder


def exams(data: Path) -> dict[str, FrozenExam]:
    """Of each domain, with instructions."""
    found = {}
    for folder in domain_folders(data):
        domain = load_domain(folder)
        donors = donors_of(domain, load_training_targets(folder)[domain.name])
        found[domain.name] = freeze(
            domain, donors, negatives=Negatives.RELEASED, instructed=True, seed=0
        )
    return found


def a_run_of_two(data: Path, out: Path, database: str, *, systems: tuple[str, ...]) -> Run:
    """With an encoder that other processes can load."""
    return a_run(data, out, database, encode, systems=systems, exams=exams(data))
