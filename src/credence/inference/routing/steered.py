"""TARo over any policy: at each step a reward model steers it by a learned alpha.

arXiv 2603.18411; the base may be one model or a FusionRoute. `FixedAlpha` makes it GenARM.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Generic

import torch

from credence.inference.errors import VocabularyMismatch
from credence.inference.routing.blend import AlphaRouter, blend
from credence.inference.routing.policy import Decision, Policy, PolicyReading
from credence.inference.routing.step import C, Reading, StepModel


class SteeredPolicy(Generic[C]):
    """A base policy, a reward model over the same labels, and what gives alpha from both."""

    def __init__(self, base: Policy[C], reward: StepModel[C], alpha: AlphaRouter) -> None:
        if reward.labels != base.labels:
            raise VocabularyMismatch(
                f"the reward model has {reward.labels} labels and its base {base.labels}; "
                "all models must share one vocabulary"
            )
        self._base = base
        self._reward = reward
        self._alpha = alpha
        self.labels = base.labels

    def open(self, contexts: C) -> SteeredReading[C]:
        """Start on these contexts."""
        return SteeredReading(self._base.open(contexts), self._reward.open(contexts), self._alpha)


class SteeredReading(Generic[C]):
    """B contexts as base and reward model read them."""

    def __init__(self, base: PolicyReading[C], reward: Reading[C], alpha: AlphaRouter) -> None:
        self._base = base
        self._reward = reward
        self._alpha = alpha
        self.rows = base.rows

    @torch.inference_mode()
    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Decision:
        """The steered decision of R rows; the routing told is the base's."""
        base = self._base.after(rows, decided)
        reward = self._reward.after(rows, decided).logits.float()  # (R, V)
        alpha = self._alpha(base.logits, reward)  # (R,)
        return replace(base, logits=blend(base.logits, reward, alpha), alpha=alpha)

    def branch(self, rows: Sequence[int], further: C) -> SteeredReading[C]:
        """New rows that go on from these contexts, with every model."""
        return SteeredReading(
            self._base.branch(rows, further), self._reward.branch(rows, further), self._alpha
        )
