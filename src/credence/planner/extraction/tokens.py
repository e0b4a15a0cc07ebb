"""Words of a text in the form in which topics are compared."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SPELLINGS = {
    "humour": "humor", "humorous": "humorous", "colour": "color", "colouring": "coloring",
    "colourful": "colorful", "grey": "gray", "theatre": "theater", "favourite": "favorite",
    "cosy": "cozy", "cosier": "cozier", "jewellery": "jewelry", "neighbour": "neighbor",
    "organised": "organized", "realised": "realized", "stylised": "stylized",
    "clichéd": "cliched", "clichés": "cliche", "cliché": "cliche", "witches": "witch",
    "heroines": "heroine", "heroes": "hero", "wives": "wife", "wolves": "wolf",
    "mysteries": "mystery", "movies": "movie", "zombies": "zombie", "cookies": "cookie",
    "pies": "pie", "series": "series", "ageing": "aging", "storey": "story",
}  # fmt: skip
_ARTICLES = frozenset({"a", "an", "the"})


def words(text: str) -> list[str]:
    """The words of a text in lower case; a hyphen parts words, an apostrophe does not."""
    return _WORD.findall(text.lower().replace("\u2019", "'"))


def stem(word: str) -> str:
    """A word without its possessive and plural ending, in American spelling."""
    if (american := _SPELLINGS.get(word)) is not None:
        return american
    if not word.endswith("s"):
        return word
    if word.endswith("'s"):
        word = word[:-2]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def excerpt(text: str, *, most: int, start: int = 0) -> str:
    """At most so many characters of a text from about `start`, in whole words where it has some."""
    while 0 < start < len(text) and not text[start - 1].isspace():
        start -= 1
    piece, after = text[start : start + most], text[start + most : start + most + 1]
    if after and not after.isspace() and " " in piece.strip():
        piece = piece.rsplit(None, 1)[0]
    return piece.strip()


def normal(text: str) -> str:
    """A topic with case, hyphens, articles and plurals taken away: equal means the same topic."""
    return " ".join(stem(word) for word in words(text) if word not in _ARTICLES)
