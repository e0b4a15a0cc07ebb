"""One list for the models, as plain arrays: what a caller without torch hands over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from credence.inference.listwise.lists import Lists

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCase:
    """N candidates of one person under V variants; E events, newest first, and C chunks.

    Arrays and their meaning are those of `Lists`, without its first axis.
    """

    signals: Array  # (V, N, F)
    keep_events: NDArray[np.bool_]  # (V, E)
    keep_chunks: NDArray[np.bool_]  # (V, C)
    asked: bool
    instruction: Array  # (D,)
    wording: Array  # (D,)
    centre: Array  # (D,)
    candidates: Array  # (N, D)
    events: Array  # (E, D)
    attitudes: Array  # (E,)
    voices: Array  # (E, D)
    event_words: Array  # (E, D)
    chunks: Array  # (C, D)
    strengths: Array  # (C,)
    confidences: Array  # (C,)
    words: Array  # (N, D)
    company: Array  # (E, N)
    people: Array  # (N,)
    liking: Array  # (N,)


def lists_of(cases: Sequence[ListCase]) -> Lists:
    """Cases of one number of variants as one batch; shorter lists and memories are padded."""
    variants = {len(case.signals) for case in cases}
    if len(variants) != 1:
        raise ValueError(f"cases of one number of variants are needed, got {sorted(variants)}")
    sizes = [case.signals.shape[1] for case in cases]
    present = np.zeros((len(cases), max(sizes)), dtype=np.bool_)
    for row, size in enumerate(sizes):
        present[row, :size] = True

    def padded(name: str, kind: type[np.generic] = np.float32) -> torch.Tensor:
        arrays: list[NDArray[Any]] = [np.asarray(getattr(case, name), kind) for case in cases]
        if len(arrays) == 1:
            return torch.from_numpy(np.require(arrays[0], requirements=("C", "W")))[None]
        shape = tuple(max(one.shape[axis] for one in arrays) for axis in range(arrays[0].ndim))
        whole = np.zeros((len(arrays), *shape), dtype=kind)
        for row, one in enumerate(arrays):
            whole[row][tuple(map(slice, one.shape))] = one
        return torch.from_numpy(whole)

    names = [name for name in ListCase.__dataclass_fields__ if not name.startswith(("keep", "ask"))]
    return Lists(
        present=torch.from_numpy(present),
        keep_events=padded("keep_events", np.bool_),
        keep_chunks=padded("keep_chunks", np.bool_),
        asked=torch.tensor([float(case.asked) for case in cases]),
        **{name: padded(name) for name in names},
    )
