"""A pass over one token of every row that is recorded once and then repeated as it was.

What is repeated reads and writes the same memory each time and asks Python nothing, so everything
that changes from step to step has to be in tensors that stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import torch
from torch import Tensor

from credence.inference.causal.recordable import unrecordable_refused
from credence.inference.routing.step import Step

Replay = Callable[[], Step]  # does it again; what it gives is overwritten by the next time


class Recorder(Protocol):
    """Records passes of readings that have at most so many rows of a model, once a room has seen so
    many."""

    most_rows: int
    after: int  # passes that are run in a room before one is recorded there

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while a pass is recorded, and from its being fed until its step is copied.

        What was recorded may share memory with what the same recorder recorded of other models,
        which are read in other threads.
        """
        ...

    def __call__(self, run: Callable[[], Step]) -> Replay:
        """Run a pass, as often as it likes; raises RuntimeError if it cannot be recorded."""
        ...


class Recorded:
    """A recorded pass with its inputs: a token id and a slot for each of B rows."""

    def __init__(self, rows: int, device: torch.device) -> None:
        self._inputs = torch.zeros(2, rows, dtype=torch.long, device=device)
        self._replay: Replay | None = None

    def feed(self, ids: Sequence[int], slots: Sequence[int]) -> None:
        """Say what each row reads next, and into which slot."""
        self._inputs.copy_(torch.tensor([ids, slots]))

    def record(self, run: Callable[[Tensor], Step], recorder: Recorder) -> None:
        """Record `run` over the inputs (2, B), which have been fed; raises RuntimeError."""
        with unrecordable_refused():
            run(self._inputs)
        self._replay = recorder(lambda: run(self._inputs))

    def again(self) -> Step:
        """The step of all rows; it is overwritten by the next one."""
        assert self._replay is not None, "recorded before it is repeated"
        return self._replay()
