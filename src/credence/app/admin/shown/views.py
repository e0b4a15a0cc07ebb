"""A list that was shown, as somebody reads it who must answer for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from credence.app.admin.links import Links
from credence.app.admin.trying.form import LONGEST_INSTRUCTION, MOST_CANDIDATES
from credence.app.admin.trying.reading import FLAGS, Flag, Route, route
from credence.memory.model import Embedded, Event, Impression
from credence.memory.verdict import refused, taken

FIRST = 3  # items of a list that the index names


@dataclass(frozen=True, slots=True)
class Came:
    """What an event that cites the list says of one of its items."""

    event: Event
    words: str  # "taken", "refused" or what was done
    tone: str
    address: str  # of the event


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One item of a list; its title is that of today, None if it was deleted."""

    rank: int
    item_id: str
    title: str | None
    score: float
    came: Sequence[Came]

    @property
    def name(self) -> str:
        """What there is to call it by."""
        return self.item_id if self.title is None else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList:
    """One list, and what came of it."""

    impression: Impression
    address: str
    places: Sequence[Place]
    session: Sequence[Place]  # the items that it followed, oldest first, in places of their own

    @property
    def first(self) -> Sequence[Place]:
        """Those that an index names."""
        return self.places[:FIRST]

    @property
    def cited(self) -> Sequence[Place]:
        """Those of which anything came."""
        return [place for place in self.places if place.came]


def shown_list(
    impression: Impression,
    events: Sequence[Event],
    items: Mapping[str, Embedded],
    *,
    to: Links,
    user_id: str,
) -> ShownList:
    """`events` are those that cite it, `items` those of its items that still exist."""
    came: dict[str, list[Came]] = defaultdict(list)
    for event in events:
        if event.item_id is not None:
            came[event.item_id].append(_came(event, to=to, user_id=user_id))

    def place(rank: int, item_id: str, score: float) -> Place:
        held = items.get(item_id)
        return Place(
            rank=rank,
            item_id=item_id,
            title=None if held is None else held.item.title,
            score=score,
            came=came[item_id],
        )

    scored = zip(impression.item_ids, impression.scores, strict=True)
    return ShownList(
        impression=impression,
        address=to.shown(user_id, impression.impression_id),
        places=[place(rank, item_id, score) for rank, (item_id, score) in enumerate(scored, 1)],
        session=[place(rank, one, 0.0) for rank, one in enumerate(impression.session_items, 1)],
    )


def flags_of(impression: Impression) -> Sequence[Flag]:
    """Its flags in words."""
    return [Flag(name, *FLAGS.get(name, (name, ""))) for name in impression.flags]


def route_of(found: ShownList) -> Route | None:
    """How it was routed, if it was."""
    routing = found.impression.routing
    if routing is None:
        return None
    named = [(place.name, place.score) for place in found.places]
    return route(routing, named, ranker=found.impression.ranker)


def tried_again(found: ShownList, *, to: Links, user_id: str) -> str | None:
    """Where the same items are ranked for the same wish, with reasons; None if it is too long."""
    if len(found.impression.instruction) > LONGEST_INSTRUCTION:
        return None
    ids = found.impression.item_ids[:MOST_CANDIDATES]
    return to.person(
        user_id,
        "/try",
        instruction=found.impression.instruction,
        candidates="\n".join(ids),
        k=len(ids),
    )


def _came(event: Event, *, to: Links, user_id: str) -> Came:
    address = to.person(user_id, event=event.seq) + "#tier-events"
    if taken(event):
        return Came(event, "taken", "good", address)
    if refused(event):
        return Came(event, "refused", "bad", address)
    return Came(event, "looked at", "", address)
