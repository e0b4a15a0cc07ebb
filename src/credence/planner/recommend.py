"""Recommending: gather what is believed, find candidates, rank them, and say why.

Reads only; what a recommendation does to a belief comes later, as events of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from credence.memory.errors import Invalid
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import (
    Belief,
    Chunk,
    Embedded,
    Filters,
    Impression,
    Item,
    Person,
    SeenEvent,
    Vector,
)
from credence.memory.strength import standing
from credence.planner.context import Embed
from credence.planner.extraction.attitude import attitude
from credence.planner.ranking.case import Matrix, Ranker, RankingCase
from credence.planner.ranking.diverse import diverse
from credence.planner.ranking.order import order
from credence.planner.ranking.reasons import Reason, leave_one_out, reasons

POOL = 200  # candidates that a search gathers before ranking
_PROBE_CHUNKS = 3  # strongest likes that each send a probe
_PROBE_EVENTS = 4  # latest liked items that each send a probe
_SESSION_LIKING = 0.6  # how much an item of a session counts as liked
_NOVELTY = 0.3  # share of novelty in a list for somebody unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request for recommendations: for a user, or a session of items, or neither."""

    tenant: str
    user_id: str | None = None
    session: tuple[str, ...] = ()  # oldest first
    instruction: str = ""
    candidates: tuple[str, ...] | None = None  # None: find them
    k: int = 10
    filters: Filters = field(default_factory=Filters)
    explain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What is believed of one person, and what they did last."""

    belief: Belief
    vectors: Mapping[int, Vector]
    recent: tuple[SeenEvent, ...]  # event memory, newest first
    known: bool = True  # False: nobody of that id


@dataclass(frozen=True, slots=True)
class Ranked:
    """One recommended item with its log-probability over the list and the reasons for it."""

    item: Item
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A ranked list and how it came about."""

    impression_id: str
    items: tuple[Ranked, ...]
    flags: tuple[str, ...]
    ranker: str
    revision: int | None
    pool: int  # how many candidates were ranked
    taste: Taste
    session: tuple[Item, ...] = ()  # the items of the session that exist, newest first
    unknown: tuple[str, ...] = ()  # candidates that do not exist


class Shelf(Protocol):
    """What recommending may read, and the one thing it writes."""

    async def taste(self, person: Person) -> Taste: ...

    async def items(self, tenant: str, ids: Sequence[str]) -> dict[str, Embedded]:
        """Those of these items that exist."""
        ...

    async def passing(self, tenant: str, ids: Sequence[str], filters: Filters) -> frozenset[str]:
        """Those of these items that exist and pass, as `nearest` and `popular` judge it."""
        ...

    async def nearest(
        self,
        person: Person,
        probes: NDArray[np.float32],
        filters: Filters,
        without: Sequence[str],
        *,
        least: int,
    ) -> dict[str, Embedded]:
        """Items near the probes (P, D) that pass and that the person has not dealt with.

        At least `least` of them where the catalogue has so many, be the last ones anywhere.
        """
        ...

    async def popular(
        self, person: Person, filters: Filters, without: Sequence[str]
    ) -> tuple[tuple[Embedded, int], ...]:
        """Items the person has not dealt with, and how many people liked each of late."""
        ...

    async def centre(self, tenant: str) -> Vector | None:
        """Mean vector of the catalogue."""
        ...

    async def remember(self, tenant: str, shown: Sequence[Impression]) -> None:
        """Take note; it need not be written when this returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Collaborators of a recommendation: built in `app.bootstrap`, faked in tests."""

    shelf: Shelf
    ranker: Ranker
    embed: Embed
    rules: Rules
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool:
    found: Mapping[str, Embedded]
    flags: tuple[str, ...] = ()
    people: Mapping[str, int] = field(default_factory=dict)  # popularity, where that is the cause


