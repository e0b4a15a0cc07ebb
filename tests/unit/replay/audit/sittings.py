"""A clean exam and a clean run of it, to be doctored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from credence.replay.audit.evidence import Evidence
from credence.replay.exam.donors import donors_of
from credence.replay.exam.freeze import freeze
from credence.replay.exam.negatives import Shelf, draw
from credence.replay.exam.paper import FrozenExam, Negatives, Paper
from credence.replay.figures.facts import FACTS_FILE, PersonFacts
from credence.replay.people import Domain, ReplayPerson
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.invigilator import record_of
from credence.replay.runner.record import Record
from credence.replay.systems.system import Answer
from tests.unit.replay.manifests import a_manifest
from tests.unit.replay.worlds import a_domain, toy_encode

DOMAIN = a_domain(300)
PLAIN = dict(
    zip(
        (item.item_id for item in DOMAIN.items),
        toy_encode([f"{item.title} {item.description}" for item in DOMAIN.items]),
        strict=True,
    )
)
MEMORY = "credence"  # a system that has one
PLAINEST = "popularity"


def clean(
    negatives: Negatives = Negatives.RELEASED,
    *,
    domain: Domain = DOMAIN,
    seed: int = 0,
    order_seed: int | None = None,
) -> Evidence:
    """An exam without a run."""
    donors = donors_of(domain, {})
    shelf = Shelf.of(domain.items, donors, plain=PLAIN)

    def drawn(person: ReplayPerson) -> tuple[str, ...]:
        return draw(
            negatives,
            target=person.target,
            taken=person.dealt_with,
            shelf=shelf,
            seed=seed,
            user_id=person.user_id,
        )

    exam = freeze(
        domain,
        donors,
        negatives=negatives,
        instructed=True,
        seed=seed,
        order_seed=order_seed,
        drawn=drawn,
    )
    return Evidence(domain=domain, exam=exam, donors=donors, plain=PLAIN)


def clean_run(folder: Path, evidence: Evidence | None = None) -> Evidence:
    """The same with a run of two systems, whose folder says what it has to."""
    evidence = evidence or clean()
    records = {name: answers(evidence.exam, name) for name in (MEMORY, PLAINEST)}
    write_proof(folder)
    write_facts(folder, evidence.exam)
    return replace(evidence, run=a_run(folder, evidence.exam, records))


def answers(exam: FrozenExam, system: str) -> tuple[Record, ...]:
    rng = np.random.default_rng(len(system))
    revision = 3 if system == MEMORY else None
    return tuple(
        record_of(
            # few values, so that there are ties
            Answer(
                scores=tuple(rng.integers(0, 4, len(paper.candidates)) / 3.0), revision=revision
            ),
            paper,
            seed=exam.order,
        )
        for paper in exam.papers
    )


def a_run(folder: Path, exam: FrozenExam, records: Mapping[str, tuple[Record, ...]]) -> FinishedRun:
    return FinishedRun(
        folder=folder,
        manifest=a_manifest(exam, records),
        exam=exam,
        records=records,
        seconds={},
        answers={},
        audit=(),
    )


def write_proof(folder: Path, **changes: Any) -> None:
    """What shows that the memory of `MEMORY` was closed."""
    own = {
        "enforced_by": "Postgres",
        "write_attempt": "25006: cannot execute INSERT in a read-only transaction",
        "counts_before": {"chunks": 12},
        "counts_after": {"chunks": 12},
        "versions_before": {"chunks": "-71"},
        "versions_after": {"chunks": "-71"},
    }
    (folder / "readonly.json").write_text(json.dumps({MEMORY: own | changes}), encoding="utf-8")


def write_facts(folder: Path, exam: FrozenExam, *, leak: tuple[str, ...] = ()) -> None:
    lines = (
        PersonFacts(user_id=paper.user_id, history=8, popularity=1, leak=leak).line()
        for paper in exam.papers
    )
    (folder / FACTS_FILE).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def doctored(evidence: Evidence, first: Paper) -> Evidence:
    """The exam with another first paper."""
    papers = (first, *evidence.exam.papers[1:])
    return replace(evidence, exam=replace(evidence.exam, papers=papers))


def rewritten(evidence: Evidence, system: str, first: Record) -> Evidence:
    """The run with another first answer of a system."""
    assert evidence.run is not None
    mine = (first, *evidence.run.records[system][1:])
    return replace(
        evidence, run=replace(evidence.run, records={**evidence.run.records, system: mine})
    )


def first_record(evidence: Evidence, system: str = PLAINEST) -> Record:
    assert evidence.run is not None
    return evidence.run.records[system][0]
