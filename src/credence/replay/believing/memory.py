"""A memory as the application would have it on the eve of the exam.

The catalogue, everybody's events, the looks of the planner at those who sit the exam, and what
everybody's events bring to their items. The planner looks after every so many events, however far
apart they lie. As it serves it also looks at what has waited for CREDENCE_CHECK_WITHIN_MINUTES, so
at an event that comes alone by itself: there are fewer looks here, at more events each. What others
did is recorded in bulk, as nobody looks at them. Nothing of an exam's targets or lists is at hand
here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from credence.app.bootstrap import Application
from credence.app.stock import put_items
from credence.memory.collaborative.contribution import Contribution, joined
from credence.memory.errors import Refused
from credence.memory.model import Belief, Event, Item, Person
from credence.memory.planner_run import PlannerRun
from credence.memory.record_events import Intake, NewEvent, Recorded, record_events
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.contributing import contributed
from credence.replay.belief import FIRST, events_of, seen
from credence.replay.systems.system import Material
from credence.replay.turns import in_turns

TENANT = "replay"
_ITEMS = 1_000  # put into the catalogue at a time
_EVENTS = 500  # of one person or of several, recorded or read for others at a time
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
        await self.lay(examinees)
        await self.believe(examinees)

    async def lay(self, examinees: Sequence[str]) -> None:
        """What is alike in all memories of the domain: the catalogue, and everybody else's events
        with what these bring to their items. The planner looks at none of them."""
        async with autocommit(self.app.engine) as uow:
            there = await uow.catalogue(TENANT).known(list(self.material.items))
        items = [self.material.items[i] for i in sorted(self.material.items) if i not in there]
        now = recorded_at(self.material)
        for first in range(0, len(items), _ITEMS):
            part = [_acceptable(item) for item in items[first : first + _ITEMS]]
            await put_items(TENANT, part, encoder=self.app.encoder, engine=self.app.engine, now=now)

        async def some(people: Sequence[str]) -> None:
            await self._tell(people, now)
            for _ in people:
                self.done()

        others = sorted(set(self.material.donors) - set(examinees))
        await in_turns(self._groups(others), some, at_once=self.at_once)
        await self.app.keeper.settle()

    async def believe(self, examinees: Sequence[str]) -> None:
        """The beliefs of these people, in a memory that `lay` has begun."""
        now = recorded_at(self.material)

        async def one(user_id: str) -> None:
            await self._live(user_id, now)
            self.done()

        known = [user_id for user_id in sorted(examinees) if user_id in self.material.donors]
        await in_turns(known, one, at_once=self.at_once)
        await self.app.keeper.settle()

    def _groups(self, people: Sequence[str]) -> Iterator[list[str]]:
        """People whose events are recorded together, as many as make a good load."""
        group: list[str] = []
        load = 0
        for user_id in people:
            group.append(user_id)
            load += len(self.material.donors[user_id])
            if load >= _EVENTS:
                yield group
                group, load = [], 0
        if group:
            yield group

    async def _tell(self, people: Sequence[str], now: datetime) -> None:
        """Record all that these people did, and let it count for others."""
        events = {user_id: events_of(self.material.donors[user_id]) for user_id in people}
        before = await _recorded(
            self.app, [(user_id, one) for user_id in people for one in events[user_id]], now=now
        )
        new = [user_id for user_id in people if events[user_id] and user_id not in before]
        parts = [part for user_id in new for part in await self._brought(user_id)]
        if parts:
            async with unit_of_work(self.app.engine) as uow:
                await uow.people.lock(TENANT, new)
                await uow.item_memories.add(TENANT, parts)
        for user_id in sorted(before):  # of a run that was killed; what they brought may be there
            await self._share(user_id)

    async def _live(self, user_id: str, now: datetime) -> None:
        """What the person did, and the looks of the planner meanwhile."""
        person, events = Person(TENANT, user_id), events_of(self.material.donors[user_id])
        # A killed run goes on from the looks that there were.
        looks = len(await runs_of(self.app, person))
        for turn, first in enumerate(range(0, len(events), self.look_every)):
            part = events[first : first + self.look_every]
            await record(self.app, user_id, part, now=now)
            if turn >= looks:
                await look(self.app, person, at=part[-1].occurred_at)
        if events:
            async with autocommit(self.app.engine) as uow:
                shared_to = (await uow.beliefs.load(person)).shared_to
            if shared_to < len(events):
                await self._share(user_id)

    async def _share(self, user_id: str) -> None:
        """Let all their events count for others, also those that no look has read."""
        parts = await self._brought(user_id)
        if self.app.worker.context.words is not None:
            async with unit_of_work(self.app.engine) as uow:
                await uow.people.lock(TENANT, [user_id])
                await uow.item_memories.replace(Person(TENANT, user_id), parts)

    async def _brought(self, user_id: str) -> tuple[Contribution, ...]:
        """What the person's events bring to their items, as the log would give it."""
        context = self.app.worker.context
        if context.words is None:
            return ()
        events, parts = events_of(self.material.donors[user_id]), list[Contribution]()
        for first in range(0, len(events), _EVENTS):
            read = seen(events[first : first + _EVENTS], self.material.encoded)
            said = (await context.reader(Belief(), read)).said
            parts += contributed(Person(TENANT, user_id), read, said, context.words)
        return joined(parts)


async def _recorded(
    app: Application, events: Sequence[tuple[str, Event]], *, now: datetime
) -> frozenset[str]:
    """Record events of several people; those of whom some were there before. Raises Refused."""
    outcomes = await record_events(
        [_new(user_id, event) for user_id, event in events],
        tenant=TENANT,
        now=now,
        intake=Intake(unknown_users="create"),
        engine=app.engine,
    )
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            raise outcome
    return frozenset(o.user_id for o in outcomes if isinstance(o, Recorded) and o.duplicate)


async def record(app: Application, user_id: str, events: Sequence[Event], *, now: datetime) -> None:
    """Record events of one person, as they would come to the application. Raises Refused."""
    await _recorded(app, [(user_id, event) for event in events], now=now)


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
