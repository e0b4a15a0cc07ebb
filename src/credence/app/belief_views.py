"""A belief and the instant at which it is looked at: as it stands, or as it stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from credence.memory.errors import RevisionNotFound
from credence.memory.ledger import Revision, rebuilt
from credence.memory.model import Belief, Person, SeenEvent
from credence.memory.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A belief, and what was known of the person at that instant."""

    belief: Belief
    as_of: datetime
    recent: tuple[SeenEvent, ...]  # event memory, newest first
    last_seq: int  # the last event known then
    revision: Revision | None  # that led to the belief, where the way here read it

    @property
    def pending(self) -> int:
        """Events that the planner had not read yet."""
        return max(0, self.last_seq - self.belief.watermark)


async def present(
    uow: UnitOfWork, person: Person, *, clock: Callable[[], datetime], event_memory: int
) -> View:
    """The belief as it stands. Raises UserNotFound."""
    held = await uow.beliefs.load(person)
    recent = await uow.events.latest(person, limit=event_memory)
    return View(
        belief=held.belief,
        as_of=clock(),  # read last: what was loaded is not later than that
        recent=recent,
        last_seq=held.last_seq,
        revision=None,
    )


async def at_revision(uow: UnitOfWork, person: Person, revision: int, *, event_memory: int) -> View:
    """The belief as it stood at a revision, seen at its time.

    Raises UserNotFound and RevisionNotFound.
    """
    summary = await uow.people.get(person)
    if not 0 <= revision <= summary.revision:
        raise RevisionNotFound(revision, summary.revision)
    told = await uow.beliefs.history(person, upto=revision)
    last = told[-1] if told else None
    return await _as_known(
        uow,
        person,
        rebuilt(told),
        last,
        at=last.at if last else summary.created_at,
        event_memory=event_memory,
    )


async def at_instant(
    uow: UnitOfWork, person: Person, moment: datetime, *, event_memory: int
) -> View:
    """The belief as it stood at an instant, with the events known then. Raises UserNotFound."""
    await uow.beliefs.head(person)
    told = await uow.beliefs.history(person, upto=await uow.beliefs.revision_at(person, moment))
    return await _as_known(
        uow,
        person,
        rebuilt(told),
        told[-1] if told else None,
        at=moment,
        event_memory=event_memory,
    )


async def _as_known(
    uow: UnitOfWork,
    person: Person,
    belief: Belief,
    revision: Revision | None,
    *,
    at: datetime,
    event_memory: int,
) -> View:
    return View(
        belief=belief,
        as_of=at,
        recent=await uow.events.latest(person, limit=event_memory, at=at),
        last_seq=await uow.events.last_seq_at(person, at),
        revision=revision,
    )
