"""What is kept of one system's walk along one timeline: a line of JSON, without any clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any

from credence.replay.asking.spent import NOTHING, Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question and its answer. A failure has the worst rank and no order."""

    step: int  # of the timeline, from 1: before it `step - 1` events were known
    change: int | None  # steps since the splice, from 1; None before it, or without one
    rank: int  # of the item really taken, from 1
    order: tuple[str, ...]  # item ids, best first
    failure: str
    revision: int | None
    operations: Mapping[str, int]  # lifecycle, by name, so far
    looks: int  # of the planner, so far
    looked: tuple[str, ...] | None  # operations of a look just before; None: there was none
    unlooked: int | None  # rank for the same question with the same events, before that look
    spent: Spent = NOTHING  # by models, so far, this answer's order among it


@dataclass(frozen=True, slots=True)
class Borne:
    """A chunk as it stood right after a look, and which way events after the look bear on it."""

    chunk: int
    strength: float  # [-1, 1], as of the look
    confidence: float  # [0, 1)
    leaning: bool  # the topic's own words say which way it counts: "predictable plots"
    liked: tuple[int, ...]  # numbers of later events that speak for liking it,
    disliked: tuple[int, ...]  # and for disliking it; there is one at least in the two


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """What was believed right after one look, held against the events that follow it."""

    known: int  # events that were recorded before the look
    ahead: int  # events after it that were read
    likes: int  # pieces of evidence that the belief rests on, of all chunks: for liking,
    dislikes: int  # and for disliking; an event is one for each chunk that it bears on
    open_likes: int  # the same of the chunks that are not leaning
    open_dislikes: int
    active: int  # chunks
    borne: tuple[Borne, ...]  # chunks that later events bear on, by id


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One person's steps, and what the whole timeline took.

    `believed` has a row for each look that left a belief and had events of the same person to come,
    in a spliced timeline before the change alone; None in files of versions that did not keep it,
    or less of it than `Believed` has.
    """

    user_id: str
    steps: tuple[Step, ...]
    events: int
    operations: Mapping[str, int]  # lifecycle, by name
    looks: int
    spent: Spent = NOTHING  # by models for all of it
    believed: tuple[Believed, ...] | None = None

    def line(self) -> str:
        """The walk as one line, the same bytes for the same walk."""
        row = asdict(self)
        for written, look in zip(row["believed"] or (), self.believed or (), strict=True):
            written["borne"] = [astuple(one) for one in look.borne]
        return json.dumps(row, sort_keys=True, ensure_ascii=False)

    @classmethod
    def of_line(cls, line: str) -> Walked:
        """Raises ValueError, KeyError or TypeError for a line that is no walk."""
        row = json.loads(line)
        row["steps"] = tuple(_step(step) for step in row["steps"])
        row["spent"] = Spent.of_row(row.get("spent", {}))
        if row.get("believed") is not None:
            row["believed"] = _all_believed(row["believed"])
        return cls(**row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one walk took by the clock: what differs between equal walks."""

    user_id: str
    planner_ms: tuple[float, ...]  # of each look
    asking_s: float  # of all questions

    def line(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def of_line(cls, line: str) -> Took:
        """Raises ValueError, KeyError or TypeError for another line."""
        row = json.loads(line)
        row["planner_ms"] = tuple(row["planner_ms"])
        return cls(**row)


def _step(row: dict[str, Any]) -> Step:
    row["order"] = _strings(row["order"])
    row["looked"] = None if row["looked"] is None else _strings(row["looked"])
    row["spent"] = Spent.of_row(row.get("spent", {}))
    return Step(**row)


def _all_believed(rows: list[dict[str, Any]]) -> tuple[Believed, ...] | None:
    """None where an earlier version did not count the evidence of open topics apart."""
    if any("open_likes" not in row for row in rows):
        return None
    return tuple(_believed(row) for row in rows)


def _believed(row: dict[str, Any]) -> Believed:
    borne = tuple(
        Borne(chunk, strength, confidence, leaning, tuple(liked), tuple(disliked))
        for chunk, strength, confidence, leaning, liked, disliked in row["borne"]
    )
    return Believed(**(row | {"borne": borne}))


def _strings(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is no list")
    return tuple(str(value) for value in values)
