"""TARo: how far a reward model steers each step, learned per step.

arXiv 2603.18411: base and reward model stay frozen; a small router reads both models' logits at
the step and gives alpha in (0, 1), and the step's logits are (1 - alpha) z_base + alpha z_reward.
A fixed alpha for all steps is GenARM (arXiv 2410.08193), the baseline.

Both routers see log-probabilities, so that no constant in a model's logits counts.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

_FLOOR = -30.0  # nats: a label less likely than this counts as this unlikely


class AlphaRouter(Protocol):
    """Gives alpha (B,) in (0, 1) from the logits (B, V) of base and reward model at a step."""

    def __call__(self, base: Tensor, reward: Tensor) -> Tensor: ...


def blend(base: Tensor, reward: Tensor, alpha: Tensor) -> Tensor:
    """Logits (B, V) of the steered policy, in fp32; `alpha` is (B,) in [0, 1].

    Of log-probabilities rather than raw logits, which moves each row by a constant only. A label
    that either model rules out is ruled out, whatever alpha.
    """
    share = alpha.unsqueeze(-1)
    ours, theirs = torch.log_softmax(base.float(), -1), torch.log_softmax(reward.float(), -1)
    ruled_out = torch.isneginf(ours) | torch.isneginf(theirs)
    # 0 * -inf is not a number, and where no share is given nothing should be taken
    ours, theirs = (
        ours.clamp_min(torch.finfo(ours.dtype).min / 4),
        theirs.clamp_min(torch.finfo(theirs.dtype).min / 4),
    )
    mixed = (1 - share) * ours + share * theirs
    return mixed.masked_fill(ruled_out, -torch.inf)


class FixedAlpha(nn.Module):
    """The same alpha at every step: GenARM."""

    def __init__(self, alpha: float) -> None:
        super().__init__()
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha must be in [0, 1], got {alpha}")
        self.alpha = alpha

    def forward(self, base: Tensor, reward: Tensor) -> Tensor:
        """(B,), all the same."""
        return base.new_full((len(base),), self.alpha, dtype=torch.float32)


class FullLogitRouter(nn.Module):
    """Reads every logit of both models: as precise as can be, and bound to one vocabulary."""

    def __init__(self, labels: int, width: int = 64) -> None:
        super().__init__()
        self.labels = labels
        self.net = nn.Sequential(nn.Linear(2 * labels, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, base: Tensor, reward: Tensor) -> Tensor:
        """Logits (B, V) of both to alpha (B,)."""
        seen = torch.cat([_probable(base), _probable(reward)], dim=-1)
        return torch.sigmoid(self.net(seen)).squeeze(-1)


class TopKRouter(nn.Module):
    """Reads the k likeliest labels of each model and what the other makes of them.

    Nothing in it depends on the size of the vocabulary or on which label is which, so it transfers
    to another backbone. With fewer than k labels the rest count as ruled out.
    """

    def __init__(self, k: int = 8, width: int = 64) -> None:
        super().__init__()
        self.k = k
        self.net = nn.Sequential(nn.Linear(4 * k, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, base: Tensor, reward: Tensor) -> Tensor:
        """Logits (B, V) of both to alpha (B,)."""
        return self.of(self.seen(base, reward))

    def seen(self, base: Tensor, reward: Tensor) -> Tensor:
        """All that it reads (B, 4 k) of logits (B, V) of both: nothing of it is learnt."""
        ours, theirs = _probable(base), _probable(reward)
        missing = max(0, self.k - ours.shape[-1])
        ours = functional.pad(ours, (0, missing), value=_FLOOR)
        theirs = functional.pad(theirs, (0, missing), value=_FLOOR)
        our_best, our_labels = ours.topk(self.k, dim=-1)
        their_best, their_labels = theirs.topk(self.k, dim=-1)
        return torch.cat(
            [
                our_best,
                theirs.gather(-1, our_labels),
                their_best,
                ours.gather(-1, their_labels),
            ],
            dim=-1,
        )

    def of(self, seen: Tensor) -> Tensor:
        """What was seen (..., 4 k) to alpha (...)."""
        return torch.sigmoid(self.net(seen)).squeeze(-1)


def _probable(logits: Tensor) -> Tensor:
    return torch.log_softmax(logits.float(), -1).clamp_min(_FLOOR)
