"""FusionRoute over step models: only the router and each row's chosen expert run at a step.

arXiv 2601.05106. An expert that is not chosen reads nothing; when it is chosen again, its reading
catches up in one pass. Experts that are never chosen never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic

import torch
from torch import Tensor

from credence.inference.errors import HeadMismatch, VocabularyMismatch
from credence.inference.routing.fusion import WeightsHead, chosen_expert, fuse
from credence.inference.routing.policy import Decision, Routing
from credence.inference.routing.step import C, Reading, StepModel


class RoutedPolicy(Generic[C]):
    """A router with its weights head, and n experts over the same labels."""

    def __init__(
        self, router: StepModel[C], head: WeightsHead, experts: Sequence[StepModel[C]]
    ) -> None:
        if head.linear.out_features != len(experts):
            raise HeadMismatch(
                f"the router's head weighs {head.linear.out_features} experts and there are "
                f"{len(experts)}; name the experts it was trained on, in their order"
            )
        for index, expert in enumerate(experts):
            if expert.labels != router.labels:
                raise VocabularyMismatch(
                    f"expert {index} has {expert.labels} labels and the router "
                    f"{router.labels}; all models must share one vocabulary"
                )
        self._router = router
        self._head = head
        self._experts = tuple(experts)
        self.labels = router.labels

    def open(self, contexts: C) -> RoutedReading[C]:
        """Start on these contexts."""
        readings = [expert.open(contexts) for expert in self._experts]
        return RoutedReading(self._router.open(contexts), self._head, readings)


class RoutedReading(Generic[C]):
    """B contexts as the router and, as far as they were chosen, the experts read them."""

    def __init__(
        self, router: Reading[C], head: WeightsHead, experts: Sequence[Reading[C]]
    ) -> None:
        self._router = router
        self._head = head
        self._experts = experts
        self.rows = router.rows

    @torch.inference_mode()
    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Decision:
        """The fused decision of R rows; rows with the same route go in one call."""
        own = self._router.after(rows, decided)
        weights = self._head(own.hidden.float())  # (R, n)
        route = chosen_expert(weights)  # (R,)
        complement = own.logits.float()  # (R, V)
        routes = route.tolist()
        if len(set(routes)) == 1:
            expert = self._experts[routes[0]].after(rows, decided).logits.float()
        else:
            expert = torch.empty_like(complement)
            for index in sorted(set(routes)):
                mine = [at for at, chosen in enumerate(routes) if chosen == index]
                step = self._experts[index].after(
                    [rows[at] for at in mine], [decided[at] for at in mine]
                )
                expert[mine] = step.logits.float()
        return fused_decision(weights, route, expert, complement)

    def branch(self, rows: Sequence[int], further: C) -> RoutedReading[C]:
        """New rows that go on from these contexts, with every model."""
        return RoutedReading(
            self._router.branch(rows, further),
            self._head,
            [expert.branch(rows, further) for expert in self._experts],
        )


def fused_decision(weights: Tensor, route: Tensor, expert: Tensor, complement: Tensor) -> Decision:
    """The decision by weights (R, n) and route (R,), of both logits (R, V) in fp32."""
    routing = Routing(route=route, weights=weights, expert=expert, complement=complement)
    return Decision(logits=fuse(expert, complement), routing=routing)
