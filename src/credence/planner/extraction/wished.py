"""What an instruction asks for, and the topics that it asks to be left out.

A sentence encoder reads "no horror" much as it reads "horror", so what is not wanted has to be
taken out of the words before they are encoded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from credence.planner.extraction.clauses import Clause, clauses
from credence.planner.extraction.lexicon import Lexicon, Mention, Stance
from credence.planner.extraction.tokens import words
from credence.planner.extraction.turns import Turn, turn_of

_MOST = 8  # topics left out; nobody names more of them
_BUT = re.compile(
    r"\b(?:anything|everything|all|any\w*)?\s*(?:but not|other than|apart from|except(?: for)?)\b"
    r"|\b(?:anything|everything) but\b",
    re.IGNORECASE,
)
_CUES = frozenset(
    words(
        "no not without avoid avoids avoiding hate hates hated dislike dislikes disliked free "
        "clear tired sick don't dont didn't doesn't nor neither instead rather too put"
    )
)
_TURNING = frozenset(words("not never no don't can't cannot couldn't wouldn't isn't wasn't"))
_FILLERS = frozenset(
    words(
        "i i'm me my we us you it a an the and or but so please just something anything things "
        "stuff want wants need like would i'd give show recommend suggest find get looking for to "
        "of with in on some any really do am is be that one ones more all not no if can could "
        "there thanks story stories book books film films movie movies read reading watch music "
        "albums"
    )
)
_BEFORE = 6  # words before a mention among which its cue is


@dataclass(frozen=True, slots=True)
class Wish:
    """An instruction as it is understood."""

    text: str  # what is asked for, as written; empty where that is nothing
    without: tuple[str, ...] = ()  # names of topics that are not wanted, as they come


def understood(instruction: str, lexicon: Lexicon) -> Wish:
    """What is asked for and what is not; where nothing is unwanted, the words as they are."""
    told: list[str] = []
    without: dict[str, None] = {}
    for clause in clauses(_BUT.sub(". no ", instruction)):
        unwanted = [
            mention for mention in lexicon.mentions(clause.stems) if _is_unwanted(clause, mention)
        ]
        without |= dict.fromkeys(mention.topic.name for mention in unwanted)
        told.append(_rest(clause, unwanted) if unwanted else clause.text)
    if not without:
        return Wish(instruction)
    text = ". ".join(part for part in told if _says_something(part))
    return Wish(text, tuple(without)[:_MOST])


def _is_unwanted(clause: Clause, mention: Mention) -> bool:
    if mention.topic.stance is not Stance.ASPECT:
        return False  # what nobody likes is not liked any less for being named
    if _is_free(clause, mention):
        return True
    if turn_of(clause, mention) not in {Turn.DENIED, Turn.DISLIKED}:
        return False
    cues = _cues(clause, mention)  # none where it is only less than something else
    before = clause.words[: cues[-1]] if cues else ()
    twice = bool(cues) and clause.words[cues[-1]] == "without" and _TURNING.intersection(before)
    return bool(cues) and not twice


def _is_free(clause: Clause, mention: Mention) -> bool:
    """As in "gore-free"."""
    return clause.words[mention.end : mention.end + 1] == ("free",)


def _cues(clause: Clause, mention: Mention) -> list[int]:
    """Places of the words before a mention that deny it."""
    first = max(0, mention.start - _BEFORE)
    return [at for at in range(first, mention.start) if clause.words[at] in _CUES]


def _rest(clause: Clause, unwanted: Sequence[Mention]) -> str:
    """The words of a clause without these mentions and what denies them."""
    gone: set[int] = set()
    for mention in unwanted:
        cues = _cues(clause, mention) or [mention.start]
        gone |= {*range(cues[0], mention.end + _is_free(clause, mention))}
    return " ".join(word for at, word in enumerate(clause.words) if at not in gone)


def _says_something(part: str) -> bool:
    return not _FILLERS.issuperset(words(part))
