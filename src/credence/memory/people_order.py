"""The orders in which people are listed, and places in them from which a list goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import TypeAlias

from credence.memory.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NEVER = 2**63 - 1  # in place of the time since an event that there was not: after all others

Json: TypeAlias = list[str | int | float | None]


class PeopleOrder(StrEnum):
    """What comes first; those who are alike in it come in order of id."""

    ACTIVE = "active"  # whose last event is the latest; those without any come last
    CHANGED = "changed"  # whose belief was revised most often
    UNCERTAIN = "uncertain"  # of whom the least is known for sure; only people with beliefs
    ATTENTION = "attention"  # most failed runs in a row, then most contested beliefs; only such
    ID = "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One line about a person in a list of many."""

    user_id: str
    created_at: datetime
    last_event_at: datetime | None
    events: int
    pending: int
    revision: int
    beliefs: int
    certainty: float | None  # mean confidence at the last commit; None where nothing is believed
    contested: int
    failures: int  # planner runs that failed, in a row
    retry_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Just behind one person in one order: `values` ascend along it, ties break by id."""

    order: PeopleOrder
    values: tuple[int | float, ...]
    user_id: str

    def to_json(self) -> Json:
        """The place as a flat list, for a cursor."""
        return [self.order.value, *self.values, self.user_id]

    @classmethod
    def from_json(cls, document: object, *, order: PeopleOrder) -> Place:
        """The place that a list stands for, which came from outside. Raises Invalid."""
        if not isinstance(document, list) or len(document) != len(_KINDS[order]) + 2:
            raise _unreadable()
        named, *values, user_id = document
        if named != order.value or not may_be_stored(user_id):
            raise _unreadable()
        if not all(map(_is_one, values, _KINDS[order])):
            raise _unreadable()
        return cls(order=order, values=tuple(values), user_id=user_id)


_KINDS: Mapping[PeopleOrder, tuple[type[int] | type[float], ...]] = {
    PeopleOrder.ACTIVE: (int,),
    PeopleOrder.CHANGED: (int,),
    PeopleOrder.UNCERTAIN: (float,),
    PeopleOrder.ATTENTION: (int, int),
    PeopleOrder.ID: (),
}


def place_of(row: PersonRow, order: PeopleOrder) -> Place:
    """Where a list in this order goes on after this person."""
    return Place(order=order, values=_values(row, order), user_id=row.user_id)


def _values(row: PersonRow, order: PeopleOrder) -> tuple[int | float, ...]:
    match order:
        case PeopleOrder.ACTIVE:
            at = row.last_event_at
            return (_NEVER if at is None else (_EPOCH - at) // _MICROSECOND,)
        case PeopleOrder.CHANGED:
            return (-row.revision,)
        case PeopleOrder.UNCERTAIN:
            if row.certainty is None:
                raise ValueError(f"nothing is believed of {row.user_id!r}, who is in no such list")
            return (row.certainty,)
        case PeopleOrder.ATTENTION:
            return (-row.failures, -row.contested)
        case PeopleOrder.ID:
            return ()


def _is_one(value: object, kind: type[int] | type[float]) -> bool:
    """Whether a value may be compared with what is stored; JSON does not tell 1.0 from 1."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return kind is float and isinstance(value, float) and isfinite(value)


def may_be_stored(value: object) -> bool:
    """Whether this is a text that Postgres can hold: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or "\0" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _unreadable() -> Invalid:
    return Invalid(
        "the cursor cannot be read",
        field="cursor",
        fix="send the cursor of an earlier page in the same order as it came, or none",
    )
