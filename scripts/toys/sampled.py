"""Batches that are drawn rather than stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from credence.inference.training.seeds import derived_seed

Batch_co = TypeVar("Batch_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Sampled(Generic[Batch_co]):
    """A source of fresh samples: every index has a batch of its own."""

    draw: Callable[[int], Batch_co]  # a seed to a batch
    batches: int = 1_000_000

    def batch(self, seed: int, epoch: int, index: int) -> Batch_co:
        """The batch of a number."""
        return self.draw(derived_seed(seed, "sample", epoch, index))
