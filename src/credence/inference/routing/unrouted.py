"""Policies without a router: one model alone, and the plain average of several."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Generic

import torch
from torch import Tensor

from credence.inference.errors import VocabularyMismatch
from credence.inference.routing.policy import Decision
from credence.inference.routing.step import C, Reading, StepModel

Average = Callable[[Tensor], Tensor]  # log-probabilities (n, R, V) to logits (R, V)


def average_probability(logs: Tensor) -> Tensor:
    """The mixture: what any of n models finds likely stays possible."""
    return torch.logsumexp(logs, dim=0) - math.log(len(logs))


def average_log_probability(logs: Tensor) -> Tensor:
    """The product of experts: what any of n models rules out is ruled out."""
    return logs.mean(dim=0)


class SinglePolicy(Generic[C]):
    """One model decides alone."""

    def __init__(self, model: StepModel[C]) -> None:
        self._model = model
        self.labels = model.labels

    def open(self, contexts: C) -> SingleReading[C]:
        """Start on these contexts."""
        return SingleReading(self._model.open(contexts))


class SingleReading(Generic[C]):
    """B contexts as the one model reads them."""

    def __init__(self, reading: Reading[C]) -> None:
        self._reading = reading
        self.rows = reading.rows

    @torch.inference_mode()
    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Decision:
        """The model's own logits, in fp32."""
        return Decision(logits=self._reading.after(rows, decided).logits.float())

    def branch(self, rows: Sequence[int], further: C) -> SingleReading[C]:
        """New rows that go on from these contexts."""
        return SingleReading(self._reading.branch(rows, further))


class EnsemblePolicy(Generic[C]):
    """All models run at every step and count the same: the baseline that routing must beat."""

    def __init__(self, models: Sequence[StepModel[C]], average: Average) -> None:
        sizes = sorted({model.labels for model in models})
        if len(sizes) != 1:
            raise VocabularyMismatch(f"models of one vocabulary are needed, got sizes {sizes}")
        self._models = tuple(models)
        self._average = average
        self.labels = sizes[0]

    def open(self, contexts: C) -> EnsembleReading[C]:
        """Start on these contexts."""
        return EnsembleReading([model.open(contexts) for model in self._models], self._average)


class EnsembleReading(Generic[C]):
    """B contexts as all models read them."""

    def __init__(self, readings: Sequence[Reading[C]], average: Average) -> None:
        self._readings = readings
        self._average = average
        self.rows = readings[0].rows

    @torch.inference_mode()
    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Decision:
        """The average over all models."""
        steps = [reading.after(rows, decided).logits.float() for reading in self._readings]
        return Decision(logits=self._average(torch.stack(steps).log_softmax(dim=-1)))

    def branch(self, rows: Sequence[int], further: C) -> EnsembleReading[C]:
        """New rows that go on from these contexts, with every model."""
        return EnsembleReading(
            [reading.branch(rows, further) for reading in self._readings], self._average
        )
