"""What a look at somebody's beliefs asks for, and addresses that ask for nearly the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query

from credence.app.admin.person.whose import Whose
from credence.app.api.numbers import RevisionNumber
from credence.memory.model import Status

_LARGEST_SEQ = 2**63 - 2

EventNumber = Annotated[int, Query(ge=1, le=_LARGEST_SEQ)]


class Side(StrEnum):
    """Which way chunks may count, or fail to."""

    BOTH = ""
    LIKES = "likes"
    DISLIKES = "dislikes"
    UNDECIDED = "undecided"
    CONTESTED = "contested"


class Touched(StrEnum):
    """What people may have done to chunks."""

    ANY = ""
    PINNED = "pinned"
    EDITED = "edited"


class Shown(StrEnum):
    """Which chunks are shown: those of one status, or all."""

    ACTIVE = Status.ACTIVE.value
    MERGED = Status.MERGED.value
    FORGOTTEN = Status.FORGOTTEN.value
    REJECTED = Status.REJECTED.value
    ALL = "all"


class Order(StrEnum):
    """Which chunks come first."""

    STRONGEST = "strongest"
    NEWEST = "newest"
    UNCERTAIN = "uncertain"


ORDERS = (
    (Order.STRONGEST, "Strongest"),
    (Order.NEWEST, "Latest evidence"),
    (Order.UNCERTAIN, "Least sure"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The query of the page; a field that is as here is left out of addresses."""

    revision: RevisionNumber | None = None
    event: EventNumber | None = None  # events from this one on
    before: EventNumber | None = None  # events that are older than this one
    q: Annotated[str, Query(max_length=200)] = ""
    category: Annotated[str, Query(max_length=200)] = ""
    side: Side = Side.BOTH
    touched: Touched = Touched.ANY
    status: Shown = Shown.ACTIVE
    order: Order = Order.STRONGEST
    page: Annotated[int, Query(ge=1, le=10_000)] = 1

    @property
    def words(self) -> str:
        """What texts must contain."""
        return self.q.replace("\0", "").strip()

    @property
    def filtered(self) -> bool:
        """Whether fewer chunks are shown than are believed."""
        return bool(self.words or self.category or self.side or self.touched) or (
            self.status is not Shown.ACTIVE
        )

    def fields(self) -> dict[str, Any]:
        """Fields that differ from what is asked for by default, for an address."""
        default = Asked()
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != getattr(default, field.name)
        }

    def kept(self, *but: str) -> Sequence[tuple[str, Any]]:
        """Hidden fields of a form that asks for the same but for the named ones."""
        return [(name, value) for name, value in self.fields().items() if name not in but]

    def address(self, whose: Whose, **changes: Any) -> str:
        """The page that asks for the same with some changes."""
        return whose.beliefs(**replace(self, **changes).fields())
