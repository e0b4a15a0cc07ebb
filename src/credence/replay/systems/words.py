"""Texts as words, for systems that count them."""

from __future__ import annotations

import re

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS  # type: ignore[import-untyped]

_WORD = re.compile(r"[^\W_]{2,}")


def words(text: str) -> list[str]:
    """Runs of two letters or digits and more, in lower case, without words such as "the".

    A text without any is a word itself, so that no text is empty.
    """
    folded = text.casefold()
    found = [word for word in _WORD.findall(folded) if word not in ENGLISH_STOP_WORDS]
    return found or [folded]
