"""Sequences of any length as rows of a training batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

NOTHING = -1  # a place of a row where nothing came next


def windows(sequence: Sequence[int], longest: int) -> Iterator[Sequence[int]]:
    """A sequence cut from its end into runs of at most `longest` steps.

    Neighbours share the item between them, so that every step from one item to the next is in
    exactly one window.
    """
    end = len(sequence)
    while end > 1:
        start = max(0, end - longest - 1)
        yield sequence[start:end]
        end = start + 1


def padded(runs: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Runs of items as what is seen and what came next, both (B, L), padded on the right."""
    length = max(len(run) for run in runs) - 1
    seen = torch.zeros(len(runs), length, dtype=torch.long)
    came = torch.full((len(runs), length), NOTHING)
    for row, run in enumerate(runs):
        steps = len(run) - 1
        seen[row, :steps] = torch.tensor(run[:-1])
        came[row, :steps] = torch.tensor(run[1:])
    return seen, came
