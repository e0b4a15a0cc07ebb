"""What a recommendation is asked by, made of, and reached through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from credence.memory.collaborative.item_memory import ItemMemory, Phrase
from credence.memory.collaborative.usual import Usual
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import (
    Belief,
    Embedded,
    Filters,
    Impression,
    Item,
    Person,
    Routing,
    SeenEvent,
    Vector,
)
from credence.planner.context import Embed, Words
from credence.planner.ranking.case import Ranker, Trace
from credence.planner.ranking.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request for recommendations: for a user, or a session of items, or neither."""

    tenant: str
    user_id: str | None = None
    session: tuple[str, ...] = ()  # oldest first
    instruction: str = ""
    candidates: tuple[str, ...] | None = None  # None: find them
    k: int = 10
    filters: Filters = field(default_factory=Filters)
    explain: bool = False
    remembered: bool = True  # False: nothing is written, so that the list cannot be cited


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What is believed of one person, and what they did last."""

    belief: Belief
    vectors: Mapping[int, Vector]
    recent: tuple[SeenEvent, ...]  # event memory, newest first
    heard: Mapping[str, ItemMemory] = field(default_factory=dict)  # others', of recent items
    voices: Mapping[int, Vector] = field(default_factory=dict)  # what was written, by event
    known: bool = True  # False: nobody of that id


@dataclass(frozen=True, slots=True)
class Ranked:
    """One recommended item with its log-probability over the list and the reasons for it."""

    item: Item
    score: float
    reasons: tuple[Reason, ...]
    memory: ItemMemory | None = None  # what others say of it, where reasons were asked for
    phrases: tuple[Phrase, ...] = ()  # and what of that is most telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A ranked list and how it came about."""

    impression_id: str
    items: tuple[Ranked, ...]
    flags: tuple[str, ...]
    ranker: str
    revision: int | None
    pool: int  # how many candidates were ranked
    taste: Taste
    routing: Routing | None = None  # how a routed ranker came to the order
    session: tuple[Item, ...] = ()  # the items of the session that were ranked by, newest first
    unknown: tuple[str, ...] = ()  # candidates that do not exist
    unknown_session: tuple[str, ...] = ()  # items of the session that do not exist
    unwanted: tuple[str, ...] = ()  # topics that the instruction asks to be left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is known at first of one person and of the items that an ask names."""

    taste: Taste
    items: Mapping[str, Embedded]  # those that exist
    memories: Mapping[str, ItemMemory]  # of the items, as `Shelf.memories` gives them


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be found: what passes, but for these and what the person has dealt with."""

    person: Person
    filters: Filters = field(default_factory=Filters)
    without: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """A direction to search the catalogue in."""

    vector: Vector
    most: int  # items that it finds at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reorderer sees: one person and the best candidates, the local ranker's best first."""

    tenant: str
    user_id: str | None
    profile: str  # the narrative, empty where there is none
    recent: tuple[SeenEvent, ...]  # event memory, newest first
    session: tuple[Item, ...]  # newest first
    instruction: str
    candidates: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reordered:
    """An order of the candidates shown, and how it came about."""

    order: tuple[int, ...]  # indices, a permutation
    ranker: str
    repaired: int = 0  # candidates left out by the answer, put last in their own order
    fallback: str | None = None  # why the order is the one that came in
    trace: Trace | None = None  # of the candidates shown, where routed models ordered them


class Reorders(Protocol):
    """Puts a short list into an order of its own; it keeps the list where it has none."""

    @property
    def most(self) -> int:
        """Candidates it takes at most."""
        ...

    async def __call__(self, shown: Shown) -> Reordered: ...


class Shelf(Protocol):
    """What recommending may read, and the one thing it writes."""

    async def visit(self, person: Person, ids: Sequence[str], *, phrases: bool) -> Visit:
        """The person and these items. An empty user id is nobody."""
        ...

    async def passing(self, tenant: str, ids: Sequence[str], filters: Filters) -> frozenset[str]:
        """Those of these items that exist and pass, as `nearest` and `popular` judge it."""
        ...

    async def nearest(self, within: Bounds, probes: Sequence[Probe]) -> tuple[tuple[str, ...], ...]:
        """Of each probe the items near it, the nearest first."""
        ...

    async def popular(
        self, within: Bounds, *, most: int, narrowed: bool
    ) -> tuple[tuple[str, int], ...]:
        """Items, and how many people liked each of late, the most liked first; none that too few
        did.

        Those that pass are counted by themselves if `narrowed`; else they are those of the whole
        catalogue's most liked, which are counted once for all filters.
        """
        ...

    async def anything(self, within: Bounds, *, most: int) -> tuple[str, ...]:
        """Items in order of id."""
        ...

    async def items(self, tenant: str, ids: Sequence[str]) -> Mapping[str, Embedded]:
        """Those of these items that exist."""
        ...

    async def centre(self, tenant: str) -> Vector | None:
        """Mean vector of the catalogue."""
        ...

    async def memories(
        self, person: Person, ids: Sequence[str], *, phrases: bool
    ) -> Mapping[str, ItemMemory]:
        """What others say and choose about these items, where enough of them stand behind it.

        Without `phrases` none may be there.
        """
        ...

    async def usual(self, tenant: str) -> Usual:
        """What is said and liked everywhere."""
        ...

    async def topics(self, tenant: str) -> Mapping[str, float]:
        """How many of an item's voices usually speak of each topic."""
        ...

    async def companions(
        self, within: Bounds, counted: Mapping[str, float], *, most: int
    ) -> tuple[str, ...]:
        """Items that others chose who chose these, the most telling first. `counted` says how much
        each of these counts, above 0."""
        ...

    async def remember(self, tenant: str, shown: Sequence[Impression]) -> None:
        """Take note; it need not be written when this returns."""
        ...


class Rankers(Protocol):
    """Which ranker orders the items of a tenant."""

    async def of(self, tenant: str) -> Ranker: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Collaborators of a recommendation: built in `app.bootstrap`, faked in tests."""

    shelf: Shelf
    rankers: Rankers
    embed: Embed
    words: Words
    rules: Rules
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    least_people: int  # others that must stand behind what is told or used of an item
    event_memory: int  # events and items of a session that a list is ranked by, together
    reorder: Reorders | None = None  # has the last word on the order of the best
