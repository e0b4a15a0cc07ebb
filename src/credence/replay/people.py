"""Recorded people and their items, as the replay sees them.

The held-out interaction is known by its item alone: what the person wrote about it and how they
rated it is read from no file into these objects, so no system under test can come to see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from credence.memory.model import Action, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One thing a person did before the exam."""

    item_id: str
    rating: float | None  # 0 .. 5
    review: str  # may be empty
    timestamp: datetime | None
    action: Action | None = None  # None: nobody noted which
    instruction: str | None = None  # what they had asked for, if it was noted

    @property
    def did(self) -> Action:
        """What the person did; where it was not noted a review, a rating, else a purchase."""
        if self.action is not None:
            return self.action
        if self.review:
            return Action.REVIEW
        return Action.PURCHASE if self.rating is None else Action.RATING


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPerson:
    """One person: what came before, and the exam of one target among candidates."""

    user_id: str
    history: tuple[Interaction, ...]  # oldest first; never holds the target
    instruction: str | None
    target: str
    candidates: tuple[str, ...]  # the target and negatives drawn at random
    candidates_matched: tuple[str, ...] | None  # negatives alike in popularity and date
    taken: frozenset[str] | None = None  # all they ever took, later too; None: not in the data

    @property
    def dealt_with(self) -> frozenset[str]:
        """Every item they took, as far as the data knows: no negative may be one of these."""
        return frozenset({self.target, *(done.item_id for done in self.history)}) | (
            self.taken or frozenset()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A catalogue and the people who used it."""

    name: str
    items: tuple[Item, ...]
    people: tuple[ReplayPerson, ...]
