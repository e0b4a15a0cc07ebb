"""An item of a list, why it was put there, and that in the words of whoever can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from credence.planner.counter import Shown

LONGEST_TEXT = 4_000  # characters of an explanation


@dataclass(frozen=True, slots=True)
class Held:
    """A belief in words, and how strongly it is held."""

    says: str
    strength: float  # -1 dislike .. 1 like


@dataclass(frozen=True, slots=True)
class Moved:
    """A reason in words, and what it did."""

    says: str
    change: float  # nats of the item's log-probability within its list


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One item as it was put to somebody, and all that may be told of why."""

    shown: Shown  # of one candidate: the item
    beliefs: tuple[Held, ...]  # the firmest first
    reasons: tuple[Moved, ...]  # those that moved it most first


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why an item was put to somebody as language models word it, which makes nothing true."""

    text: str
    tokens: int  # that were decoded
    cut: bool  # by a bound
    model: str  # the one that decides alone or routes, and the prompt's version
    models: tuple[str, ...] = ()  # all of them, by name
    experts: Mapping[str, float] = field(default_factory=dict)  # shares of the tokens
    complement_share: float | None = None  # mean over the tokens; None: nothing routes
    alpha: float | None = None  # the same, the reward model's part; None: none steers


class Explains(Protocol):
    """Puts into words why an item was put to somebody."""

    async def __call__(self, placement: Placement) -> Explanation: ...