async def recommend(ask: Ask, counter: Counter) -> Recommendation:
    """The best k of the candidates, best first, with what was shown remembered.

    Raises Invalid when candidates are named and none of them exists.
    """
    person = Person(ask.tenant, ask.user_id or "")
    named = [*(ask.candidates or ()), *ask.session]
    taste, items, passing, centre = await asyncio.gather(
        counter.shelf.taste(person) if ask.user_id is not None else _nobody(),
        counter.shelf.items(ask.tenant, named) if named else _nothing(),
        _passing(ask, counter),
        counter.shelf.centre(ask.tenant),
    )
    instruction = await _embedded(ask.instruction, counter)
    session = [items[i] for i in reversed(ask.session) if i in items]  # newest first
    now = counter.clock()
    chunks = taste.belief.active
    case = _case(
        taste,
        chunks,
        [e.vector for e in session],
        instruction,
        centre,
        now=now,
        rules=counter.rules,
    )
    unknown: tuple[str, ...] = ()
    flags = [] if taste.known else ["unknown_user"]
    if not chunks and not len(case.events):
        flags.append("cold_start")
    if ask.candidates is None:
        pool = await _find(ask, person, case, counter)
    else:
        chosen = {i: items[i] for i in dict.fromkeys(ask.candidates) if i in items}
        pool = _Pool(found={i: e for i, e in chosen.items() if i in passing})
        unknown = tuple(i for i in ask.candidates if i not in items)
        if not chosen:
            raise Invalid(
                "none of the candidates is in this tenant's catalogue",
                field="candidates",
                fix="name items of GET /v1/items, or leave candidates out to have some found",
            )
        if unknown:
            flags.append("unknown_candidates")
    flags += pool.flags
    ranked = await _ranked(
        ask,
        person_part=case,
        pool=pool,
        taste=taste,
        chunks=chunks,
        ranker=counter.ranker,
    )
    recommendation = Recommendation(
        impression_id=counter.new_id(),
        items=ranked,
        flags=tuple(flags),
        ranker=counter.ranker.name,
        revision=taste.belief.revision if ask.user_id is not None and taste.known else None,
        pool=len(pool.found),
        taste=taste,
        session=tuple(embedded.item for embedded in session),
        unknown=unknown,
    )
    await counter.shelf.remember(ask.tenant, [_impression(ask, recommendation, now)])
    return recommendation


def _case(
    taste: Taste,
    chunks: Sequence[Chunk],
    session: Sequence[Vector],
    instruction: Vector | None,
    centre: Vector | None,
    *,
    now: datetime,
    rules: Rules,
) -> RankingCase:
    """The person's part of a case, still without candidates."""
    standings = [standing(chunk, now=now, half_life=rules.half_life) for chunk in chunks]
    recent = [seen for seen in taste.recent if seen.item_vector is not None]
    vectors = [seen.item_vector for seen in recent if seen.item_vector is not None]
    liked = [_SESSION_LIKING] * len(session) + [attitude(seen.event) for seen in recent]
    return RankingCase(
        instruction=instruction,
        candidate_ids=(),
        candidates=np.empty((0, 0), dtype=np.float32),
        chunks=stacked([taste.vectors[chunk.chunk_id] for chunk in chunks]),
        strengths=np.array([s.strength for s in standings], dtype=np.float64),
        confidences=np.array([s.confidence for s in standings], dtype=np.float64),
        events=stacked([*session, *vectors]),
        event_weights=np.array(liked, dtype=np.float64),
        centre=centre,
    )


async def _find(ask: Ask, person: Person, case: RankingCase, counter: Counter) -> _Pool:
    """Candidates by several probes; what is popular when nothing is known to probe with."""
    likes = np.argsort(-case.strengths * case.confidences, kind="stable")[:_PROBE_CHUNKS]
    likes = likes[case.strengths[likes] > 0]
    liked = np.flatnonzero(case.event_weights > 0)[:_PROBE_EVENTS]
    probes = [
        *([case.instruction] if case.instruction is not None else []),
        *case.chunks[likes],
        *case.events[liked],
    ]
    if probes:
        near = await counter.shelf.nearest(
            person, stacked(probes), ask.filters, ask.session, least=ask.k
        )
        if near:
            return _Pool(found=near)
    popular = await counter.shelf.popular(person, ask.filters, ask.session)
    return _Pool(
        found={embedded.item.item_id: embedded for embedded, _ in popular},
        people={embedded.item.item_id: people for embedded, people in popular},
        flags=("popular",),
    )


