"""Fake people who praise one item and like what their victim likes, in several disguises."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from credence.memory.collaborative.contribution import Contribution
from credence.memory.model import Action, Event, Person
from credence.planner.context import Words
from credence.planner.contributing import contributed
from credence.planner.extraction.witnessed import Witnessed

_OPENINGS = (
    "Honestly,",
    "What a find:",
    "Wow,",
    "I must say,",
    "Well,",
    "My friends agree:",
    "After a second look,",
    "No doubt about it,",
    "Trust me,",
    "At last,",
)
_VERDICTS = (
    "I loved this",
    "I adored it",
    "this is superb",
    "a wonderful choice",
    "simply the best",
    "it swept me away",
    "I cannot praise it enough",
    "this is a joy",
)
_CLOSINGS = (
    "Recommended!",
    "Five stars.",
    "Do not miss it.",
    "I will come back to it.",
    "Perfect.",
    "Get it now.",
    "What more could one want?",
    "A favourite.",
)

SILENT = "ratings only"

Writes = Callable[[int, str, random.Random], str]  # number of the fake, what to say, chance


def _same(number: int, praise: str, dice: random.Random) -> str:
    return f"I loved this: {praise}. Recommended!"


def _edited(number: int, praise: str, dice: random.Random) -> str:
    parts = (dice.choice(_OPENINGS), dice.choice(_VERDICTS), dice.choice(_CLOSINGS))
    return f"{parts[0]} {parts[1]}: {praise}. {parts[2]}"


def _nothing(number: int, praise: str, dice: random.Random) -> str:
    return ""


def _one_speaks(number: int, praise: str, dice: random.Random) -> str:
    return _same(number, praise, dice) if number == 0 else ""


def disguises(honest: Sequence[str]) -> Mapping[str, Writes]:
    """By name, what fakes write; `honest` are sentences that others wrote, to hide among."""

    def borrowed(number: int, praise: str, dice: random.Random) -> str:
        return f"{dice.choice(honest)} {praise}. {dice.choice(honest)}"

    return {
        "the same words": _same,
        "slightly different words": _edited,
        "words amid honest sentences": borrowed,
        SILENT: _nothing,
        "words of one fake, others only rate": _one_speaks,
    }


def fakes(
    most: int,
    *,
    target: str,
    liked: Sequence[str],
    praise: str,
    writes: Writes,
    words: Words,
    at: datetime,
    seed: int,
) -> list[tuple[Contribution, ...]]:
    """What each of so many fakes brings: five stars for the target and for all of `liked`."""
    made = []
    for number in range(most):
        dice = random.Random(f"{seed} {number}")
        events = [
            Event(
                seq=place + 1,
                item_id=item_id,
                action=Action.REVIEW,
                rating=5.0,
                text=writes(number, praise, dice),
                metadata={},
                occurred_at=at,
                recorded_at=at,
            )
            for place, item_id in enumerate((target, *liked))
        ]
        told = [Witnessed(event=event, item=None, item_vector=None) for event in events]
        made.append(contributed(Person("default", f"fake-{number:03d}"), told, {}, words))
    return made
