"""The revision that an act has just made, for a note on the page that the act leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from credence.app.admin.acts.told import Difference, differences
from credence.app.admin.person.told import revision_numbered, told
from credence.app.admin.person.whose import Whose
from credence.app.admin.someone import Someone
from credence.memory.lifecycle.draft import Change
from credence.memory.trail import Entry
from credence.memory.unit_of_work import UnitOfWork

_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one belief, or of the profile."""

    side: str
    text: str
    address: str | None
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A revision, and the first of what it changed."""

    entry: Entry
    outcomes: Sequence[Outcome]
    further: int


async def made_by(uow: UnitOfWork, someone: Someone, done: int | None) -> Made | None:
    """The revision of this number; None where there is none."""
    if done is None:
        return None
    entry = await revision_numbered(uow, someone.person, done)
    if entry is None:
        return None
    changed = await uow.run_changes.of_revisions(someone.person, [done], most=_NAMED)
    shown = changed[done].shown if done in changed else ()
    return Made(
        entry=entry,
        outcomes=[_outcome(change, entry, someone) for change in shown],
        further=entry.changes - len(shown),
    )


def _outcome(change: Change, entry: Entry, someone: Someone) -> Outcome:
    half_life = someone.desk.app.counter.rules.half_life
    one = told(change, at=entry.at, half_life=half_life, whose=Whose.of(someone))
    return Outcome(
        side=one.side,
        text=one.text,
        address=one.address,
        differences=tuple(differences(change, at=entry.at, half_life=half_life)),
    )
