"""One domain to learn from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from credence.inference.listwise.corpus import Corpus
from credence.inference.listwise.less import OF_INSTRUCTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The lists of one domain's training people, and of more people who used its catalogue."""

    domain: str
    corpus: Corpus
    folds: NDArray[np.int_]  # (L,) by person, the same for all time
    more: NDArray[np.bool_]  # (L,) of people who are not in the domain
    centre: NDArray[np.float32]  # (D,)
    pairs: Corpus | None = None  # lists whose first candidate was liked and the second was not

    def rows(self, *, without: Collection[int] = (), more: bool = False) -> Tensor:
        """Numbers of the lists to learn from, those of some folds held out."""
        own = ~self.more & ~np.isin(self.folds, list(without))
        return torch.from_numpy(np.flatnonzero(own | (self.more & more)))

    def held_out(self, fold: int) -> Tensor:
        """Numbers of the lists of this fold's people."""
        return torch.from_numpy(np.flatnonzero(~self.more & (self.folds == fold)))

    def signals(self, *, asked: bool, without: Collection[int] = ()) -> NDArray[np.float64]:
        """The semantic signals (L, N, F) of lists to learn from, with the instruction or without.

        Asked: of those lists alone that have one.
        """
        rows = self._asked(asked=asked, without=without)
        signals: NDArray[np.float64] = self.corpus.numbers["signals"][rows][:, 0].double().numpy()
        if not asked:
            signals[:, :, list(OF_INSTRUCTION)] = 0.0
        return signals

    def chosen(self, *, asked: bool, without: Collection[int] = ()) -> NDArray[np.int_]:
        """Indices of the chosen candidates (L,), for the same lists."""
        rows = self._asked(asked=asked, without=without)
        chosen: NDArray[np.int_] = self.corpus.chosen[rows].numpy()
        return chosen

    def _asked(self, *, asked: bool, without: Collection[int] = ()) -> Tensor:
        rows = self.rows(without=without)
        return rows[self.corpus.asked[rows] > 0] if asked else rows
