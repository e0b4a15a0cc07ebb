"""Where batches come from: any batch can be made again from (seed, epoch, index) alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from credence.inference.training.seeds import derived_seed

Batch_co = TypeVar("Batch_co", covariant=True)


class Source(Protocol[Batch_co]):
    """Batches by number. A batch is a tensor, or a tuple or mapping of batches."""

    @property
    def batches(self) -> int:
        """How many make an epoch, at least 1."""
        ...

    def batch(self, seed: int, epoch: int, index: int) -> Batch_co:
        """The batch of this number, always the same one for the same arguments."""
        ...


@dataclass(frozen=True, slots=True)
class Shuffled(Source[Batch_co]):
    """Examples 0 .. count - 1 in an order of each epoch's own, in full batches of `size`.

    What does not fill a batch waits for an epoch that shuffles it to the front.
    """

    count: int
    size: int
    take: Callable[[Tensor], Batch_co]  # indices (size,) to their batch

    def __post_init__(self) -> None:
        if not 0 < self.size <= self.count:
            raise ValueError(f"{self.count} examples do not fill a batch of {self.size}")

    @property
    def batches(self) -> int:
        return self.count // self.size

    def batch(self, seed: int, epoch: int, index: int) -> Batch_co:
        dice = torch.Generator().manual_seed(derived_seed(seed, "order", epoch))
        order = torch.randperm(self.count, generator=dice)
        return self.take(order[index * self.size : (index + 1) * self.size])


@dataclass(frozen=True, slots=True)
class Together(Source[dict[str, Any]]):
    """One batch of each of several sources: mixed training. The longest makes the epoch."""

    parts: Mapping[str, Source[Any]]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("no source to take batches from")

    @property
    def batches(self) -> int:
        return max(part.batches for part in self.parts.values())

    def batch(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        number = epoch * self.batches + index
        return {
            name: part.batch(derived_seed(seed, "part", name), *divmod(number, part.batches))
            for name, part in self.parts.items()
        }
