"""A revision as pages tell it: which operation did what to which chunk, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from credence.app.admin.acts.told import fate
from credence.app.admin.person.whose import Whose
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Chunk, Person, Profile, Status
from credence.memory.strength import side_of, standing
from credence.memory.trail import Entry
from credence.memory.unit_of_work import UnitOfWork

_EVENTS_NAMED = 12


@dataclass(frozen=True, slots=True)
class EventLink:
    """An event by its number."""

    seq: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One change; strengths are those at the time of the revision."""

    operation: str
    chunk_id: int | None
    side: str  # as `side_of` has it
    text: str
    address: str | None
    before: float | None
    after: float | None
    moved_to: str  # the new status, where it changed
    reason: str
    events: Sequence[EventLink]
    further_events: int


def told(change: Change, *, at: datetime, half_life: timedelta, whose: Whose) -> Told:
    """A change in words and figures."""
    before = change.before if isinstance(change.before, Chunk) else None
    after = change.after if isinstance(change.after, Chunk) else None
    subject = after or before
    shown = before if before and after and after.status is not Status.ACTIVE else subject
    profile = change.after or change.before
    seqs = sorted({piece.event_seq for piece in change.evidence})
    return Told(
        operation=change.operation.value,
        chunk_id=subject.chunk_id if subject else None,
        side=side_of(shown) if shown else "",
        text=subject.text if subject else _of_profile(profile),
        address=whose.chunk(subject.chunk_id) if subject else None,
        before=_strength(before, at, half_life),
        after=_strength(after, at, half_life),
        moved_to=_moved(before, after),
        reason=change.reason,
        events=[EventLink(seq, whose.event(seq)) for seq in seqs[:_EVENTS_NAMED]],
        further_events=max(0, len(seqs) - _EVENTS_NAMED),
    )


async def revision_numbered(uow: UnitOfWork, person: Person, number: int) -> Entry | None:
    """One revision without its changes; None where there is none of that number."""
    found = await uow.trail.entries(person, upto=number, limit=1)
    return found[0] if found and found[0].number == number else None


def _of_profile(profile: Chunk | Profile | None) -> str:
    return f"profile, version {profile.version}" if isinstance(profile, Profile) else "profile"


def _moved(before: Chunk | None, after: Chunk | None) -> str:
    if after is None or (before is not None and before.status is after.status):
        return ""
    if before is None:
        return "" if after.status is Status.ACTIVE else fate(after.status)
    return "believed again" if after.status is Status.ACTIVE else fate(after.status)


def _strength(chunk: Chunk | None, now: datetime, half_life: timedelta) -> float | None:
    """None where it was not believed, whatever its evidence says."""
    if chunk is None or chunk.status is not Status.ACTIVE:
        return None
    return standing(chunk, now=now, half_life=half_life).strength
