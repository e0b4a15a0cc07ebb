"""What a person's own words say about the creators of an item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from credence.planner.extraction.clauses import Clause
from credence.planner.extraction.opinion import opinion
from credence.planner.extraction.tokens import excerpt

_MOST = 5  # creators; where more are listed, no single one made the item what it is
_QUOTE = 120  # characters kept of a clause
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_MAKER = re.compile(r"\b(?:the|this) (?:author|writer|director|artist|singer|band|chef)\b", re.I)
_WEIGHT = 0.5
_NAMED, _UNNAMED = 0.4, 0.6  # the opinion it takes to speak of a creator by name, or without


@dataclass(frozen=True, slots=True)
class SpokenCreator:
    """A creator the person judged."""

    creator: str
    weight: float  # -0.5 or 0.5
    words: str


def spoken_creators(
    creators: Sequence[str], clauses: Sequence[Clause], liking: float
) -> Iterator[SpokenCreator]:
    """Creators whom the person names or means with a clear opinion that agrees with `liking`.

    Each comes with the first such clause. A name counts in the case it is listed in: King wrote
    it, the king reigns in it.
    """
    if len(creators) > _MOST:
        return
    written = [(clause, _names(clause.text)) for clause in clauses]
    for creator in creators:
        name = _names(creator.rpartition(" ")[2])
        for clause, names in written:
            named = _is_name(name) and name <= names
            heard = _heard(clause.text, named=named, sole=len(creators) == 1)
            if heard * liking > 0:
                weight = _WEIGHT if heard > 0 else -_WEIGHT
                yield SpokenCreator(creator, weight, excerpt(clause.text, most=_QUOTE))
                break


def _heard(clause: str, *, named: bool, sole: bool) -> float:
    """The opinion of a creator in a clause; 0 where it says nothing clear of them."""
    if not named and not (sole and _MAKER.search(clause)):
        return 0.0
    heard = opinion(clause)
    return heard if abs(heard) >= (_NAMED if named else _UNNAMED) else 0.0


def _names(text: str) -> frozenset[str]:
    """The words of a text as written, without the possessive."""
    plain = text.replace("\u2019", "'")
    return frozenset(word.removesuffix("'s") for word in _WORD.findall(plain))


def _is_name(name: frozenset[str]) -> bool:
    """Whether a surname is long enough not to be met by chance."""
    return sum(map(len, name)) > 3
