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
    followed: Array  # (E, N)
    followed_soon: Array  # (E, N)
    people: Array  # (N,)
    liking: Array  # (N,)


_ARRAYS = tuple(name for name in ListCase.__dataclass_fields__ if name != "asked")
_MASKS = ("keep_events", "keep_chunks")


def lists_of(cases: Sequence[ListCase]) -> Lists:
    """Cases of one number of variants as one batch; shorter lists and memories are padded."""
    variants = {len(case.signals) for case in cases}
    if len(variants) != 1:
        raise ValueError(f"cases of one number of variants are needed, got {sorted(variants)}")
    sizes = np.array([case.signals.shape[1] for case in cases])

    def padded(name: str) -> torch.Tensor:
        kind = np.bool_ if name in _MASKS else np.float32
        if len(cases) == 1:
            return torch.from_numpy(np.array(getattr(cases[0], name), kind, order="C")[None])
        arrays: list[NDArray[Any]] = [np.asarray(getattr(case, name), kind) for case in cases]
        shape = tuple(max(one.shape[axis] for one in arrays) for axis in range(arrays[0].ndim))
        whole = np.zeros((len(arrays), *shape), dtype=kind)
        for row, one in enumerate(arrays):
            whole[row][tuple(map(slice, one.shape))] = one
        return torch.from_numpy(whole)

    return Lists(
        present=torch.from_numpy(np.arange(sizes.max()) < sizes[:, None]),
        asked=torch.from_numpy(np.array([case.asked for case in cases], np.float32)),
        **{name: padded(name) for name in _ARRAYS},
    )
