"""A call to a language model as the accounts keep it, and what many of them come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ANSWERED = "answered"  # the outcome of a call that gave what was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    """What one HTTP call cost. `tokens_cached` are among those in; no price: none is known."""

    role: str
    model: str
    prompt: str
    outcome: str
    started_at: datetime
    latency_ms: float
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    price: float | None  # US dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What calls took together; those without a price add nothing to it."""

    tokens: int = 0
    price: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(tokens=self.tokens + other.tokens, price=self.price + other.price)


class Grouping(StrEnum):
    """What calls can be told apart by."""

    ROLE = "role"
    RUN = "run"
    PERSON = "person"
    DAY = "day"  # in UTC, as YYYY-MM-DD
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A group of calls, or all of them: `group` holds a value for every grouping asked for.

    No value: the calls of nobody, of no run, or of somebody erased.
    """

    group: Mapping[Grouping, str | None]
    calls: int
    failed: int  # gave no clean answer
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    price: float  # US dollars, of those with a price
    unpriced: int  # calls without a price
