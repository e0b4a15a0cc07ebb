"""Finding what might be recommended: several searches take turns at filling one pool.

What a search finds first is worth more than what another finds last, and nobody can say beforehand
which search will find what somebody takes next: of film critics it is the company of what they
took, of a shop that has just opened the likeness of texts, of somebody who asks the request. So
each has its turns, and where one has nothing more to give the others go on (ADR 0029).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.item_memory import company_of
from credence.memory.model import Embedded, Person, Vector
from credence.planner.counter import Ask, Bounds, Probe, Shelf
from credence.planner.ranking.case import RankingCase
from credence.planner.ranking.signals import centred

POOL = 250  # candidates that are gathered before ranking
FEWEST = 100  # of them, where the catalogue has so many; the longest list that can be asked for

_ASKED = 2.0  # turns of the instruction
_COMPANY = 3.0  # of what others took who took what the person did
_ALIKE = 1.0  # of each kind of likeness: to all of the history, to each of the latest, to beliefs
_POPULAR = 1.0

_LIKES = 3  # strongest likes that each send a probe
_LATEST = 2  # latest liked items that each send one
_MANY = 100  # items that the request finds, and the whole history
_SOME = 34  # that each of the others finds
_COMPANIONS = 120
_LATELY = 0.9  # an item counts this much of the next newer one


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Candidates, and how they came about."""

    found: Mapping[str, Embedded]
    flags: tuple[str, ...] = ()
    people: Mapping[str, int] = field(default_factory=dict)  # popularity, where that is the cause


@dataclass(frozen=True, slots=True)
class Search:
    """What one search found, the best first, and how many turns it has of each round."""

    ids: Sequence[str]
    turns: float


async def find(
    ask: Ask, person: Person, case: RankingCase, event_items: Sequence[str], shelf: Shelf
) -> Pool:
    """Candidates for a ranker; popularity where nothing is asked for or liked.

    Whatever is asked for or liked is searched by, and the ranker orders what is found. Popularity
    orders a list, with its flag, only where there is nothing of that, and then away from what is
    disliked (ADR 0026). `event_items` are the items of the case's events.
    """
    within = Bounds(person, ask.filters, ask.session)
    counted = _counted(case, event_items)
    kinds = _probes(case, event_items, counted)
    if not kinds:
        return await _popular(within, shelf)
    probes = [probe for found, _ in kinds for probe in found]
    near, met, popular = await asyncio.gather(
        shelf.nearest(within, probes),
        shelf.companions(within, counted, most=_COMPANIONS),
        shelf.popular(within, most=_MANY, narrowed=False),
    )
    alike = iter(near)
    searches = [
        Search(ids, turns / len(found))
        for found, turns in kinds
        for ids in islice(alike, len(found))
    ]
    searches += [Search(met, _COMPANY), Search([i for i, _ in popular], _POPULAR)]
    found = await shelf.items(person.tenant, by_turns(searches, POOL))
    return Pool(found=await _at_least(FEWEST, found, within, shelf))


def by_turns(searches: Sequence[Search], most: int) -> list[str]:
    """At most `most` ids, each once: whose turn it is gives the first it has that is not there.

    It is the turn of the search that has given least for the turns it has; of equals the first.
    """
    chosen: dict[str, None] = {}
    given = [0] * len(searches)
    left = {at: iter(search.ids) for at, search in enumerate(searches)}
    while left and len(chosen) < most:
        turn = min(left, key=lambda at: ((given[at] + 1) / searches[at].turns, at))
        found = next((item_id for item_id in left[turn] if item_id not in chosen), None)
        if found is None:
            del left[turn]
            continue
        chosen[found] = None
        given[turn] += 1
    return list(chosen)


async def _popular(within: Bounds, shelf: Shelf) -> Pool:
    """What is popular, and anything where too little is."""
    told = await shelf.popular(within, most=POOL, narrowed=True)
    counts = dict(told)
    found = await shelf.items(within.person.tenant, list(counts))
    found = await _at_least(POOL, found, within, shelf)
    return Pool(found=found, people={i: counts.get(i, 0) for i in found}, flags=("popular",))


async def _at_least(
    fewest: int, found: Mapping[str, Embedded], within: Bounds, shelf: Shelf
) -> Mapping[str, Embedded]:
    """What was found, with anything else where that is too little."""
    if len(found) >= fewest:
        return found
    others = await shelf.anything(within, most=fewest)
    more = [item_id for item_id in others if item_id not in found][: fewest - len(found)]
    return {**found, **await shelf.items(within.person.tenant, more)}


def _probes(
    case: RankingCase, event_items: Sequence[str], counted: Mapping[str, float]
) -> list[tuple[list[Probe], float]]:
    """Probes of each kind, and its turns; nothing where nothing is asked for or liked."""
    likes = np.argsort(-case.strengths * case.confidences, kind="stable")[:_LIKES]
    likes = likes[case.strengths[likes] > 0]
    liking = _liking(case, event_items)
    latest = [event_items.index(item_id) for item_id, liked in liking.items() if liked > 0]
    if case.instruction is None and not len(likes) and not latest:
        return []
    whole = _whole(case, event_items, counted)
    kinds = [
        ([] if case.instruction is None else [Probe(case.instruction, most=_MANY)], _ASKED),
        ([] if whole is None else [Probe(whole, most=_MANY)], _ALIKE),
        ([Probe(case.events[at], most=_SOME) for at in latest[:_LATEST]], _ALIKE),
        ([Probe(case.chunks[at], most=_SOME) for at in likes], _ALIKE),
    ]
    return [(probes, turns) for probes, turns in kinds if probes]


def _whole(
    case: RankingCase, event_items: Sequence[str], counted: Mapping[str, float]
) -> Vector | None:
    """Where the whole history points, as seen from the centre of the catalogue; None: nowhere."""
    if not counted:
        return None
    rows = centred(case.events, case)[[event_items.index(item_id) for item_id in counted]]
    pointed = np.array(list(counted.values())) @ rows
    length = float(np.linalg.norm(pointed))
    return (pointed / length).astype(np.float32) if length > 0 else None


def _counted(case: RankingCase, event_items: Sequence[str]) -> dict[str, float]:
    """How much each item counts of what was taken, the newest first: clear dislikes do not."""
    liking = _liking(case, event_items)
    counted: NDArray[np.float64] = company_of(np.array(list(liking.values()), dtype=np.float64))
    counted = counted * _LATELY ** np.arange(len(counted))
    return {i: float(n) for i, n in zip(liking, counted, strict=True) if n > 0}


def _liking(case: RankingCase, event_items: Sequence[str]) -> dict[str, float]:
    """How much each item was liked, all its events taken together; the newest first."""
    liking: dict[str, float] = {}
    for item_id, weight in zip(event_items, case.event_weights, strict=True):
        liking[item_id] = liking.get(item_id, 0.0) + float(weight)
    return liking
