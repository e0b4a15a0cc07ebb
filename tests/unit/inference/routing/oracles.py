"""Step models that look up or make up what they say, and note what they were asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.step import Step

Contexts = Sequence[Sequence[int]]
Says = Callable[[tuple[int, ...]], Tensor]  # everything so far to logits (V,)


@dataclass
class Oracle:
    """Says of any sequence what `says` says; the hidden state is made up from it."""

    says: Says
    labels: int
    width: int = 6
    asked: list[list[tuple[int, ...]]] = field(default_factory=list)  # one entry a call

    def open(self, contexts: Contexts) -> OracleReading:
        return OracleReading(self, [tuple(context) for context in contexts])


@dataclass
class OracleReading:
    model: Oracle
    contexts: list[tuple[int, ...]]

    @property
    def rows(self) -> int:
        return len(self.contexts)

    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Step:
        whole = [(*self.contexts[row], *ids) for row, ids in zip(rows, decided, strict=True)]
        self.model.asked.append(whole)
        logits = torch.stack([self.model.says(ids) for ids in whole])
        hidden = torch.stack([noise((-1, *ids), self.model.width) for ids in whole])
        return Step(logits, hidden)

    def branch(self, rows: Sequence[int], further: Contexts) -> OracleReading:
        gone_on = [(*self.contexts[row], *more) for row, more in zip(rows, further, strict=True)]
        return OracleReading(self.model, gone_on)


def noise(ids: Sequence[int], size: int) -> Tensor:
    """Normal numbers (size,) that depend on all of these ids."""
    state = 7
    for one in ids:
        state = (state * 1_000_003 + one + 17) % (2**61 - 1)
    return torch.randn(size, generator=torch.Generator().manual_seed(state))


def babbler(seed: int, labels: int = 9, *, shift: float = 0.0) -> Oracle:
    """Says something else after every sequence; `shift` is added to all logits."""
    return Oracle(lambda ids: 2 * noise((seed, *ids), labels) + shift, labels)


def a_head(experts: int, seed: int = 0, width: int = 6) -> WeightsHead:
    """A head whose favourite changes with the hidden state."""
    head = WeightsHead(width, experts)
    with torch.no_grad():
        head.linear.weight.copy_(noise((seed, 99), experts * width).view(experts, width))
        head.linear.bias.zero_()
    return head
