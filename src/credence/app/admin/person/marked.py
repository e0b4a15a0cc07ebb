"""Where the words that count stand in what a person wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_AROUND = 160  # characters kept to both sides of the first words that count
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text; templates escape it, and set marked ones off."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with the words that count set off."""

    shown: Sequence[Part]
    whole: Sequence[Part]  # the same, where `shown` leaves something out; else empty
    found: bool


def marked(text: str, words: str) -> Marked:
    """The text around `words`; from its beginning, if they do not stand in it as they are."""
    whole = _parts(text, words.strip())
    first = next((i for i, part in enumerate(whole) if part.marked), None)
    if len(text) <= 3 * _AROUND:
        return Marked(whole, (), first is not None)
    if first is None:
        return Marked([Part(_begun(text, 2 * _AROUND), False)], whole, False)
    before = "".join(part.text for part in whole[:first])
    after = "".join(part.text for part in whole[first + 1 :])
    shown = [
        Part(_ended(before, _AROUND), False),
        Part(_begun(whole[first].text, 4 * _AROUND), True),
        Part(_begun(after, _AROUND), False),
    ]
    return Marked([part for part in shown if part.text], whole, True)


def _parts(text: str, words: str) -> Sequence[Part]:
    if not words or words not in text:
        return [Part(text, False)] if text else []
    pieces = text.split(words)
    parts: list[Part] = []
    for i, piece in enumerate(pieces):
        if i:
            parts.append(Part(words, True))
        if piece:
            parts.append(Part(piece, False))
    return parts


def _begun(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rstrip() + _ELLIPSIS


def _ended(text: str, most: int) -> str:
    return text if len(text) <= most else _ELLIPSIS + text[-most:].lstrip()
