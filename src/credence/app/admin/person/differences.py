"""Two versions of a text as one: what went, what came, what stayed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_MOST_WORDS = 2_500  # of both texts; the comparison takes quadratic time
_WORDS = re.compile(r"\S+\s*")
_SENTENCES = re.compile(r".+?(?:[.!?]\s+|$)", re.DOTALL)


class Fate(StrEnum):
    """What became of a stretch of text; the value is the element that shows it."""

    KEPT = ""
    GONE = "del"
    NEW = "ins"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that share their fate."""

    fate: Fate
    text: str


def difference(before: str, after: str) -> Sequence[Stretch]:
    """By words; by sentences, where words would be too many."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > _MOST_WORDS:
        old, new = _SENTENCES.findall(before), _SENTENCES.findall(after)
    matcher = SequenceMatcher(
        None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False
    )
    found: list[Stretch] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            found.append(Stretch(Fate.KEPT, "".join(new[k:m])))
            continue
        if j > i:
            found.append(Stretch(Fate.GONE, "".join(old[i:j])))
        if m > k:
            found.append(Stretch(Fate.NEW, "".join(new[k:m])))
    return found
