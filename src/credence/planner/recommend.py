"""Recommending: gather what is believed, find candidates, rank them, and say why.

Reads only; what a recommendation does to a belief comes later, as events of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.phrases import telling
from credence.memory.errors import Invalid
from credence.memory.model import (
    Belief,
    Chunk,
    Impression,
    Item,
    Person,
    Vector,
)
from credence.planner.cases import (
    Asked,
    Company,
    asking,
    in_company,
    person_part,
    stacked,
    with_candidates,
)
from credence.planner.counter import (
    Ask,
    Counter,
    Ranked,
    Recommendation,
    Reordered,
    Taste,
)
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.wished import Wish, understood
from credence.planner.finding import Pool, find
from credence.planner.ranking.avoiding import Avoiding
from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.planner.ranking.diverse import diverse
from credence.planner.ranking.heeding import Heeding
from credence.planner.ranking.order import order
from credence.planner.ranking.popular import Popular
from credence.planner.ranking.reasons import Reason, leave_one_out, reasons
from credence.planner.ranking.traced import routing_of
from credence.planner.reordering import Made, last_word, shown

_PHRASES = 3  # that a reason quotes of what others say
_NOVELTY = 0.3  # share of novelty in a list by popularity
_NOBODY = Taste(belief=Belief(), vectors={}, recent=())


@dataclass(frozen=True, slots=True)
class _Reading:
    """An instruction that the encoder is at work on."""

    wish: Wish
    rows: asyncio.Future[NDArray[np.float32]]  # (1 + U, D), of what is asked for and what is not
    wording: Vector | None  # (D,) of what is asked for, which may be nothing


async def recommend(ask: Ask, counter: Counter) -> Recommendation:
    """The best k of the candidates, best first; what was shown is remembered unless asked not to.

    Memory is read while the instruction is encoded; no session of the database waits for that.

    Raises Invalid when candidates are named and none of them exists, and when the encoder or the
    ranker gives what is no number.
    """
    async with _read(ask.instruction, counter) as reading:
        return await _made(ask, reading, counter)


@asynccontextmanager
async def _read(instruction: str, counter: Counter) -> AsyncIterator[_Reading | None]:
    """The instruction as it is being encoded while the rest is gathered; None if there is none."""
    if not instruction.strip():
        yield None
        return
    wish = understood(instruction, bundled_lexicon())
    asked = [wish.text] if wish.text else []
    rows = asyncio.ensure_future(counter.embed([*asked, *wish.without]))
    try:
        await asyncio.sleep(0)  # the encoder begins
        wording = counter.words(asked)[0] if asked else None
        yield _Reading(wish=wish, rows=rows, wording=wording)
    finally:
        if not rows.done():
            rows.cancel()
            await asyncio.wait({rows})
        if not rows.cancelled():
            rows.exception()  # whoever awaited it was told


async def _made(ask: Ask, reading: _Reading | None, counter: Counter) -> Recommendation:
    person = Person(ask.tenant, ask.user_id or "")
    named = [*(ask.candidates or ()), *ask.session]
    # In turn: what follows the visit is nearly always at hand, and tasks cost more than they save.
    # Filters on named candidates alone are asked of the database, and wait for the visit.
    visit = await counter.shelf.visit(person, named, phrases=ask.explain)
    passing = await _passing(ask, counter)
    centre = await counter.shelf.centre(ask.tenant)
    usual = await counter.shelf.usual(ask.tenant)
    ranker = await counter.rankers.of(ask.tenant)
    taste = visit.taste if ask.user_id is not None else _NOBODY
    items, memories = visit.items, visit.memories
    # Rankers have learnt from so many events: a session takes the places of the oldest of them.
    session = [items[i] for i in reversed(ask.session) if i in items][: counter.event_memory]
    taste = replace(taste, recent=taste.recent[: counter.event_memory - len(session)])
    now = counter.clock()
    chunks = taste.belief.active
    case = person_part(
        taste,
        chunks,
        [e.vector for e in session],
        centre,
        now=now,
        rules=counter.rules,
    )
    event_items = [
        *(embedded.item.item_id for embedded in session),
        *(seen.event.item_id or "" for seen in taste.recent if seen.item_vector is not None),
    ]
    unknown: tuple[str, ...] = ()
    unknown_session = tuple(i for i in dict.fromkeys(ask.session) if i not in items)
    flags = [] if taste.known else ["unknown_user"]
    if not chunks and not len(case.events):
        flags.append("cold_start")
    if unknown_session:
        flags.append("unknown_session_items")
    if reading is not None and reading.wish.without:
        flags.append("unwanted")
    if ask.candidates is None:
        sought = asking(case, await _asked(reading))
        pool = await find(ask, person, sought, event_items, counter.shelf)
        memories = await counter.shelf.memories(person, list(pool.found), phrases=ask.explain)
    else:
        chosen = {i: items[i] for i in dict.fromkeys(ask.candidates) if i in items}
        pool = Pool(found={i: e for i, e in chosen.items() if i in passing})
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
    company = Company(
        usual=usual,
        memories=memories,
        heard={
            **taste.heard,
            **await counter.shelf.memories(person, event_items[: len(session)], phrases=False),
        }
        if session
        else taste.heard,
    )
    made = await _ranked(
        ask,
        person=case,
        reading=reading,
        pool=pool,
        taste=taste,
        chunks=chunks,
        company=company,
        event_items=event_items,
        session=tuple(embedded.item for embedded in session),
        ranker=ranker,
        counter=counter,
    )
    recommendation = Recommendation(
        impression_id=counter.new_id(),
        items=made.items,
        flags=(*flags, *made.flags),
        ranker=made.ranker,
        routing=made.routing,
        revision=taste.belief.revision if ask.user_id is not None and taste.known else None,
        pool=len(pool.found),
        taste=taste,
        session=tuple(embedded.item for embedded in session),
        unknown=unknown,
        unknown_session=unknown_session,
        unwanted=() if reading is None else reading.wish.without,
    )
    if ask.remembered:
        await counter.shelf.remember(ask.tenant, [_impression(ask, recommendation, now)])
    return recommendation


async def _ranked(
    ask: Ask,
    *,
    person: RankingCase,
    reading: _Reading | None,
    pool: Pool,
    taste: Taste,
    chunks: Sequence[Chunk],
    company: Company,
    event_items: Sequence[str],
    session: tuple[Item, ...],
    ranker: Ranker,
    counter: Counter,
) -> Made:
    ids = tuple(sorted(pool.found))
    reordered: Reordered | None = None
    asked = await _asked(reading)  # what the encoder cannot read is told of an empty list too
    if not ids:
        return Made(items=(), scored=Scored(scores=np.zeros((1, 0)), ranker=ranker.name))
    case = with_candidates(person, ids, stacked([pool.found[i].vector for i in ids]))
    case = in_company(case, company, event_items, least=counter.least_people)
    case = asking(case, asked)
    everything = np.ones((1, case.pieces), dtype=np.bool_)
    keep = leave_one_out(len(case.chunks), len(case.events)) if ask.explain else everything
    if pool.people:
        ranker = Popular(np.array([pool.people[i] for i in ids], dtype=np.float64))
    ranker = Heeding(ranker)
    if asked.unwanted is not None:
        ranker = Avoiding(ranker, asked.unwanted)
    scored = await ranker.score(case, keep)
    scores = scored.scores
    if not np.isfinite(scores).all():
        raise Invalid(
            f"the ranker {scored.ranker} gave no number for some candidate",
            field="candidates",
            fix="name other candidates, or word the instruction otherwise",
        )
    if pool.people:
        relevance = scores[0] / max(1.0, float(np.log1p(max(pool.people.values()))))
        best = diverse(case.candidates, relevance, ids, k=ask.k, trade_off=1 - _NOVELTY)
    else:
        best = order(scores[0], ids)
        if counter.reorder is not None:
            items = [pool.found[ids[index]].item for index in best[: counter.reorder.most]]
            reordered = await counter.reorder(shown(ask, taste, session, items))
            best = np.concatenate([best[list(reordered.order)], best[len(items) :]])
        best = best[: ask.k]
    why: Sequence[tuple[Reason, ...]] = [()] * len(best)
    if ask.explain:
        seqs = [seen.event.seq for seen in taste.recent if seen.item_vector is not None]
        visited = [-(n + 1) for n in range(len(case.events) - len(seqs))]  # these have no number
        why = reasons(scores[:, best], [c.chunk_id for c in chunks], [*visited, *seqs])
    topics = await counter.shelf.topics(ask.tenant) if ask.explain else {}
    ranked = []
    for index, reason in zip(best, why, strict=True):
        one = Ranked(pool.found[ids[index]].item, float(scores[0, index]), reason)
        memory = company.memories.get(ids[index]) if ask.explain else None
        if memory is not None:
            phrases = telling(memory, topics, least=counter.least_people, most=_PHRASES)
            one = replace(one, memory=memory, phrases=phrases)
        ranked.append(one)
    routing = None if scored.trace is None else routing_of(scored.trace, best)
    if reordered is not None:
        routing = last_word(reordered, len(best)) or routing
    return Made(items=tuple(ranked), scored=scored, routing=routing, reordered=reordered)


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
        routing=made.routing,
    )


async def _asked(reading: _Reading | None) -> Asked:
    if reading is None:
        return Asked()
    rows, wording = await reading.rows, reading.wording
    if not np.isfinite(rows).all() or not (wording is None or np.isfinite(wording).all()):
        raise Invalid(
            "the encoder gave no numbers for these words",
            field="instruction",
            fix="word it otherwise, or leave it out",
        )
    if wording is None:
        return Asked(unwanted=rows)
    return Asked(instruction=rows[0], wording=wording, unwanted=rows[1:])


async def _passing(ask: Ask, counter: Counter) -> frozenset[str]:
    """Which of the named candidates pass the filters."""
    named = ask.candidates or ()
    if not named or ask.filters.empty:
        return frozenset(named)
    return await counter.shelf.passing(ask.tenant, named, ask.filters)
