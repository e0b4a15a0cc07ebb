"""Whether two wordings mean one topic: by the lexicon, by their words, and by their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Vector
from credence.planner.extraction.by_digest import ByDigest
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.tokens import normal

SAME = 0.86  # cosine from which a wording the lexicon lacks is taken for another one
EQUAL = 2.0  # the likeness of equal wordings

# Categories that writers of topics may confuse: what a work is about, and how it is told.
_ABOUT = frozenset({"genre", "trope", "subject", "setting", "content", "mood"})
_TOLD = frozenset({"style", "pace", "plot", "structure", "craft", "character", "mood"})

# Words that keep two wordings apart however close their vectors are.
_OPPOSED = (
    frozenset({"slow", "fast", "quick", "brisk", "rushed"}),
    frozenset({"likable", "unlikable", "annoying"}),
    frozenset({"predictable", "unpredictable", "surprising", "unexpected"}),
    frozenset({"happy", "sad", "tragic", "open", "satisfying", "weak", "unsatisfying"}),
    frozenset({"strong", "weak", "flat", "well", "stilted", "sharp"}),
    frozenset({"poor", "good", "bad", "beautiful"}),
    frozenset({"light", "dark", "heavy"}),
    frozenset({"short", "long"}),
    frozenset({"clean", "explicit", "steamy", "erotic"}),
    frozenset({"first", "second", "third"}),
    frozenset({"i", "ii"}),
    frozenset({"mother", "motherhood", "father", "fatherhood", "sister", "brother"}),
    frozenset({"hero", "heroine", "villain"}),
    frozenset({"simple", "complex", "confusing", "accessible"}),
    frozenset({"hard", "soft"}),
    frozenset({"high", "low", "urban", "dark", "historical", "cozy"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """A topic in comparable form."""

    category: str
    text: str  # normal form, of the lexicon's name where the lexicon has the topic
    listed: bool  # in the lexicon: what differs there differs
    vector: Vector  # (D,), zero where unknown


def wording_of(category: str, text: str, vector: Vector) -> Wording:
    """A topic of a category in comparable form."""
    listed = _listed(text) if category != "creator" else None
    plain = listed or normal(text) or text  # of an emoji nothing would be left
    return Wording(category, plain, listed is not None, vector)


def _named(text: str) -> str | None:
    topic = bundled_lexicon().named(text)
    return normal(topic.name) if topic else None


_listed = ByDigest(_named, most=16_384)  # the normal form of the lexicon's name for a topic, if any


def likeness_of(ones: Sequence[Wording], others: Sequence[Wording]) -> NDArray[np.float64]:
    """(N, M): `EQUAL` for equal wordings, else their cosine; -1 where they cannot be one topic."""
    cosines = (
        np.stack([one.vector for one in ones]) @ np.stack([other.vector for other in others]).T
    )
    codes: dict[str, int] = {}
    first = [codes.setdefault(one.text, len(codes)) for one in ones]
    second = [codes.setdefault(other.text, len(codes)) for other in others]
    likeness = np.where(np.equal.outer(first, second), EQUAL, -1.0)
    for row, at in np.argwhere((cosines >= SAME) & (likeness < 0)):
        if may_be_one(ones[row], others[at]):
            likeness[row, at] = cosines[row, at]
    return likeness


def may_be_one(one: Wording, other: Wording) -> bool:
    """Whether two unequal wordings can be one topic, however close their vectors are."""
    if one.listed and other.listed:
        return False
    return _compatible(one.category, other.category) and not _opposed(one.text, other.text)


def _compatible(one: str, other: str) -> bool:
    if "creator" in (one, other):
        return False  # names are close to each other in meaning and far in fact
    return one == other or any({one, other} <= group for group in (_ABOUT, _TOLD))


def _opposed(one: str, other: str) -> bool:
    """Whether each wording has a word that rules the other's word out."""
    first, second = set(one.split()), set(other.split())
    only_first, only_second = first - second, second - first
    return any(only_first & words and only_second & words for words in _OPPOSED)
