"""Finished runs made up from a seed, in memory or as the files beside one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from credence.replay.exam.files import write_exam
from credence.replay.exam.paper import FrozenExam, Negatives, Paper
from credence.replay.figures.facts import FACTS_FILE, PersonFacts
from credence.replay.runner.folder import (
    ANSWERS,
    EXAM,
    ITEMS,
    MANIFEST,
    TIMINGS,
    FinishedRun,
    system_file,
)
from credence.replay.runner.record import Record
from tests.unit.replay.manifests import a_manifest

CANDIDATES = 10


def an_exam(
    *,
    people: int = 30,
    domain: str = "films",
    negatives: Negatives = Negatives.RELEASED,
    instructed: bool = True,
    seed: int = 0,
    order: int = 0,
    length: int = CANDIDATES,
) -> FrozenExam:
    """People with `length` candidates each; another `order` shows them the same ones otherwise."""
    rng = np.random.default_rng(seed)
    papers = []
    for number in range(people):
        drawn = [f"i{item}" for item in rng.choice(4 * people + 4 * length, length, replace=False)]
        target = str(drawn[int(rng.integers(length))])
        shown = np.random.default_rng((seed, order, number)).permutation(drawn)
        papers.append(
            Paper(user_id=f"u{number:04}", candidates=tuple(map(str, shown)), target=target)
        )
    return FrozenExam(
        domain=domain,
        negatives=negatives,
        instructed=instructed,
        seed=order,
        data_sha256="0" * 64,
        papers=tuple(papers),
    )


def redrawn(exam: FrozenExam, *, seed: int) -> FrozenExam:
    """The same people and targets beside other candidates, as another seed draws them."""
    papers = tuple(
        replace(
            paper,
            candidates=(*(f"d{seed}-{n}" for n in range(1, CANDIDATES)), paper.target),
        )
        for paper in exam.papers
    )
    return replace(exam, seed=seed, papers=papers)


def ranked(exam: FrozenExam, ranks: Sequence[int]) -> list[Record]:
    """Answers that put each person's target at this rank."""
    return [_ranked(paper, rank) for paper, rank in zip(exam.papers, ranks, strict=True)]


def _ranked(paper: Paper, rank: int) -> Record:
    order = [candidate for candidate in paper.candidates if candidate != paper.target]
    order.insert(rank - 1, paper.target)
    return answered(paper, [-float(order.index(candidate)) for candidate in paper.candidates])


def answers(exam: FrozenExam, *, skill: float, seed: int, failing: float = 0.0) -> list[Record]:
    """Scores are noise plus `skill` for the target; some people fail."""
    rng = np.random.default_rng(seed)
    return [
        failed(paper)
        if rng.uniform() < failing
        else answered(paper, rng.normal(size=CANDIDATES) + skill * _is_target(paper))
        for paper in exam.papers
    ]


def _is_target(paper: Paper) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([candidate == paper.target for candidate in paper.candidates], dtype=float)


def answered(
    paper: Paper, scores: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]]
) -> Record:
    """The record of these scores, in the order of the candidates."""
    best = sorted(range(len(paper.candidates)), key=lambda i: -float(scores[i]))
    order = tuple(paper.candidates[i] for i in best)
    return Record(
        user_id=paper.user_id,
        rank=order.index(paper.target) + 1,
        order=order,
        scores=tuple(float(scores[i]) for i in best),
        failure="",
        tokens_in=0,
        tokens_out=0,
        cost=0.0,
        revision=None,
        operations={},
    )


def failed(paper: Paper, why: str = "no answer within 30 s") -> Record:
    """The worst rank, no order and no scores."""
    return replace(
        answered(paper, np.zeros(len(paper.candidates))),
        rank=len(paper.candidates),
        order=(),
        scores=(),
        failure=why,
    )


def a_run(
    exam: FrozenExam,
    records: Mapping[str, Sequence[Record]],
    *,
    folder: Path,
    plumbing_only: bool = False,
    simulated: bool = False,
    seconds: Mapping[str, Mapping[str, float]] | None = None,
) -> FinishedRun:
    """A run of `exam` with these answers."""
    manifest = a_manifest(exam, records, plumbing_only=plumbing_only, simulated=simulated)
    return FinishedRun(
        folder=folder,
        manifest=manifest,
        exam=exam,
        records={system: tuple(found) for system, found in records.items()},
        seconds=seconds or {},
        answers={},
        audit=(),
    )


def some_facts(exam: FrozenExam, *, seed: int = 0) -> list[PersonFacts]:
    """Histories and popularities at random; one in twenty leaks."""
    rng = np.random.default_rng(seed)
    return [
        PersonFacts(
            user_id=paper.user_id,
            history=int(rng.integers(3, 60)),
            popularity=int(rng.geometric(0.2)),
            leak=("title-in-instruction",) if rng.uniform() < 0.05 else (),
        )
        for paper in exam.papers
    ]


def write_run(run: FinishedRun) -> Path:
    """The run as `credence replay run` leaves it on disk."""
    write_exam(run.exam, run.folder / EXAM)
    _write(run.folder / MANIFEST, json.dumps(asdict(run.manifest)))
    for system, records in run.records.items():
        stem = f"{system_file(system)}.jsonl"
        _write(run.folder / ANSWERS / stem, "".join(f"{record.line()}\n" for record in records))
        times = run.seconds.get(system, {})
        lines = (json.dumps({"user_id": u, "seconds": s}) + "\n" for u, s in times.items())
        _write(run.folder / TIMINGS / stem, "".join(lines))
    return run.folder


def write_beside(
    folder: Path,
    *,
    facts: Sequence[PersonFacts] = (),
    titles: Mapping[str, str] | None = None,
    beliefs: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """What a run folder holds beside exam and answers; `beliefs` by system and person."""
    folder.mkdir(parents=True, exist_ok=True)
    if facts:
        _write(folder / FACTS_FILE, "".join(f"{fact.line()}\n" for fact in facts))
    if titles is not None:
        _write(folder / ITEMS, json.dumps(titles))
    for system, by_person in (beliefs or {}).items():
        lines = (
            json.dumps({"user_id": user_id, "belief": belief}) + "\n"
            for user_id, belief in by_person.items()
        )
        _write(folder / "beliefs" / f"{system_file(system)}.jsonl", "".join(lines))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
