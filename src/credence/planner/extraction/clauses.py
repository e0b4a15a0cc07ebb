"""A text cut into the clauses in which one judgement holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from credence.planner.extraction.tokens import stem, words

_BREAK = re.compile(
    r"[.!?;:\n\r()\[\]\u2026\u2014]+|\s[-\u2013]+\s|--+"
    r"|\b(but|however|although|though|yet|whereas|while|despite|nevertheless|except)\b",
    re.IGNORECASE,
)
# Takes the concession with or without its comma: a pattern that fails without one is quadratic.
_CONCESSION = re.compile(r"\b((?:although|though|while|despite)\b[^,.;:!?]*)(,?)", re.IGNORECASE)
_CONCEDING = frozenset({"although", "though", "yet", "while", "despite"})
READ = 4_000  # characters; the rest of a longer text is not read
MOST = 80  # clauses; prose of READ characters has about 60


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: as written, as words, and as stems (both W long)."""

    text: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    conceded: bool = False  # admitted beside what the person means: "although it drags"


def clauses(text: str) -> Iterator[Clause]:
    """The first `MOST` clauses of the first `READ` characters, in order, without empty ones."""
    return islice(_all(text[:READ]), MOST)


def _all(text: str) -> Iterator[Clause]:
    parts = _BREAK.split(_CONCESSION.sub(_parted, text))
    for part, link in zip(parts[::2], (None, *parts[1::2]), strict=True):
        spoken = words(part)
        if spoken:
            conceded = link is not None and link.lower() in _CONCEDING
            yield Clause(part.strip(), tuple(spoken), tuple(map(stem, spoken)), conceded)


def _parted(concession: re.Match[str]) -> str:
    return concession[1] + (";" if concession[2] else "")
