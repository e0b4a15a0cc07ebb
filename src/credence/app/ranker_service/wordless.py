"""Why the language models of a ranking process found no words: what both sides of HTTP know of it.

What travels is one of these names, as the kind of a problem (RFC 9457); whoever asked is told it in
the words here, never in those that came, so that nothing of a prompt is passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

Wordless: TypeAlias = Literal["too-long", "no-number", "no-words", "no-answer"]

SAID: Mapping[Wordless, str] = {
    "too-long": "what its models are told is with the words too long for them, or for "
    "CREDENCE_CAUSAL_LONGEST there",
    "no-number": "its models gave no usable number for any token",
    "no-words": "its models ended their text before the first word",
    "no-answer": "its models found no words for it",  # as a process of another version may say
}


class FoundNoWords(Exception):
    """Language models were asked and found no words; the message is for the process's own log."""

    def __init__(self, why: Wordless, detail: str) -> None:
        super().__init__(detail)
        self.why = why
