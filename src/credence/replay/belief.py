"""What Credence comes to believe of a recorded person: the built-in lifecycle, in memory.

The same extractor, matching and operations as the planner's, every three events (the interval of
arXiv 2605.14401), without database and narrative. Nothing after the point asked for is read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from credence.memory.lifecycle.consolidation import consolidate
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.lifecycle.extraction import extract
from credence.memory.lifecycle.forgetting import forget
from credence.memory.lifecycle.weighing import reinforce, weaken
from credence.memory.model import Belief, Chunk, Event, Evidence, Vector
from credence.planner.context import Embed
from credence.planner.extraction.attitude import attitude, chose
from credence.planner.extraction.extractor import BuiltInExtractor, Extractor
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.matching import near_duplicates
from credence.planner.ranking.case import Matrix
from credence.planner.reading import read
from credence.planner.state import Snapshot
from credence.replay.encoded import EncodedDomain
from credence.replay.people import Interaction

_INTERVAL = 3  # pending events that set off a run
FIRST = datetime(2024, 1, 1, tzinfo=UTC)  # of histories without times: one event a day from here


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """One person at one point of their history."""

    events: tuple[Event, ...]  # all so far, oldest first
    attitudes: NDArray[np.float64]  # (E,), how much each event's item was liked
    chunks: tuple[Chunk, ...]
    chunk_vectors: Matrix  # (C, D)
    now: datetime


def events_of(history: Sequence[Interaction]) -> tuple[Event, ...]:
    """The history as events, numbered from 1; one a day where it has no times."""
    return tuple(_event(seq, done) for seq, done in enumerate(history, start=1))


def liked(done: Interaction, *, least: float) -> bool:
    """Whether the person liked the item, so that it can be asked for: rated no lower than `least`,
    or not rated and, where it was noted what they did, bought, liked or praised.
    """
    if done.rating is not None:
        return done.rating >= least
    return done.action is None or chose(_event(1, done))


def seen(events: Sequence[Event], encoded: EncodedDomain) -> tuple[Witnessed, ...]:
    """The events with their items and the items' vectors, as an extractor reads them."""
    return tuple(
        Witnessed(
            event=event,
            item=encoded.items[event.item_id],
            item_vector=encoded.vectors[event.item_id],
        )
        for event in events
        if event.item_id is not None
    )


async def live(
    history: Sequence[Interaction],
    encoded: EncodedDomain,
    *,
    at: Collection[int],
    embed: Embed,
    rules: Rules,
) -> dict[int, Lived]:
    """The person after the first n interactions, for each n of `at`."""
    events, size = events_of(history), len(encoded.centre)
    attitudes = np.array([attitude(event) for event in events], dtype=np.float64)
    reader = _Reader(encoded=encoded, extractor=BuiltInExtractor(embed), embed=embed, rules=rules)
    belief, vectors, told = Belief(), dict[int, Vector](), list[Evidence]()
    lived: dict[int, Lived] = {}
    done = 0
    for count in sorted({*at, *range(_INTERVAL, len(events) + 1, _INTERVAL)}):
        seen = events[:count]
        if count > done:
            belief = await _run(belief, vectors, told, seen[done:], reader)
            done = count
        if count in at:
            rows = [vectors[chunk.chunk_id] for chunk in belief.active]
            lived[count] = Lived(
                events=seen,
                attitudes=attitudes[:count],
                chunks=belief.active,
                chunk_vectors=np.array(rows, dtype=np.float32).reshape(len(rows), size),
                now=seen[-1].occurred_at if seen else FIRST,
            )
    return lived


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What a run reads events with."""

    encoded: EncodedDomain
    extractor: Extractor
    embed: Embed
    rules: Rules


async def _run(
    belief: Belief,
    vectors: dict[int, Vector],
    told: list[Evidence],
    pending: Sequence[Event],
    reader: _Reader,
) -> Belief:
    """One run of every operation but the narrative; `vectors` gains those of new chunks, and
    `told` the evidence that was counted."""
    last = pending[-1]
    snapshot = Snapshot(
        belief=belief,
        vectors=vectors,
        pending=seen(pending, reader.encoded),
        last_seq=last.seq,
        head_seq=last.seq,
    )
    reading = await read(snapshot, extractor=reader.extractor, embed=reader.embed)
    draft = Draft.of(belief, consumed_to=last.seq, shared=told)
    for operation in (extract, reinforce, weaken):
        draft = operation(draft, reading.bearings, rules=reader.rules)
    for chunk in draft.belief.chunks:
        if chunk.chunk_id not in vectors:
            vectors[chunk.chunk_id] = reading.vectors[chunk.text]
    now, pairs = last.occurred_at, near_duplicates(draft.belief, vectors)
    draft = consolidate(draft, pairs, now=now, rules=reader.rules)
    draft = forget(draft, now=now, rules=reader.rules)
    told.extend(piece for change in draft.changes for piece in change.evidence)
    return draft.belief


def _event(seq: int, done: Interaction) -> Event:
    at = done.timestamp or FIRST + timedelta(days=seq)
    return Event(
        seq=seq,
        item_id=done.item_id,
        action=done.did,
        rating=done.rating,
        text=done.review,
        metadata={},
        occurred_at=at,
        recorded_at=at,
    )
