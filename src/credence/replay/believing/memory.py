"""A memory as the application would have it on the eve of the exam.

The catalogue, everybody's events, the looks of the planner at those who sit the exam, as often as
it would have looked when the events came, and what everybody's events bring to their items. Nothing
of an exam's targets or lists is at hand here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from credence.app.bootstrap import Application
from credence.app.stock import put_items
from credence.memory.collaborative.contribution import Contribution, joined
from credence.memory.errors import Refused
from credence.memory.model import Belief, Event, Item, Person
from credence.memory.planner_run import PlannerRun
from credence.memory.record_events import Intake, NewEvent, record_events
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.contributing import contributed
from credence.planner.extraction.witnessed import witnessed
from credence.replay.belief import FIRST, events_of
from credence.replay.systems.system import Material
from credence.replay.turns import in_turns

TENANT = "replay"
_ITEMS = 1_000  # put into the catalogue at a time
_EVENTS = 500  # recorded, or read for others, at a time
_WAIT = timedelta(seconds=30)  # for a lease that a killed run has left
_LATER = timedelta(days=1)  # after the last event, when all of them are recorded
_RUNS = 100_000  # more than anybody has


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Fills one memory; what is there already is not done again."""

    app: Application
    material: Material
    look_every: int  # events between looks of the planner
    at_once: int  # people at a time
    done: Callable[[], None]  # told whenever somebody is finished

    async def build(self, examinees: Sequence[str]) -> None:
        """The memory of the material's domain, with the beliefs of these people."""
        async with autocommit(self.app.engine) as uow:
            there = await uow.catalogue(TENANT).known(list(self.material.items))
        items = [self.material.items[i] for i in sorted(self.material.items) if i not in there]
        now = recorded_at(self.material)
        for first in range(0, len(items), _ITEMS):
            part = [_acceptable(item) for item in items[first : first + _ITEMS]]
            await put_items(TENANT, part, encoder=self.app.encoder, engine=self.app.engine, now=now)
        examined = set(examinees)

        async def one(user_id: str) -> None:
            await self._live(user_id, now, looked_at=user_id in examined)
            self.done()

        await in_turns(sorted(self.material.donors), one, at_once=self.at_once)
        await self.app.keeper.settle()

    async def _live(self, user_id: str, now: datetime, *, looked_at: bool) -> None:
        person, events = Person(TENANT, user_id), events_of(self.material.donors[user_id])
        each = self.look_every if looked_at else _EVENTS
        # A killed run goes on from the looks that there were.
        looks = len(await runs_of(self.app, person)) if looked_at else 0
        for turn, first in enumerate(range(0, len(events), each)):
            part = events[first : first + each]
            await record(self.app, user_id, part, now=now)
            if looked_at and turn >= looks:
                await look(self.app, person, at=part[-1].occurred_at)
        if events:
            await self._share(person, len(events))

    async def _share(self, person: Person, events: int) -> None:
        """Let all their events count for others, also those that no look has read."""
        words = self.app.worker.context.words
        async with autocommit(self.app.engine) as uow:
            shared_to = (await uow.beliefs.load(person)).shared_to
        if words is None or shared_to >= events:
            return
        parts: list[Contribution] = []
        for last in range(0, events, _EVENTS):
            async with autocommit(self.app.engine) as uow:
                read = await uow.events.after(person, last, limit=_EVENTS)
                named = sorted({event.item_id for event in read if event.item_id is not None})
                items = await uow.catalogue(TENANT).get(named)
            seen = [witnessed(event, items) for event in read]
            said = (await self.app.worker.context.reader(Belief(), seen)).said
            parts += contributed(person, seen, said, words)
        async with unit_of_work(self.app.engine) as uow:
            await uow.people.lock(TENANT, [person.user_id])
            await uow.item_memories.replace(person, joined(parts))


async def record(app: Application, user_id: str, events: Sequence[Event], *, now: datetime) -> None:
    """Record events of one person, as they would come to the application. Raises Refused."""
    outcomes = await record_events(
        [_new(user_id, event) for event in events],
        tenant=TENANT,
        now=now,
        intake=Intake(unknown_users="create"),
        engine=app.engine,
    )
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise outcome


async def look(app: Application, person: Person, *, at: datetime) -> PlannerRun:
    """Have the planner look at the person as if it were then."""
    then = replace(app.worker.context, clock=lambda: at)
    return await replace(app.worker, context=then).look(person, wait=_WAIT)


async def runs_of(app: Application, person: Person) -> tuple[PlannerRun, ...]:
    """Every run of the planner over the person, newest first."""
    async with autocommit(app.engine) as uow:
        return await uow.runs.page(person, before=None, limit=_RUNS)


def eve(material: Material, user_id: str) -> datetime:
    """When the person sits the exam: as of the last thing they did."""
    events = events_of(material.donors[user_id])
    return events[-1].occurred_at if events else FIRST


def recorded_at(material: Material) -> datetime:
    """When everything is recorded: after the last event of anybody."""
    return max((eve(material, user_id) for user_id in material.donors), default=FIRST) + _LATER


def _new(user_id: str, event: Event) -> NewEvent:
    key = hashlib.sha256(f"{event.seq}/{user_id}".encode("utf-8", "surrogatepass")).hexdigest()
    return NewEvent(
        user_id=user_id,
        action=event.action,
        occurred_at=event.occurred_at,
        item_id=event.item_id,
        rating=event.rating,
        text=event.text,
        metadata={},
        idempotency_key=key,
    )


def _acceptable(item: Item) -> Item:
    """With a title, as a catalogue wants it."""
    return item if item.title.strip() else replace(item, title=item.item_id)
