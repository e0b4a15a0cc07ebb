"""A belief and the instant at which it is looked at: as it stands, or as it stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from credence.memory.model import Belief, Person, SeenEvent
from credence.memory.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A belief, and what was known of the person at that instant."""

    belief: Belief
    as_of: datetime
    recent: tuple[SeenEvent, ...]  # event memory, newest first
    last_seq: int  # the last event known then

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
    )


async def at_revision(uow: UnitOfWork, person: Person, revision: int, *, event_memory: int) -> View:
    """The belief as it stood at a revision, seen at its time.

    Raises UserNotFound and RevisionNotFound.
    """
    belief = await uow.beliefs.at_revision(person, revision)
    entries = await uow.trail.entries(person, upto=revision, limit=1)
    at = entries[0].at if entries else (await uow.beliefs.head(person)).since
    return await _as_known(uow, person, belief, at=at, event_memory=event_memory)


async def at_instant(
    uow: UnitOfWork, person: Person, moment: datetime, *, event_memory: int
) -> View:
    """The belief as it stood at an instant, with the events known then. Raises UserNotFound."""
    revision = await uow.beliefs.revision_at(person, moment)
    belief = await uow.beliefs.at_revision(person, revision)
    return await _as_known(uow, person, belief, at=moment, event_memory=event_memory)


async def _as_known(
    uow: UnitOfWork,
    person: Person,
    belief: Belief,
    *,
    at: datetime,
    event_memory: int,
) -> View:
    return View(
        belief=belief,
        as_of=at,
        recent=await uow.events.latest(person, limit=event_memory, at=at),
        last_seq=await uow.events.last_seq_at(person, at),
    )
