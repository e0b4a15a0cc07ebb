"""What somebody might have asked for, from what they wrote once they had it."""

from __future__ import annotations

import re

from credence.memory.model import Item
from credence.replay.exam.leaks import names_title
from credence.replay.people import Interaction
from credence.replay.positions import instruction_from, request_of

_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+")  # where no sentence begins


def wanted(done: Interaction, item: Item) -> str | None:
    """What the person asked for, if that was noted and does more than name the item; without the
    words of title and creators. Else `scrubbed`.
    """
    if done.instruction is not None:
        asked = _unless_named(
            request_of(done, f"{item.title} {' '.join(item.creators)}"), item.title
        )
        if asked is not None:
            return asked
    return scrubbed(done.review, item)


def scrubbed(review: str, item: Item) -> str | None:
    """The end of a review without the title, the creators and whoever it names; None if nothing
    else is left, or if it names the title even so: in words too short to be taken out.

    A name is a word that the review writes large within a sentence; it is taken out where a
    sentence begins with it too.
    """
    names = " ".join(_NAME.findall(review))
    asked = instruction_from(review, f"{item.title} {' '.join(item.creators)} {names}")
    return _unless_named(asked, item.title)


def _unless_named(asked: str | None, title: str) -> str | None:
    return None if asked is None or names_title(asked, title) else asked
