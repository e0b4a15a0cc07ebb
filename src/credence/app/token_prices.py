"""What a model's tokens cost, and how that is written in a setting."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

HOW_TO_WRITE = (
    "write model=input/cached/output in US dollars per million tokens, say large=1.25/0.13/10, "
    'separated by commas, or JSON such as {"large": [1.25, 0.13, 10]}'
)
_PARTS = ("input", "cached", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """US dollars for a million tokens of one model."""

    input: float
    cached: float  # for those of the input that the server had at hand
    output: float

    def of(self, *, tokens_in: int, tokens_cached: int, tokens_out: int) -> float:
        """US dollars for one call; `tokens_cached` are among those in."""
        cached = min(tokens_cached, tokens_in)
        new = tokens_in - cached
        return (new * self.input + cached * self.cached + tokens_out * self.output) / 1e6


def prices_in(written: str) -> dict[str, TokenPrice]:
    """By model. Raises ValueError, which says what is wrong and quotes nothing of it."""
    pairs = _as_json(written) if written.lstrip().startswith("{") else _as_pairs(written)
    found: dict[str, TokenPrice] = {}
    for number, (model, price) in enumerate(pairs, 1):
        if not model or model in found:
            wrong = "repeats a model" if model else "names no model"
            raise ValueError(f"price {number} of CREDENCE_LLM_PRICES {wrong}; {HOW_TO_WRITE}")
        found[model] = _price(price, number)
    return found


def _price(parts: object, number: int) -> TokenPrice:
    try:
        each = [float(part) for part in parts] if isinstance(parts, list) else []
    except (TypeError, ValueError):
        each = []
    if len(each) != len(_PARTS) or not all(isfinite(part) and part >= 0 for part in each):
        raise ValueError(
            f"price {number} of CREDENCE_LLM_PRICES is not three numbers from 0 up; {HOW_TO_WRITE}"
        )
    return TokenPrice(**dict(zip(_PARTS, each, strict=True)))


def _as_pairs(written: str) -> Iterator[tuple[str, object]]:
    for pair in (part for part in written.split(",") if part.strip()):
        model, _, price = pair.rpartition("=")
        yield model.strip(), price.split("/")


def _as_json(written: str) -> Iterator[tuple[str, object]]:
    try:
        found: dict[str, Any] = json.loads(written)
    except ValueError:
        raise ValueError(f"CREDENCE_LLM_PRICES is not well-formed JSON; {HOW_TO_WRITE}") from None
    for model, price in found.items():
        by_name = isinstance(price, Mapping)
        yield model, [price.get(part) for part in _PARTS] if by_name else price
