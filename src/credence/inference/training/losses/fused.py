"""The loss of supervised fine-tuning, and log-probabilities, under the fused policy.

FusionRoute, arXiv 2601.05106: language-model loss plus routing loss. The routing loss alone moves
the weights, for the choice of an expert is not differentiable; the language-model loss alone moves
the complement; the router's trunk hears both.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from credence.inference.routing.fusion import fuse_all
from credence.inference.training.losses.choice import routing_loss, soft_routing_loss
from credence.inference.training.losses.labels import label_loss, picked, summed
from credence.inference.training.losses.rows import kept, kept_experts, kept_labels, mean

LabelLossOf = Literal["fused", "alone"]
RoutingLoss = Literal["hard", "soft"]  # see losses.choice


def fused_logits(
    weights: Tensor, complement: Tensor, experts: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Logits (M, V) of the fused policy at the positions that count; experts are fixed."""
    fixed = kept_experts(experts.detach(), mask)
    return fuse_all(fixed, kept(weights, mask), kept(complement, mask)).logits


def fused_log_prob(
    weights: Tensor,
    complement: Tensor,
    experts: Tensor,
    labels: Tensor,
    mask: Tensor | None = None,
) -> Tensor:
    """log pi (B,) of each sequence under the fused policy.

    `weights` (..., n), `complement` (..., V), `experts` (n, ..., V), `labels` (...).
    """
    logits = fused_logits(weights, complement, experts, mask)
    return summed(picked(logits, kept_labels(labels, mask)), labels, mask)


def router_losses(
    weights: Tensor,
    complement: Tensor,
    experts: Tensor,
    labels: Tensor,
    mask: Tensor | None = None,
    *,
    of: LabelLossOf = "fused",
    routing: RoutingLoss = "hard",
    routing_share: float = 1.0,
) -> dict[str, Tensor]:
    """`loss` = `label` + routing_share * `routing`.

    The label loss is that of the fused policy: the complement then learns what the chosen expert
    lacks. Of the router `alone` it learns the language as if it had to speak by itself, and added
    to an expert who knows the language too it says everything twice (figures: docs/log.md, or
    `python -m scripts.toys`).
    """
    if of == "fused":
        logits = fused_logits(weights, complement, experts, mask)
        label = -mean(picked(logits, kept_labels(labels, mask)))
    else:
        label = label_loss(complement, labels, mask)
    chosen_by = routing_loss if routing == "hard" else soft_routing_loss
    choice = chosen_by(weights, experts, labels, mask)
    return {"loss": label + routing_share * choice, "label": label, "routing": choice}
