"""What somebody might have asked for, from what they wrote once they had it."""

from __future__ import annotations

import re

from credence.memory.model import Item
from credence.replay.people import Interaction
from credence.replay.positions import asked_for, instruction_from

_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+")  # where no sentence begins


def wanted(done: Interaction, item: Item) -> str | None:
    """What the person asked for, if that was noted, without title and creators; else `scrubbed`."""
    if done.instruction is not None:
        return asked_for(done, f"{item.title} {' '.join(item.creators)}")
    return scrubbed(done.review, item)


def scrubbed(review: str, item: Item) -> str | None:
    """The end of a review without the title, the creators and whoever it names; None if empty.

    A name is a word that the review writes large within a sentence; it is taken out where a
    sentence begins with it too.
    """
    names = " ".join(_NAME.findall(review))
    return instruction_from(review, f"{item.title} {' '.join(item.creators)} {names}")
