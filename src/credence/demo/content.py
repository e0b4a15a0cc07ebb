"""The demo's films, books and simulated people, read from the JSON lines beside this file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from credence.memory.model import Action, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEvent:
    """One thing a simulated person did. `days_ago` counts back from whenever the demo runs."""

    item_id: str
    action: Action
    rating: float | None  # 0.5 .. 5
    text: str
    days_ago: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """A simulated person; `events` run from the oldest to the latest."""

    user_id: str
    about: str  # for the developer: the taste and how it changes midway
    events: tuple[DemoEvent, ...]


def demo_items() -> tuple[Item, ...]:
    """Every film and book of the catalogue, in the order of its file."""
    return tuple(_item(row) for row in _rows("catalogue.jsonl"))


def demo_people() -> tuple[DemoPerson, ...]:
    """Every simulated person, in the order of the file."""
    return tuple(_person(row) for row in _rows("people.jsonl"))


def _rows(name: str) -> list[dict[str, Any]]:
    """The JSON objects of one file of this package, one a line."""
    text = files("credence.demo").joinpath(name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def _item(row: dict[str, Any]) -> Item:
    return Item(
        item_id=row["item_id"],
        title=row["title"],
        description=row["description"],
        categories=tuple(row["categories"]),
        creators=tuple(row["creators"]),
        attributes=row["attributes"],
    )


def _person(row: dict[str, Any]) -> DemoPerson:
    events = tuple(_event(event) for event in row["events"])
    return DemoPerson(user_id=row["user_id"], about=row["about"], events=events)


def _event(row: dict[str, Any]) -> DemoEvent:
    return DemoEvent(
        item_id=row["item_id"],
        action=Action(row["action"]),
        rating=row["rating"],
        text=row["text"],
        days_ago=row["days_ago"],
    )
