"""Events, items and chunks as a role sees them: bounded, under short ids."""

from __future__ import annotations

from datetime import UTC, datetime

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Chunk, Event, Item
from credence.memory.strength import claim, contradicting, standing, statement, supporting
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.documents import ChunkView, EventView, ItemView
from credence.planner.llm.fence import words

LABELS = 8  # of an item's categories that are shown, and of its creators
_TITLE, _LABEL, _SAYS = 160, 60, 120


def item_view(item: Item, *, about: int) -> ItemView:
    """An item with at most `about` characters of its description."""
    return ItemView(
        title=words(item.title, most=_TITLE),
        categories=tuple(words(one, most=_LABEL) for one in item.categories[:LABELS]),
        creators=tuple(words(one, most=_LABEL) for one in item.creators[:LABELS]),
        about=words(item.description, most=about) or None if about else None,
    )


def event_view(one: Witnessed, *, text: int, about: int) -> EventView:
    """An event with at most `text` characters of what the person wrote."""
    return seen_view(
        one.event, None if one.item is None else item_view(one.item, about=about), text=text
    )


def titled_view(one: Witnessed, *, text: int) -> EventView:
    """An event with no more of its item than the title."""
    title = None if one.item is None else ItemView(title=words(one.item.title, most=_TITLE))
    return seen_view(one.event, title, text=text)


def seen_view(event: Event, item: ItemView | None, *, text: int) -> EventView:
    """An event beside whatever is shown of its item."""
    return EventView(
        id=event_id(event.seq),
        when=event.occurred_at.astimezone(UTC).isoformat(timespec="minutes"),
        action=event.action.value,
        rating=event.rating,
        text=words(event.text, most=text) or None,
        item=item,
    )


def chunk_view(chunk: Chunk, *, now: datetime, rules: Rules) -> ChunkView:
    """A chunk as it stands at `now`."""
    stands = standing(chunk, now=now, half_life=rules.half_life)
    return ChunkView(
        id=chunk_id(chunk.chunk_id),
        category=words(chunk.category, most=_LABEL),
        says=words(claim(chunk), most=_SAYS),
        strength=round(stands.strength, 2),
        confidence=round(stands.confidence, 2),
        supporting=supporting(chunk),
        contradicting=contradicting(chunk),
        since=_day(chunk.first_evidence_at),
        last=_day(chunk.last_evidence_at),
        fixed=True if chunk.pinned or chunk.edited else None,
    )


def brief_view(chunk: Chunk, *, now: datetime, rules: Rules) -> ChunkView:
    """A chunk by what it says and how strongly, for whoever need not know what it rests on."""
    return ChunkView(
        id=chunk_id(chunk.chunk_id),
        category=words(chunk.category, most=_LABEL),
        says=words(claim(chunk), most=_SAYS),
        strength=round(standing(chunk, now=now, half_life=rules.half_life).strength, 2),
    )


def told_view(chunk: Chunk, *, now: datetime, rules: Rules) -> ChunkView:
    """A chunk as a profile may tell it: one that is undecided takes no side."""
    view = chunk_view(chunk, now=now, rules=rules)
    return view.model_copy(update={"says": words(statement(chunk), most=_SAYS)})


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def event_id(seq: int) -> str:
    return f"e{seq}"


def chunk_id(number: int) -> str:
    return f"c{number}"


def number_of(given: str, letter: str) -> int | None:
    """The number of an id such as "c12"; None for anything else."""
    digits = given[1:]
    if not given.startswith(letter) or not digits.isascii() or not digits.isdigit():
        return None
    return int(digits)
