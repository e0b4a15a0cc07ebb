"""FusionRoute over stacked models: router and all experts take each step in one pass.

The same decisions as `RoutedPolicy`, which runs the router and then each row's chosen expert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.reading import CausalReading
from credence.inference.routing.fusion import WeightsHead, chosen_expert
from credence.inference.routing.policy import Decision
from credence.inference.routing.routed import fused_decision

ROUTER = 0  # its place among the models


@dataclass(frozen=True, slots=True)
class Seats:
    """Which of n models that run together, after the router, is each of the head's experts."""

    models: int
    experts: Tensor  # (number of experts,)


class StackedPolicy:
    """A router with its weights head and experts, all in one model (see `stacking`)."""

    def __init__(self, stack: CausalModel, head: WeightsHead, seats: Seats) -> None:
        self.stack = stack
        self._head = head
        self._seats = seats
        self.labels = stack.labels

    def open(self, contexts: Tokens) -> StackedReading:
        """Start on these contexts."""
        reading = self.stack.open([*contexts] * self._seats.models)
        return StackedReading(reading, self._head, self._seats)


class StackedReading:
    """B contexts as every model reads them: row e * B + b of `reading` is b as model e reads it."""

    def __init__(self, reading: CausalReading, head: WeightsHead, seats: Seats) -> None:
        self._reading = reading
        self._head = head
        self._seats = seats
        self.rows = reading.rows // seats.models

    @torch.inference_mode()
    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Decision:
        """The fused decision of R rows."""
        models = self._seats.models
        step = self._reading.after(self._of_all(rows), [*decided] * models)
        logits = step.logits.view(models, len(rows), -1)  # (n, R, V)
        hidden = step.hidden.view(models, len(rows), -1)[ROUTER]  # (R, D)
        weights = self._head(hidden.float())
        route = chosen_expert(weights)  # (R,)
        each = torch.arange(len(rows), device=route.device)
        expert = logits[self._seats.experts[route], each].float()
        return fused_decision(weights, route, expert, logits[ROUTER].float())

    def branch(self, rows: Sequence[int], further: Tokens) -> StackedReading:
        """New rows that go on from these contexts, with every model."""
        reading = self._reading.branch(self._of_all(rows), [*further] * self._seats.models)
        return StackedReading(reading, self._head, self._seats)

    def _of_all(self, rows: Sequence[int]) -> list[int]:
        return [model * self.rows + row for model in range(self._seats.models) for row in rows]
