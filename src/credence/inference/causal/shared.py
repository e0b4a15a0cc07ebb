"""FusionRoute over a router and experts that are one base under adapters: one pass a step.

The same decisions as `RoutedPolicy`. A pass over one token reads the base's weights once, however
many rows it has, so experts that were chosen before go with the router: where one of them is chosen
again, the step is decided. One that was not chosen before reads its context then, and goes with the
router from there on. An expert that is never chosen reads no context; where passes are recorded,
which are over all rows, its rows run into the trash.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.reading import CausalReading
from credence.inference.causal.stacked import ROUTER, Seats
from credence.inference.routing.fusion import WeightsHead, chosen_expert
from credence.inference.routing.policy import Decision
from credence.inference.routing.routed import fused_decision


class SharedPolicy:
    """A router with its weights head and experts, all on one base (see `sharing`)."""

    def __init__(self, together: CausalModel, head: WeightsHead, seats: Seats) -> None:
        self.together = together
        self._head = head
        self._seats = seats
        self.labels = together.labels

    def open(self, contexts: Tokens) -> SharedReading:
        """Start on these contexts."""
        reading = self.together.open([*contexts] * self._seats.models)
        return SharedReading(reading, self._head, self._seats)


class SharedReading:
    """B contexts as the router and, as far as they were chosen, the experts read them.

    Row e * B + b of `reading` is b as model e reads it.
    """

    def __init__(self, reading: CausalReading, head: WeightsHead, seats: Seats) -> None:
        self._reading = reading
        self._head = head
        self._seats = seats
        self.rows = reading.rows // seats.models
        self._joined: list[set[int]] = [set() for _ in range(self.rows)]  # models of each row

    @torch.inference_mode()
    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Decision:
        """The fused decision of R rows."""
        asked = [(ROUTER, at) for at in range(len(rows))]
        asked += [(model, at) for at, row in enumerate(rows) for model in sorted(self._joined[row])]
        step = self._reading.after(*self._of(asked, rows, decided))
        own = step.logits[: len(rows)].float()  # (R, V)
        weights = self._head(step.hidden[: len(rows)].float())  # (R, n)
        route = chosen_expert(weights)  # (R,)
        chosen = [*zip(self._seats.experts[route].tolist(), range(len(rows)), strict=True)]
        logits = step.logits
        if further := [pair for pair in chosen if pair not in asked]:
            late = self._reading.after(*self._of(further, rows, decided)).logits
            asked, logits = asked + further, torch.cat([logits, late])
            for model, at in further:
                self._joined[rows[at]].add(model)
        places = [asked.index(pair) for pair in chosen]
        return fused_decision(weights, route, _at(logits, places).float(), own)

    def branch(self, rows: Sequence[int], further: Tokens) -> SharedReading:
        """New rows that go on from these contexts, with every model."""
        models = self._seats.models
        of_all = [model * self.rows + row for model in range(models) for row in rows]
        reading = self._reading.branch(of_all, [*further] * models)
        return SharedReading(reading, self._head, self._seats)

    def _of(
        self,
        pairs: Sequence[tuple[int, int]],
        rows: Sequence[int],
        decided: Sequence[Sequence[int]],
    ) -> tuple[list[int], list[Sequence[int]]]:
        """The rows of the reading that are these models' at these places, and what they decided."""
        mine = [model * self.rows + rows[at] for model, at in pairs]
        return mine, [decided[at] for _, at in pairs]


def _at(logits: Tensor, places: Sequence[int]) -> Tensor:
    return logits[torch.tensor(places, device=logits.device)]
