"""A try: one ranking as it is, and one with something changed. Neither is kept anywhere."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace

from credence.app.admin.someone import Someone
from credence.app.admin.trying.form import Reader, Typed, Wanted
from credence.app.admin.trying.rankers import Always, ranker_named
from credence.app.admin.trying.standing_point import StandingPoint, at_present, at_revision
from credence.app.bootstrap import Application
from credence.memory.errors import Refused
from credence.memory.model import Person, Status
from credence.planner.counter import Ask, Counter, Rankers, Recommendation
from credence.planner.recommend import recommend
from credence.planner.two_orders import TwoOrders, two_orders
from credence.planner.what_if import ImaginedShelf, WhatIf, imagined

_EVERY = 1_000_000  # candidates: so that it can be said where one went that fell out of the list


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Both rankings, each of all its candidates, and what made them differ."""

    wanted: Wanted
    what_if: WhatIf
    present: StandingPoint
    changed: StandingPoint  # before chunks are changed; the present one unless a past is asked for
    original: Recommendation | None  # None: nothing was ranked, as something is wrong or not asked
    altered: Recommendation | None  # None: nothing is changed
    milliseconds: float

    @property
    def orders(self) -> TwoOrders | None:
        """How the order changed, where something was changed."""
        if self.original is None or self.altered is None:
            return None
        before, after = (
            [ranked.item.item_id for ranked in made.items] for made in (self.original, self.altered)
        )
        return two_orders(before, after, k=self.wanted.k)


async def tried(someone: Someone, typed: Typed, *, ask_model: bool) -> tuple[Trial, Reader]:
    """The rankings that the form asks for; the reader has what is wrong with it."""
    app, person, now = someone.desk.app, someone.person, someone.desk.now
    began = time.perf_counter()
    reader = Reader(typed)
    wanted = reader.wanted(latest=someone.summary.revision)
    present = await at_present(app, person, now=now)
    changed = present
    if wanted.revision is not None:
        changed = await at_revision(app, person, wanted.revision)
    active = {c.chunk_id for c in changed.taste.belief.chunks if c.status is Status.ACTIVE}
    what_if = reader.what_if(active.__contains__)
    original = altered = None
    if not (reader.problems or typed.unranked):
        try:
            original, altered = await _both(
                app,
                person,
                wanted,
                what_if=what_if,
                present=present,
                changed=changed,
                ask_model=ask_model,
            )
        except Refused as refusal:
            reader.refused(refusal.field, f"{refusal}: {refusal.fix}")
    trial = Trial(
        wanted=wanted,
        what_if=what_if,
        present=present,
        changed=changed,
        original=original,
        altered=altered,
        milliseconds=1_000 * (time.perf_counter() - began),
    )
    return trial, reader


async def _both(
    app: Application,
    person: Person,
    wanted: Wanted,
    *,
    what_if: WhatIf,
    present: StandingPoint,
    changed: StandingPoint,
    ask_model: bool,
) -> tuple[Recommendation, Recommendation | None]:
    counter = app.counter if ask_model else replace(app.counter, reorder=None)
    maker = _Maker(counter)
    ask = Ask(
        tenant=person.tenant,
        user_id=person.user_id,
        instruction=wanted.instruction,
        candidates=wanted.candidates,
        k=_EVERY,
        explain=True,
        remembered=False,
    )
    nothing = what_if.empty and not wanted.ranker and wanted.revision is None
    taste = imagined(changed.taste, what_if, now=changed.at, rules=counter.rules)
    other = StandingPoint(taste, changed.at)
    if nothing:
        return await maker.made(ask, present, counter.rankers), None
    named = wanted.ranker
    rankers: Rankers = counter.rankers
    if named:
        rankers = Always(await ranker_named(named, app.settings.ranker_model))
    if wanted.same and wanted.candidates is None:
        ask = replace(ask, candidates=await _found(ask, present, counter) or None)
    original, altered = await asyncio.gather(
        maker.made(ask, present, counter.rankers), maker.made(ask, other, rankers)
    )
    return original, altered


async def _found(ask: Ask, point: StandingPoint, counter: Counter) -> tuple[str, ...]:
    """Candidates that the original is searched: named, both are ranked by one procedure.

    What is found for somebody unknown would else be put in order by popularity, and on the other
    side by score.
    """
    maker = _Maker(replace(counter, reorder=None))
    made = await maker.made(replace(ask, explain=False), point, counter.rankers)
    return tuple(ranked.item.item_id for ranked in made.items)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes rankings that are kept nowhere."""

    counter: Counter

    async def made(self, ask: Ask, point: StandingPoint, rankers: Rankers) -> Recommendation:
        counter = replace(
            self.counter,
            shelf=ImaginedShelf(self.counter.shelf, point.taste),
            rankers=rankers,
            clock=lambda: point.at,
        )
        return await recommend(ask, counter)
