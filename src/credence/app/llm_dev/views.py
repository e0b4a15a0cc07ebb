"""A document's views as the events and beliefs they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from credence.app.llm_dev.mind import Unread
from credence.memory.model import Action, Belief, Chunk, Event, Item
from credence.memory.strength import PRIOR, says
from credence.planner.llm.documents import ChunkView, EventView, ItemView

_WIDEST = 1 / 8  # variance of Beta(1/2, 1/2): confidence 0
_EDGE = 0.999  # views are rounded, and no evidence gives a strength or confidence of quite 1
_BRIEF = 0.5  # confidence of a view that tells none
_LEAN = 1e-6  # mass by which what a chunk says outweighs the rest at least


def number(told: str, letter: str) -> int:
    """ "c7" as 7. Raises Unread."""
    digits = told.removeprefix(letter)
    if digits == told or not (digits.isascii() and digits.isdecimal()):
        raise Unread(f"an id that is no {letter} and a number")
    return int(digits)


def moment(iso: str) -> datetime:
    """A date or a time as a time that knows its zone, UTC if it names none. Raises Unread."""
    try:
        read = datetime.fromisoformat(iso)
    except ValueError as error:
        raise Unread("a date that is no ISO date") from error
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def item_of(view: ItemView) -> Item:
    """The item; documents hold no item ids, so two of one title and creators count as one."""
    return Item(
        item_id=" / ".join((view.title, *view.creators)),
        title=view.title,
        description=view.about or "",
        categories=view.categories,
        creators=view.creators,
    )


def event_of(view: EventView) -> Event:
    """The event. Raises Unread."""
    if view.action not in set(Action):
        raise Unread("an action that is none")
    at = moment(view.when)
    return Event(
        seq=number(view.id, "e"),
        item_id=item_of(view.item).item_id if view.item else None,
        action=Action(view.action),
        rating=view.rating,
        text=view.text or "",
        metadata={},
        occurred_at=at,
        recorded_at=at,
    )


def belief_of(views: Iterable[ChunkView], *, now: datetime) -> Belief:
    """A belief whose chunks stand at `now` as the views say, up to their rounding.

    Raises Unread.
    """
    chunks = sorted((_chunk(view, now) for view in views), key=lambda chunk: chunk.chunk_id)
    return Belief(chunks=tuple(chunks))


def latest(events: Sequence[EventView], chunks: Sequence[ChunkView]) -> datetime:
    """The last time that the views name, which stands for now. Raises Unread."""
    known = [moment(event.when) for event in events] + [
        moment(chunk.last) for chunk in chunks if chunk.last
    ]
    return max(known, default=datetime(1970, 1, 1, tzinfo=UTC))


def masses(strength: float, confidence: float) -> tuple[float, float]:
    """The masses (liking, disliking) that give this strength and confidence.

    The inverse of `memory.strength.standing`: of a Beta posterior with mean m and variance v,
    both pseudo-counts together are m (1 - m) / v - 1. Exact where such masses exist; else the
    nearest that are not negative.
    """
    mean = (1 + max(-_EDGE, min(_EDGE, strength))) / 2
    variance = (1 - max(0.0, min(_EDGE, confidence))) ** 2 * _WIDEST
    total = max(2 * PRIOR, mean * (1 - mean) / variance - 1)
    return max(0.0, mean * total - PRIOR), max(0.0, (1 - mean) * total - PRIOR)


def _read(told: str) -> tuple[str, str]:
    """Which way a view says that its chunk counts, and its topic."""
    for side in ("likes", "dislikes", "undecided"):
        topic = told.removeprefix(says(side, ""))
        if topic and topic != told:
            return side, topic
    return "likes", told


def _chunk(view: ChunkView, now: datetime) -> Chunk:
    side, topic = _read(view.says)
    liked = side != "dislikes"
    sure = _BRIEF if view.confidence is None else view.confidence
    liking, disliking = masses(view.strength, sure)
    for_it, against = view.supporting or 0, view.contradicting or 0
    if side == "undecided":
        liking = disliking = (liking + disliking) / 2
    elif liked:
        liking = max(liking, disliking)
    else:
        disliking = max(disliking, liking + _LEAN)
    return Chunk(
        chunk_id=number(view.id, "c"),
        category=view.category,
        text=topic,
        liking=liking,
        disliking=disliking,
        as_of=now,
        likes=for_it if liked else against,
        dislikes=against if liked else for_it,
        first_evidence_at=moment(view.since) if view.since else now,
        last_evidence_at=moment(view.last) if view.last else now,
        pinned=bool(view.fixed),
    )
