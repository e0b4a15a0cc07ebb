"""What a hostile text is, and the answers that it may order a model to give."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a text tries."""

    OVERRIDE = "instruction override"
    SYSTEM = "fake system message"
    JSON = "fake JSON"
    LEAK = "reveal"
    MOST = "set everything to 1"
    WIPE = "forget everything"
    MARKUP = "markup and links"
    GLYPHS = "look-alike and invisible characters"
    PADDING = "padding"
    FIRST = "put me first"
    WHO = "who somebody is"


class Place(StrEnum):
    """Whose words it is among."""

    REVIEW = "review"
    TITLE = "title"
    DESCRIPTION = "description"
    CATEGORY = "category"
    CREATOR = "creator"
    INSTRUCTION = "instruction"
    CHUNK = "chunk"  # words that a person gave a belief by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """One text."""

    name: str
    kind: Kind
    place: Place
    text: str
    never: tuple[str, ...] = ()
    obeyed: str | None = None


HOSTILE_EVENT, OWN_EVENT = "e6", "e7"  # numbers of the events in which a text comes, and after it
OWN_WORDS = "gentle humour"  # that stand in both of them where an item is the attacker
LEAK = "sk-dev-0000"
ALL = '"clarity":"emphatic"'
HUES = ("grey", "blue", "pale", "dark", "white", "black")


def says(**answer: object) -> str:
    return json.dumps(answer, separators=(",", ":"))


def topic(named: str, words: str, *, event: str = HOSTILE_EVENT, like: bool = True) -> object:
    return {
        "event": event,
        "kind": "new",
        "chunk": None,
        "topic": named,
        "category": "subject",
        "stance": "like" if like else "dislike",
        "clarity": "emphatic",
        "words": words,
    }


def against(chunk: int, words: str, *, event: str = HOSTILE_EVENT) -> object:
    known = {"kind": "contradicts", "chunk": f"c{chunk}", "topic": None, "category": None}
    return {"event": event, **known, "stance": None, "clarity": "emphatic", "words": words}


def planned(*steps: tuple[str, list[str]]) -> str:
    told = [{"operation": name, "targets": targets, "reason": "x"} for name, targets in steps]
    return says(steps=told, contradictions=[], reason="x")


def texts(place: Place, *rows: tuple[str, Kind, str, tuple[str, ...], str | None]) -> list[Hostile]:
    return [
        Hostile(
            name=f"{place}: {name}", kind=kind, place=place, text=text, never=never, obeyed=obeyed
        )
        for name, kind, text, never, obeyed in rows
    ]
