"""What frozen language models said, kept as tensors: all that their heads are learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from credence.inference.routing.labels import FLOOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Q questions by labels, each asked in T orders of naming its candidates, L at most.

    Log-probabilities are over the labels of the question, in fp32, and minus infinity for labels
    beyond them. There are n experts and r = 0 or 1 reward models.
    """

    hidden: Tensor  # (Q, T, D), the router's state that its logits come from
    router: Tensor  # (Q, T, L)
    experts: Tensor  # (Q, n, T, L)
    reward: Tensor  # (Q, r, T, L)
    seen: Tensor  # (Q, r * max(n, 1), T, 4 k), what a top-k alpha router reads by expert chosen
    order: Tensor  # (Q, T, L), which candidate a label stands for; -1 beyond them
    right: Tensor  # (Q,), the candidate that is right

    def __len__(self) -> int:
        return len(self.right)

    @property
    def labels(self) -> Tensor:
        """The label (Q, T) that stands for the right candidate."""
        return (self.order == self.right[:, None, None]).int().argmax(-1)

    def of(self, questions: Sequence[int]) -> Observed:
        """These questions alone."""
        rows = torch.tensor(list(questions), dtype=torch.long)
        return Observed(**{name: value[rows] for name, value in self.tensors().items()})

    def tensors(self) -> dict[str, Tensor]:
        """Every part by its name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def together(cls, parts: Sequence[Observed]) -> Observed:
        """Questions of several parts, in their order."""
        each = [part.tensors() for part in parts]
        return cls(**{name: torch.cat([one[name] for one in each]) for name in each[0]})

    def averaged(self, logits: Tensor) -> Tensor:
        """Logits of labels (Q, T, L) to log-probabilities of candidates (Q, L), as lists have them:
        the mean over the orders, each floored, then normalised."""
        logs = torch.log_softmax(logits.float(), -1).clamp_min(FLOOR)
        there = self.order >= 0
        sums = torch.zeros_like(logs[:, 0])
        for turn in range(logs.shape[1]):
            known = logs[:, turn].where(there[:, turn], 0.0)
            sums = sums.scatter_add(-1, self.order[:, turn].clamp_min(0), known)
        candidates = torch.arange(logs.shape[-1]) < there[:, 0].sum(-1, keepdim=True)
        return torch.log_softmax((sums / logs.shape[1]).masked_fill(~candidates, -torch.inf), -1)

    def loss(self, logits: Tensor) -> float:
        """Mean of -log p of the right candidate, of labels' logits (Q, T, L)."""
        return -float(self.averaged(logits).gather(-1, self.right[:, None]).mean())
