"""Questions with known answers, from what a tenant's people chose: what a fit of weights learns.

Each is what a recommendation would have been shown just before the person first dealt with the
item: events and belief of that time. What others say is of today, without the person.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import takewhile

import numpy as np

from credence.app.bootstrap import Application
from credence.app.made_lists import OTHERS, Pools, lot, unchosen
from credence.app.tastes import voices_of
from credence.memory.collaborative.usual import Usual
from credence.memory.errors import UserNotFound
from credence.memory.ledger import rebuilt
from credence.memory.model import (
    Belief,
    Embedded,
    Event,
    Impression,
    Person,
    Vector,
)
from credence.memory.unit_of_work import UnitOfWork, autocommit
from credence.planner.cases import Company, in_company, person_part, stacked, with_candidates
from credence.planner.counter import Taste
from credence.planner.extraction.attitude import chose
from credence.planner.ranking.case import RankingCase

_PEOPLE = 500  # that one look at the list of people brings
_EARLIER = 3  # events with an item that come before a choice
_LOOKED_AT = 100  # latest events among which the choice is sought
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantQuestion:
    """One person's list of ten and which of it they chose."""

    user_id: str
    case: RankingCase
    chosen: int  # index into the candidates


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """All that the database has for one question."""

    taste: Taste  # as it was
    first: Event  # the first about the chosen item
    candidates: dict[str, Embedded]
    company: Company
    impression: Impression | None


async def tenant_questions(
    tenant: str,
    app: Application,
    *,
    people: int,
    seed: int,
    done: Callable[[int], None] = lambda people: None,
) -> tuple[TenantQuestion, ...]:
    """At most one question a person, in order of user id, of at most so many people.

    `done` is told how many people have been looked at. No session is open while the encoder runs.
    """
    chosen = await _some_people(tenant, app, people=people, seed=seed)
    async with autocommit(app.engine) as uow:
        pools = await Pools.read(uow, tenant)
    centre, usual = await app.shelf.centre(tenant), await app.shelf.usual(tenant)
    made: list[tuple[TenantQuestion, str]] = []
    for count, user_id in enumerate(chosen, 1):
        found = await _found(Person(tenant, user_id), app, pools, usual, seed=seed)
        if found is not None:
            asked = found.impression.instruction if found.impression else ""
            made.append((_question(user_id, found, centre, app), asked))
        done(count)
    texts = sorted({asked for _, asked in made if asked.strip()})
    vectors = dict(zip(texts, await app.encoder.embed_bulk(texts), strict=True))
    return tuple(
        replace(
            one,
            case=replace(
                one.case, instruction=vectors[asked], wording=app.counter.words([asked])[0]
            ),
        )
        if asked in vectors
        else one
        for one, asked in made
    )


async def _some_people(tenant: str, app: Application, *, people: int, seed: int) -> list[str]:
    """Ids of people with events enough, in order; of too many those with the lowest lots."""
    lots: list[tuple[int, str]] = []
    after = None
    while True:
        async with autocommit(app.engine) as uow:
            page = await uow.people.page(tenant, after=after, limit=_PEOPLE)
        if not page:
            return sorted(user_id for _, user_id in lots)
        able = [one.user_id for one in page if one.events > _EARLIER]
        lots = heapq.nsmallest(people, [*lots, *((lot(seed, "person", i), i) for i in able)])
        after = page[-1].user_id


async def _found(
    person: Person, app: Application, pools: Pools, usual: Usual, *, seed: int
) -> _Found | None:
    """None where the person's events make no question."""
    memory, least = app.settings.event_memory, app.counter.least_people
    rng = np.random.default_rng(lot(seed, "list", person.user_id))
    async with autocommit(app.engine) as uow:
        choice = await _choice(uow, person)
        if choice is None or choice.item_id is None:
            return None
        about = await uow.events.about(person, choice.item_id)
        known_at = min(event.recorded_at for event in about)
        before = await uow.events.latest(
            person, limit=max(memory, _LOOKED_AT), at=known_at, before=about[0]
        )
        if sum(seen.event.item_id is not None for seen in before) < _EARLIER:
            return None
        impression = (
            await uow.impressions.get(person, choice.impression_id)
            if choice.impression_id is not None
            else None
        )
        shown = impression.item_ids if impression else ()
        others = await unchosen(uow, person, choice.item_id, pools, shown=shown, rng=rng)
        candidates = await uow.catalogue(person.tenant).get([choice.item_id, *others])
        if len(candidates) <= OTHERS:
            return None
        recent = before[:memory]
        named = sorted({seen.event.item_id for seen in recent if seen.event.item_id})
        try:
            belief, vectors = await _believed(uow, person, about)
        except UserNotFound:  # erased since the list of people was read
            return None
        voices = voices_of(recent, app.counter.words)
        taste = Taste(belief=belief, vectors=vectors, recent=recent, voices=voices)
        company = Company(
            usual=usual,
            memories=await uow.item_memories.of(person, list(candidates), least=least),
            heard=await uow.item_memories.of(person, named, least=least, phrases=False),
        )
    return _Found(
        taste=taste,
        first=about[0],
        candidates=candidates,
        company=company,
        impression=impression,
    )


async def _choice(uow: UnitOfWork, person: Person) -> Event | None:
    """The latest event by which the person chose an item of the catalogue."""
    latest = await uow.events.latest(person, limit=_LOOKED_AT)
    for seen in latest:
        if seen.item_vector is not None and chose(seen.event):
            return seen.event
    return None


async def _believed(
    uow: UnitOfWork, person: Person, about: Sequence[Event]
) -> tuple[Belief, dict[int, Vector]]:
    """The belief before any of these events was recorded, with vectors of its chunks as of now."""
    known_at, seq = min(e.recorded_at for e in about), min(e.seq for e in about)
    revision = await uow.beliefs.revision_at(person, known_at - _INSTANT)
    if revision == 0:
        return Belief(), {}
    past = await uow.beliefs.history(person, upto=revision)
    belief = rebuilt(takewhile(lambda one: one.watermark < seq, past))  # whatever clocks say
    return belief, dict((await uow.beliefs.load(person)).vectors)


def _question(
    user_id: str, found: _Found, centre: Vector | None, app: Application
) -> TenantQuestion:
    """As `recommend` shows a list to the ranker; the instruction is still to come."""
    ids = tuple(sorted(found.candidates))
    case = person_part(
        found.taste,
        [c for c in found.taste.belief.active if c.chunk_id in found.taste.vectors],
        [],
        centre,
        now=found.first.recorded_at,
        rules=app.counter.rules,
    )
    case = with_candidates(case, ids, stacked([found.candidates[i].vector for i in ids]))
    items = [s.event.item_id or "" for s in found.taste.recent if s.item_vector is not None]
    case = in_company(case, found.company, items, least=app.counter.least_people)
    return TenantQuestion(user_id=user_id, case=case, chosen=ids.index(found.first.item_id or ""))
