"""The people about whom two systems differ most, with what each believed and put first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.facts import PersonFacts
from credence.replay.metrics.measures import MEASURES, headlines
from credence.replay.report.believed import Line, believed
from credence.replay.report.beside import read_beliefs, read_titles

_PEOPLE = 20
_FIRST = 10  # candidates that are shown besides the target


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One candidate where a system put it."""

    rank: int
    item_id: str
    title: str  # the id where none is known
    score: float
    target: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One system about one person."""

    system: str
    rank: int
    failure: str
    places: tuple[Place, ...]  # the first ten, and the target
    belief: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """One person under both systems."""

    user_id: str
    target: str  # its title
    facts: PersonFacts | None
    sides: tuple[Side, Side]


def rival(one: ExamFigures, wanted: str | None = None) -> str | None:
    """The system to hold beside the reference: the one asked for, or the best other by NDCG.

    None where the reference sat the exam alone.
    """
    others = [system for system in one.sat.systems if system != one.reference]
    if wanted in others:
        return wanted
    values = MEASURES[headlines(one.sat.exam.longest)[-1]]
    return max(others, key=lambda s: float(values(one.sat.ranks[s]).mean()), default=None)


def furthest_apart(one: ExamFigures, rival_system: str) -> tuple[Apart, ...]:
    """Twenty people at most, by how far the target's ranks lie apart and then by id."""
    pair = (one.reference, rival_system)
    gaps = abs(one.sat.ranks[pair[0]] - one.sat.ranks[pair[1]])
    papers = one.sat.exam.papers
    apart = [index for index in range(len(papers)) if gaps[index] > 0]
    apart.sort(key=lambda index: (-gaps[index], papers[index].user_id))
    titles = _titles(one)
    beliefs = {s: read_beliefs(one.sat.seats[s].run.folder, one.sat.seats[s].system) for s in pair}
    return tuple(
        Apart(
            user_id=papers[index].user_id,
            target=titles.get(papers[index].target, papers[index].target),
            facts=None if one.facts is None else one.facts[papers[index].user_id],
            sides=(
                _side(one, pair[0], index, titles, beliefs[pair[0]]),
                _side(one, pair[1], index, titles, beliefs[pair[1]]),
            ),
        )
        for index in apart[:_PEOPLE]
    )


def _side(
    one: ExamFigures,
    system: str,
    index: int,
    titles: Mapping[str, str],
    beliefs: Mapping[str, Any],
) -> Side:
    record = one.sat.seats[system].records[index]
    target = one.sat.exam.papers[index].target
    return Side(
        system=system,
        rank=record.rank,
        failure=record.failure,
        places=tuple(
            Place(rank=rank, item_id=i, title=titles.get(i) or i, score=score, target=i == target)
            for rank, (i, score) in enumerate(
                zip(record.order, record.scores, strict=True), start=1
            )
            if rank <= _FIRST or i == target
        ),
        belief=believed(beliefs.get(record.user_id)),
    )


def _titles(one: ExamFigures) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for run in one.sat.runs:
        found |= read_titles(run.folder)
    return found
