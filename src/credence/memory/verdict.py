"""Which events say that an item was taken, and which that it was refused."""

from __future__ import annotations

from credence.memory.model import Action, Event

WELL, BADLY = 4, 2  # ratings of what was taken, and of what was refused
TAKING = (Action.PURCHASE, Action.LIKE)
REFUSING = (Action.SKIP, Action.DISLIKE)


def taken(event: Event) -> bool:
    """Whether it says that its item was taken. A rating decides, whatever was done."""
    return event.action in TAKING if event.rating is None else event.rating >= WELL


def refused(event: Event) -> bool:
    """Whether it says that its item was refused."""
    return event.action in REFUSING if event.rating is None else event.rating <= BADLY
