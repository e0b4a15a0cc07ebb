"""The routing loss: which expert should have been chosen, asked only where it matters.

FusionRoute, arXiv 2601.05106. Experts *disagree* at a position if their likeliest labels differ;
the *best* of them gives the true label the highest probability. Where experts agree the choice
changes little and teaches less, so those positions are left out.
"""

from __future__ import annotations

import torch
from torch import Tensor

from credence.inference.routing.fusion import chosen_expert
from credence.inference.training.losses.labels import picked
from credence.inference.training.losses.rows import kept, kept_experts, kept_labels, mean


def disagreeing(experts: Tensor) -> Tensor:
    """Where (...) the likeliest labels of the experts' logits (n, ..., V) differ.

    Of equally likely labels the first counts as the likeliest.
    """
    likeliest = experts.argmax(-1)
    return (likeliest != likeliest[:1]).any(0)


def truth(experts: Tensor, labels: Tensor) -> Tensor:
    """Log-probability (M, n) that each of the experts (n, M, V) gives the true labels (M,)."""
    return torch.stack([picked(one, labels) for one in experts], -1)


def best_experts(experts: Tensor, labels: Tensor) -> Tensor:
    """Whether (M, n) an expert is the best of a position: several are where they tie."""
    said = truth(experts, labels)
    return said == said.amax(-1, keepdim=True)


def routing_loss(
    weights: Tensor, experts: Tensor, labels: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Mean over disagreeing positions of -log of the share that goes to a best expert.

    `weights` (..., n), `experts` (n, ..., V), `labels` (...). Of experts that tie any will do:
    what counts is their shares' sum, so that a position where all tie teaches nothing. 0 where no
    position disagrees. Experts get no gradient.
    """
    weights, experts, labels = _at_disagreement(weights, experts, labels, mask)
    shares = torch.log_softmax(weights.float(), -1)
    right = shares.masked_fill(~best_experts(experts, labels), -torch.inf)
    return -mean(right.logsumexp(-1))


def soft_routing_loss(
    weights: Tensor,
    experts: Tensor,
    labels: Tensor,
    mask: Tensor | None = None,
    *,
    temperature: float = 1.0,
) -> Tensor:
    """Cross-entropy of the weights against softmax(log p_i(true label) / temperature).

    The hard loss counts .51 against .49 as much as .99 against .01, so noise in near ties moves
    it; here a position counts by how much better the best expert is. Useful where experts are
    much alike. With temperature to 0 it becomes the hard loss.
    """
    weights, experts, labels = _at_disagreement(weights, experts, labels, mask)
    said = truth(experts, labels)
    lost = torch.isneginf(said).all(-1)  # nobody knows the label, so nobody is better
    said = said.masked_fill(lost.unsqueeze(-1), 0.0)
    target = torch.softmax(said / temperature, -1)
    return -mean((target * torch.log_softmax(weights.float(), -1)).sum(-1))


def routing_hits(
    weights: Tensor, experts: Tensor, labels: Tensor, mask: Tensor | None = None
) -> Tensor:
    """Whether (K,) the chosen expert is a best one, at each of the K disagreeing positions."""
    weights, experts, labels = _at_disagreement(weights, experts, labels, mask)
    best = best_experts(experts, labels)
    return best.gather(-1, chosen_expert(weights).unsqueeze(-1)).squeeze(-1)


def _at_disagreement(
    weights: Tensor, experts: Tensor, labels: Tensor, mask: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    weights, experts = kept(weights, mask), kept_experts(experts.detach(), mask)
    where = disagreeing(experts)
    return weights[where], experts[:, where], kept_labels(labels, mask)[where]
