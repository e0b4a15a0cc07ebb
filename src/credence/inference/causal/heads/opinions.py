"""What models and their heads make of questions: parts alone, averages, routed, steered."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from credence.inference.causal.heads.observed import Observed
from credence.inference.routing.blend import FixedAlpha, TopKRouter, blend
from credence.inference.routing.fusion import WeightsHead, chosen_expert
from credence.inference.routing.unrouted import average_probability

GRID = tuple(step / 10 for step in range(11))  # fixed alphas that a learnt one is held against
ROUTER = "router alone"
AVERAGE, AVERAGED = "average of the experts", "their average and complement"
SELECTION, FUSED = "chosen expert alone", "chosen expert and complement"
STEERED = "steered"


def routes(said: Observed, head: WeightsHead) -> Tensor:
    """The expert (Q, T) that a head chooses."""
    return chosen_expert(head(said.hidden))


def base_logits(said: Observed, route: Tensor | None) -> Tensor:
    """Labels' logits (Q, T, L) of the router with the experts of a route (Q, T), or alone."""
    return said.router if route is None else _chosen(said.experts, route) + said.router


def seen_on(said: Observed, route: Tensor | None) -> Tensor:
    """What an alpha router reads (Q, T, 4 k) where these experts are chosen, or none is."""
    return said.seen[:, 0] if route is None else _chosen(said.seen, route)


def steered_logits(said: Observed, route: Tensor | None, alpha: TopKRouter | FixedAlpha) -> Tensor:
    """Labels' logits (Q, T, L) with the reward model's part."""
    seen = seen_on(said, route)
    share = (
        alpha.of(seen)
        if isinstance(alpha, TopKRouter)
        else seen.new_full(seen.shape[:-1], alpha.alpha)
    )
    return blend(base_logits(said, route), said.reward[:, 0], share)


@torch.no_grad()
def opinions(
    said: Observed,
    names: Sequence[str],
    head: WeightsHead | None,
    alpha: TopKRouter | FixedAlpha | None,
) -> dict[str, Tensor]:
    """Log-probabilities of candidates (Q, L) by every system that these parts make, by name."""
    route = None if head is None else routes(said, head)
    told = {ROUTER: said.router}
    for at, name in enumerate(names):
        told[f"expert {name} alone"] = said.experts[:, at]
    if names:
        told[AVERAGE] = average_probability(said.experts.movedim(1, 0))
        told[AVERAGED] = told[AVERAGE] + said.router
    if route is not None:
        told |= {SELECTION: _chosen(said.experts, route), FUSED: base_logits(said, route)}
    if alpha is not None:
        told |= {
            f"{STEERED}, alpha {one:g} for all": steered_logits(said, route, FixedAlpha(one))
            for one in GRID
        }
        told[STEERED] = steered_logits(said, route, alpha)
    return {name: said.averaged(logits) for name, logits in told.items()}


def _chosen(each: Tensor, route: Tensor) -> Tensor:
    """Of (Q, n, T, X) what belongs to a route (Q, T): (Q, T, X)."""
    where = route[:, None, :, None].expand(-1, 1, -1, each.shape[-1])
    return each.gather(1, where).squeeze(1)