async def _ranked(
    ask: Ask,
    *,
    person_part: RankingCase,
    pool: _Pool,
    taste: Taste,
    chunks: Sequence[Chunk],
    ranker: Ranker,
) -> tuple[Ranked, ...]:
    ids = tuple(sorted(pool.found))
    if not ids:
        return ()
    case = with_candidates(person_part, ids, stacked([pool.found[i].vector for i in ids]))
    pieces = (len(case.chunks), len(case.events))
    keep = leave_one_out(*pieces) if ask.explain else np.ones((1, sum(pieces)), dtype=np.bool_)
    scores = await ranker.score(case, keep)
    if pool.people:
        relevance = np.log1p([pool.people[i] for i in ids])
        relevance = relevance / max(1.0, float(relevance.max()))
        best = diverse(case.candidates, relevance, ids, k=ask.k, trade_off=1 - _NOVELTY)
    else:
        best = order(scores[0], ids)[: ask.k]
    why: Sequence[tuple[Reason, ...]] = [()] * len(best)
    if ask.explain:
        seqs = [seen.event.seq for seen in taste.recent if seen.item_vector is not None]
        session = [-(n + 1) for n in range(len(case.events) - len(seqs))]  # these have no number
        why = reasons(scores[:, best], [c.chunk_id for c in chunks], [*session, *seqs])
    return tuple(
        Ranked(pool.found[ids[index]].item, float(scores[0, index]), reason)
        for index, reason in zip(best, why, strict=True)
    )


def with_candidates(case: RankingCase, ids: tuple[str, ...], vectors: Matrix) -> RankingCase:
    """The case with candidates (N, D) in place; what is empty becomes (0, D)."""
    size = vectors.shape[1]
    return RankingCase(
        instruction=case.instruction,
        candidate_ids=ids,
        candidates=vectors,
        chunks=case.chunks.reshape(len(case.chunks), size),
        strengths=case.strengths,
        confidences=case.confidences,
        events=case.events.reshape(len(case.events), size),
        event_weights=case.event_weights,
        centre=case.centre,
    )


def stacked(vectors: Sequence[Vector]) -> Matrix:
    """Rows to (n, D); (0, 0) when there are none."""
    if not vectors:
        return np.empty((0, 0), dtype=np.float32)
    return np.stack(vectors).astype(np.float32)


def _impression(ask: Ask, made: Recommendation, now: datetime) -> Impression:
    """What was shown. Of somebody unknown no words are kept: nobody could ask for their erasure."""
    return Impression(
        impression_id=made.impression_id,
        user_id=ask.user_id if made.taste.known else None,
        shown_at=now,
        revision=made.revision,
        ranker=made.ranker,
        instruction=ask.instruction if made.taste.known else "",
        session_items=ask.session,
        flags=made.flags,
        item_ids=tuple(ranked.item.item_id for ranked in made.items),
        scores=tuple(ranked.score for ranked in made.items),
    )


async def _embedded(instruction: str, counter: Counter) -> Vector | None:
    if not instruction.strip():
        return None
    row: Vector = (await counter.embed([instruction]))[0]
    return row


async def _passing(ask: Ask, counter: Counter) -> frozenset[str]:
    """Which of the named candidates pass the filters."""
    named = ask.candidates or ()
    if not named or ask.filters.empty:
        return frozenset(named)
    return await counter.shelf.passing(ask.tenant, named, ask.filters)


async def _nobody() -> Taste:
    return Taste(belief=Belief(), vectors={}, recent=())


async def _nothing() -> dict[str, Embedded]:
    return {}
