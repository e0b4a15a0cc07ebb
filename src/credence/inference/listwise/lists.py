"""What the listwise models read: cases as tensors, with candidates as labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Lists(NamedTuple):
    """K cases of N candidates, each under V variants that may use some pieces of the belief.

    E events, newest first, and C chunks a case; what is missing is 0 and not kept. Vectors of
    items are of unit length, those of words have what is written everywhere taken out, and are 0
    where nobody spoke. Every variant's linear signals (F) are those of the semantic ranker.
    """

    present: Tensor  # (K, N) bool, False where a shorter list is padded
    signals: Tensor  # (K, V, N, F)
    keep_events: Tensor  # (K, V, E) bool
    keep_chunks: Tensor  # (K, V, C) bool
    asked: Tensor  # (K,) 1 with an instruction, else 0
    instruction: Tensor  # (K, D), of the sentence encoder
    wording: Tensor  # (K, D), the same in the space of words
    centre: Tensor  # (K, D), mean of the catalogue's vectors
    candidates: Tensor  # (K, N, D)
    events: Tensor  # (K, E, D), vectors of the events' items
    attitudes: Tensor  # (K, E) in [-1, 1]
    voices: Tensor  # (K, E, D), what the person wrote
    event_words: Tensor  # (K, E, D), what others wrote of the events' items
    chunks: Tensor  # (K, C, D)
    strengths: Tensor  # (K, C)
    confidences: Tensor  # (K, C)
    words: Tensor  # (K, N, D), what others wrote of the candidates
    company: Tensor  # (K, E, N)
    followed: Tensor  # (K, E, N)
    followed_soon: Tensor  # (K, E, N)
    people: Tensor  # (K, N)
    liking: Tensor  # (K, N)

    @property
    def cases(self) -> int:
        """K."""
        return self.present.shape[0]

    @property
    def variants(self) -> int:
        """V."""
        return self.signals.shape[1]

    @property
    def candidates_a_case(self) -> int:
        """N, the padding included."""
        return self.present.shape[1]

    def chosen(self, cases: Sequence[int], variants: Sequence[int]) -> Lists:
        """These cases under these variants only."""
        picked = self._asdict()
        if list(cases) != list(range(self.cases)):
            picked = {name: value[torch.tensor(cases)] for name, value in picked.items()}
        if list(variants) != list(range(self.variants)):
            columns = torch.tensor(variants)
            for name in ("signals", "keep_events", "keep_chunks"):
                picked[name] = picked[name][:, columns]
        return Lists(**picked)

    def between(self, first: int, last: int) -> Lists:
        """Under these variants only, which are looked at where they are."""
        return self._replace(
            signals=self.signals[:, first:last],
            keep_events=self.keep_events[:, first:last],
            keep_chunks=self.keep_chunks[:, first:last],
        )
