"""Item texts as the released files hold them, made plain, and the facts written into them."""

from __future__ import annotations

import ast
import html
import math
import re
from dataclasses import dataclass

_TAG = re.compile(r"</?[A-Za-z!][^>]*(>|$)")  # some titles are cut in the middle of a tag
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # no database or file takes NUL or half a character
_NOTHING = {"", "nan", "[nan]", "none", "(no genres listed)"}
_LONGEST_NOTHING = max(map(len, _NOTHING))
# The full stops in "J. R. R. Tolkien" and "Dr. Seuss" end no name.
_INITIALS = r"(?<!\b[A-Z])(?<!\bDr)(?<!\bMr)(?<!\bSt)(?<!\bJr)(?<!\bMrs)"
_TELLING = ("city", "state", "description")  # fields worth reading beside the categories
_CREATORS = re.compile(
    r"By (?P<before>[^\n]{1,120}?)\.? (?=Genres: |Categories: )"
    rf"|(?:By|Directed by) (?P<list>.{{1,120}}?){_INITIALS}\.(?: |$)"
)
_CATEGORIES = re.compile(r"(?:Genres|Categories): (?P<list>[^.]*)(?:\. ?|$)")
_FIELD = re.compile(r"(?P<name>[a-z_ ]+): (?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Described:
    """A description taken apart."""

    creators: tuple[str, ...]
    categories: tuple[str, ...]
    text: str


def plain(raw: object) -> str:
    """One line of text without markup, whatever the file held: NaN, a list, the repr of a list."""
    text = raw if isinstance(raw, str) else _joined(raw)
    if text.startswith("[") and text.rstrip().endswith("]"):
        text = _joined(_literal(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = html.unescape(text)
    if "\0" in text or not text.isascii():
        text = _UNSTORABLE.sub("", text)
    text = " ".join(text.split())
    return "" if _is_nothing(text) else text


def described(text: str) -> Described:
    """Creators and categories that a plain description begins with, and what remains of it.

    Knows "By A. Genres: b, c. ...", "Genres: b, c. Directed by A, B. ...", "Categories: b; c" and
    "address: ... | city: ... | categories: b, c".
    """
    if " | " in text and _FIELD.match(text):
        return _fields(text)
    creators: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    while True:
        if not categories and (found := _CATEGORIES.match(text)):
            categories = _split(found["list"])
        elif not creators and (found := _CREATORS.match(text)):
            creators = _split(found["before"] or found["list"])
        else:
            return Described(creators, categories, text.strip())
        text = text[found.end() :]


def _is_nothing(text: str) -> bool:
    return len(text) <= _LONGEST_NOTHING and text.casefold() in _NOTHING


def _literal(text: str) -> object:
    if _is_nothing(text):
        return ""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text[1:-1]


def _joined(raw: object) -> str:
    if isinstance(raw, list | tuple):
        return " ".join(str(part) for part in raw)
    absent = raw is None or (isinstance(raw, float) and math.isnan(raw))
    return "" if absent else str(raw)


def _fields(text: str) -> Described:
    named = [found for part in text.split(" | ") if (found := _FIELD.fullmatch(part.strip()))]
    values = {found["name"].strip(): found["value"].strip() for found in named}
    categories = _split(values.pop("categories", ""))
    kept = [f"{name}: {values[name]}" for name in _TELLING if values.get(name)]
    return Described((), categories, ". ".join(kept))


def _split(names: str) -> tuple[str, ...]:
    separator = ";" if ";" in names else ","
    stripped = (name.strip() for name in names.split(separator))
    return tuple(dict.fromkeys(name for name in stripped if name.casefold() not in _NOTHING))
