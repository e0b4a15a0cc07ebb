"""People's histories as events for the API: the demo's own, or those of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from credence.demo.content import demo_items, demo_people
from credence.memory.model import Item
from credence.replay.people import Interaction, ReplayPerson

_APART = timedelta(days=3)  # between the interactions of a history that has no times
_LONGEST_TEXT = 20_000  # characters that the API takes of a review or description,
_LONGEST_LABEL = 200  # and of a title or name
DEMO_INSTRUCTION = "something warm and funny for a quiet evening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """A catalogue, people, and what they did in order of time, as bodies for the API."""

    name: str
    items: tuple[dict[str, Any], ...]
    people: tuple[str, ...]
    events: tuple[dict[str, Any], ...]
    instructions: Mapping[str, str]  # by person
    people_left_out: int = 0
    items_left_out: int = 0

    @property
    def longest(self) -> str:
        """The person who did most; of several the first by id."""
        counts = dict.fromkeys(self.people, 0)
        for event in self.events:
            counts[event["user_id"]] += 1
        return min(self.people, key=lambda person: (-counts[person], person))


def of_the_demo(now: datetime) -> Histories:
    """The films, books and simulated people that come with Credence, as if up to `now`."""
    people = demo_people()
    events = [
        (
            now - timedelta(days=event.days_ago),
            {
                "user_id": person.user_id,
                "item_id": event.item_id,
                "action": event.action.value,
                "rating": event.rating,
                "text": event.text,
            },
        )
        for person in people
        for event in person.events
    ]
    return Histories(
        name="demo",
        items=tuple(item_body(item) for item in demo_items()),
        people=tuple(person.user_id for person in people),
        events=_in_order(events),
        instructions={person.user_id: DEMO_INSTRUCTION for person in people},
    )


def of_a_folder(
    folder: Path,
    *,
    now: datetime,
    most_people: int | None,
    most_items: int | None,
    also: str | None = None,
) -> Histories:
    """A folder in InstructRec form; the person `also` is in, however few people are taken.

    With fewer than all items, those come first that the people have in their histories and lists.
    A history without times gets some, three days apart up to `now`; one with times is moved so
    that its last event happens now. Raises replay.errors.ReplayError.
    """
    from credence.replay.loaders.instructrec import load_domain

    domain = load_domain(folder)
    people = domain.people[:most_people]
    if also is not None and also not in {person.user_id for person in people}:
        people = (*people, *(person for person in domain.people if person.user_id == also))
    items = _needed_first(domain.items, people)[:most_items]
    kept = {item.item_id for item in items}
    events = [
        (moment, {"user_id": person.user_id, **_told(interaction)})
        for person in people
        for moment, interaction in _timed(person.history, now)
        if interaction.item_id in kept
    ]
    return Histories(
        name=domain.name,
        items=tuple(item_body(item) for item in items),
        people=tuple(person.user_id for person in people),
        events=_in_order(events),
        instructions={p.user_id: p.instruction for p in people if p.instruction},
        people_left_out=len(domain.people) - len(people),
        items_left_out=len(domain.items) - len(items),
    )


def item_body(item: Item) -> dict[str, Any]:
    """An item as POST /v1/items takes it."""
    return {
        "item_id": item.item_id,
        "title": (item.title.strip() or item.item_id)[:_LONGEST_LABEL],
        "description": item.description[:_LONGEST_TEXT],
        "categories": [label[:_LONGEST_LABEL] for label in item.categories],
        "creators": [label[:_LONGEST_LABEL] for label in item.creators],
        "attributes": dict(item.attributes),
    }


def _told(interaction: Interaction) -> dict[str, Any]:
    return {
        "item_id": interaction.item_id,
        "action": interaction.did.value,
        "rating": interaction.rating,
        "text": interaction.review[:_LONGEST_TEXT],
    }


def _timed(history: Sequence[Interaction], now: datetime) -> Iterator[tuple[datetime, Interaction]]:
    times = [i.timestamp for i in history if i.timestamp is not None]
    for place, interaction in enumerate(history):
        if len(times) == len(history) and interaction.timestamp is not None:
            yield interaction.timestamp + (now - max(times)), interaction
        else:
            yield now - _APART * (len(history) - 1 - place), interaction


def _needed_first(items: Sequence[Item], people: Sequence[ReplayPerson]) -> tuple[Item, ...]:
    """Items of histories, then those of lists, then the others, each in their order."""
    dealt_with = {i.item_id for person in people for i in person.history}
    listed = {item_id for person in people for item_id in person.candidates}
    return tuple(
        sorted(items, key=lambda i: (i.item_id not in dealt_with, i.item_id not in listed))
    )


def _in_order(events: Sequence[tuple[datetime, dict[str, Any]]]) -> tuple[dict[str, Any], ...]:
    """By time; events of one moment in the order given, person by person."""
    ordered = sorted(events, key=lambda pair: (pair[0], pair[1]["user_id"]))
    return tuple({**event, "occurred_at": moment.isoformat()} for moment, event in ordered)
