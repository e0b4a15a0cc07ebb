"""Events and chunks beside the candidates of a list: weighed once, pooled under each variant."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import torch
from torch import Tensor

from credence.inference.listwise.under import POOLED, Under

POOLS = 3  # gates of events that only add up
Work: TypeAlias = Callable[[Tensor], tuple[Tensor, ...]]


class Pieces(NamedTuple):
    """K cases' events and chunks beside their candidates, as one network weighs them."""

    alike: Tensor | None  # (K, N, 3), of a network that projects vectors
    events: Tensor  # (K, E, N, 2 pools), attended to; attention; sums
    lately: Tensor  # (K, E, N, pair)
    chunks: Tensor  # (K, C, N, ...)

    def candidates(self, part: Under) -> Tensor:
        """All that is known of each candidate under each variant (K, V, N, inputs).

        Events kept are pooled by attention, by recency, and in plain sums, where attention is
        also paid to half an event that says nothing; chunks in a mean with doubt, and by attention.
        """
        pair = self.lately.shape[-1]
        drawn = _pooled(part.kept, self.events)
        pulled, mass, sums = drawn.split_with_sizes([pair, 1, POOLS], -1)
        told = [pulled / (mass + 0.5 / POOLED), _pooled(part.recent, self.lately), sums]
        chunk = self.chunks.shape[-1] // 2
        of_chunks = _pooled(part.believed, self.chunks)
        mean, attended, mass = of_chunks.split_with_sizes([chunk, chunk, 1], -1)
        told += [mean, attended / (mass + part.doubt)]
        own = [part.own]
        if self.alike is not None:
            own.append(self.alike[:, None].expand(-1, part.own.shape[1], -1, -1))
        return torch.cat([*own, *told], -1)


def some_at_a_time(work: Work, pieces: Tensor, some: int) -> tuple[Tensor, ...]:
    """What `work` makes of pieces (K, P, N, x), put where it stays as it is made."""
    count = pieces.shape[1]
    if count <= some or torch.is_grad_enabled():  # who learns keeps all of it anyway
        return work(pieces)
    first = work(pieces[:, :some])
    wholes = tuple(one.new_empty(len(one), count, *one.shape[2:]) for one in first)
    for at in range(0, count, some):
        made = first if at == 0 else work(pieces[:, at : at + some])
        for whole, part in zip(wholes, made, strict=True):
            whole[:, at : at + some] = part
    return wholes


def _pooled(weights: Tensor, values: Tensor) -> Tensor:
    """Sums (K, V, N, x) of values (K, n, N, x) by weights (K, V, n)."""
    return torch.bmm(weights, values.flatten(2)).view(*weights.shape[:2], *values.shape[2:])
