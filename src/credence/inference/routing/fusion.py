"""FusionRoute: one expert is chosen a step, and the router adds what no expert knows.

arXiv 2601.05106: the router reads the context and gives weights w (n,) over the experts and log
probabilities of its own, the complement. The step's policy is
pi(y) ∝ exp(log pi_I(y | x, y<t) + log pi_theta(y | x, y<t)) with I = argmax w.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Fused:
    """One step of B rows under the fused policy."""

    logits: Tensor  # (B, V), up to a constant a row the log-probabilities of the policy
    route: Tensor  # (B,), the expert chosen


def chosen_expert(weights: Tensor) -> Tensor:
    """The expert of each row (B,) from routing weights (B, n); of equals the first."""
    return weights.argmax(dim=-1)


def fuse(expert: Tensor, complement: Tensor) -> Tensor:
    """Logits (B, V) of the fused policy, from those of each row's chosen expert and the router's.

    In fp32 and normalised first, so that no constant in either counts. A label of log-probability
    minus infinity in either has it in the result.
    """
    return torch.log_softmax(expert.float(), -1) + torch.log_softmax(complement.float(), -1)


def fuse_all(experts: Tensor, weights: Tensor, complement: Tensor) -> Fused:
    """The obvious form, of all experts' logits (n, B, V), weights (B, n), complement (B, V).

    What training and the tests' reference use: no expert is spared.
    """
    route = chosen_expert(weights)
    rows = torch.arange(len(route), device=route.device)
    return Fused(fuse(experts[route, rows], complement), route)


class WeightsHead(nn.Module):
    """The linear head that gives routing weights from the router's last hidden state."""

    def __init__(self, hidden: int, experts: int) -> None:
        super().__init__()
        self.linear = nn.Linear(hidden, experts)

    def forward(self, hidden: Tensor) -> Tensor:
        """Hidden states (B, D) to weights (B, n)."""
        weights: Tensor = self.linear(hidden)
        return weights


def complement_share(expert: Tensor, complement: Tensor) -> Tensor:
    """How much of what tells the labels apart came from the complement: (B,) in [0, 1].

    Of logits (B, V): |complement| / (|expert| + |complement|), each without its mean and summed
    over the labels that neither rules out; 0 where neither tells any label from another (ours).
    """
    both = torch.stack([expert, complement]).float()
    allowed = (both.abs() < torch.inf).all(0)
    counted = both.masked_fill(~allowed, 0)
    mean = counted.sum(-1, keepdim=True) / allowed.sum(-1, keepdim=True).clamp_min(1)
    theirs, ours = ((counted - mean) * allowed).abs().sum(-1)
    share: Tensor = ours / (theirs + ours).clamp_min(torch.finfo(ours.dtype).tiny)
    return share
