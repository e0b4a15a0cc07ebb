"""A model's part in one step of a run: what it cost, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Of one role at one step. Figures count every call, those that came to nothing too."""

    role: str
    prompt: str  # its version
    calls: int = 0
    failed: int = 0  # of the calls
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    price: float | None = None  # US dollars; None where no price is known
    fallback: str | None = None  # why the built-in part did the work
    notes: tuple[str, ...] = ()  # what was refused or repaired, and why


def cost_of(told: Iterable[Told]) -> dict[str, Any]:
    """What a run's models cost together; all it says of a run without models is "no calls"."""
    parts = tuple(told)
    cost: dict[str, Any] = {"llm_calls": sum(part.calls for part in parts)}
    if not parts:
        return cost
    for name in ("failed", "tokens_in", "tokens_out", "tokens_cached"):
        cost[name] = sum(getattr(part, name) for part in parts)
    prices = [part.price for part in parts if part.calls]
    cost["price"] = None if None in prices else round(sum(p for p in prices if p is not None), 9)
    return cost


def detail_of(told: Iterable[Told]) -> list[dict[str, Any]]:
    """What a run's record says of each part."""
    return [
        {
            "role": part.role,
            "prompt": part.prompt,
            "calls": part.calls,
            "fallback": part.fallback,
            "notes": list(part.notes),
        }
        for part in told
    ]
