"""What language models took for a piece of work: looks of the planner, a ranking, a whole walk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from credence.memory.planner_run import PlannerRun
from credence.replay.asking.journal import Kept
from credence.replay.prices import unpriced

_DIGITS = 9  # of a dollar; what is left is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Calls that came to nothing are counted too."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0  # US dollars, of the calls that have a price
    unpriced: int = 0  # calls that have none
    fallbacks: int = 0  # pieces of work that a built-in part did for a model

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            cost=round(self.cost + other.cost, _DIGITS),
            unpriced=self.unpriced + other.unpriced,
            fallbacks=self.fallbacks + other.fallbacks,
        )

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Spent:
        """As it was written, by whatever version. Raises TypeError for what is none."""
        made = cls(**row)
        return replace(made, unpriced=unpriced(row, calls=made.calls))

    @property
    def price(self) -> float | None:
        """US dollars; None where any call has no price."""
        return None if self.unpriced else self.cost

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    @classmethod
    def on_looks(cls, runs: Iterable[PlannerRun]) -> Spent:
        """By the planner's own account of its runs."""
        return sum((cls._on_look(run) for run in runs), NOTHING)

    @classmethod
    def on_answers(cls, answers: Iterable[Kept], *, fallbacks: int = 0) -> Spent:
        """By the journal; one that was paid for before a kill counts as it did then."""
        return sum(
            (
                cls(
                    calls=kept.calls,
                    tokens_in=kept.tokens_in,
                    tokens_out=kept.tokens_out,
                    cost=kept.cost,
                    unpriced=kept.unpriced,
                )
                for kept in answers
            ),
            Spent(fallbacks=fallbacks),
        )

    @classmethod
    def _on_look(cls, run: PlannerRun) -> Spent:
        cost, parts = run.cost, run.detail.get("roles", ())
        calls, price = int(cost.get("llm_calls", 0)), cost.get("price")
        return cls(
            calls=calls,
            tokens_in=int(cost.get("tokens_in", 0)),
            tokens_out=int(cost.get("tokens_out", 0)),
            cost=price or 0.0,
            unpriced=calls if price is None else 0,
            fallbacks=sum(part["fallback"] is not None for part in parts),
        )


NOTHING = Spent()
