"""What the routing core asks of a model: contexts in, then labels, step by step.

A label is a token for a language model and a candidate for a listwise model; nothing here knows
which. A model's reading of a batch of contexts owns its cache, so the core may leave a model out
for some steps and come back to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from torch import Tensor

C = TypeVar("C")  # a batch of contexts: token ids, tensors, ...
C_contra = TypeVar("C_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Step:
    """What one model says comes next, for R rows."""

    logits: Tensor  # (R, V), any constant a row; -inf where a row has no such label
    hidden: Tensor  # (R, D), the state that the logits were made from


class Reading(Protocol[C_contra]):
    """B contexts as one model reads them; it remembers what it has read of each row.

    A reading serves one thread at a time.
    """

    @property
    def rows(self) -> int:
        """B."""
        ...

    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Step:
        """The step after these rows' contexts and all labels `decided` of them so far.

        R distinct rows, and for each the labels from the first on, as many as there are: a model
        left out for a while reads in one pass whatever it has not read yet, the context itself
        included. V is the same whichever rows are asked for.
        """
        ...

    def branch(self, rows: Sequence[int], further: C_contra) -> Reading[C_contra]:
        """A new reading whose i-th row goes on from context rows[i] by the i-th of `further`.

        Rows may repeat. A context is read once, however many rows go on from it, and not before
        one of them is asked for. Labels decided in this reading are not taken along.
        """
        ...


class StepModel(Protocol[C_contra]):
    """A model that can be asked step by step."""

    @property
    def labels(self) -> int:
        """How many labels a step can have at most: the size of the vocabulary."""
        ...

    def open(self, contexts: C_contra) -> Reading[C_contra]:
        """Start on these contexts; nothing is computed until a step is asked for."""
        ...
