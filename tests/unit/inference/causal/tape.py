"""Tapes whose results of the last time are spoilt before they are repeated, so that nothing can be
right by being left over; and how often they were. Tapes that share the memory of their results, as
CUDA graphs do. And recorders made of functions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from threading import Barrier, BrokenBarrierError, Lock
from typing import Any

import torch
from torch import Tensor

from credence.inference.causal import tape
from credence.inference.causal.recorded import Replay
from credence.inference.routing.step import Step


class Tapes(tape.Tapes):
    """For readings of any number of rows; counts recordings and repetitions."""

    def __init__(self, after: int = 0) -> None:
        super().__init__(most_rows=sys.maxsize, after=after)
        self.recorded = 0
        self.repeated = 0

    def __call__(self, run: Callable[[], Step]) -> Replay:
        recording = _Spoilt()
        with recording:
            made = run()
        self.recorded += 1

        def replay() -> Step:
            self.repeated += 1
            recording.repeat()
            return made

        return replay


class _Spoilt(tape.Tape):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()
        self._results: list[Tensor] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = super().__torch_dispatch__(func, types, args, kwargs)
        held = {one.untyped_storage().data_ptr() for one in tensors([args, kwargs])}
        self._results += [
            one for one in tensors(made) if one.untyped_storage().data_ptr() not in held
        ]
        return made

    def repeat(self) -> None:
        for each in self._results:
            each.fill_(float("nan") if each.is_floating_point() else 1)
        super().repeat()


class OneMemory(tape.Tapes):
    """All that it records ends in the same memory; there two threads wait for each other."""

    def __init__(self) -> None:
        super().__init__(most_rows=sys.maxsize, after=0)
        self.lock = Lock()  # type: ignore[assignment]
        self.meeting: Barrier | None = None
        self._memory: Step | None = None

    def __call__(self, run: Callable[[], Step]) -> Replay:
        again = super().__call__(run)

        def replay() -> Step:
            made = again()
            if self._memory is None:
                self._memory = Step(made.logits.clone(), made.hidden.clone())
            self._memory.logits.copy_(made.logits)
            self._memory.hidden.copy_(made.hidden)
            if self.meeting is not None:
                with suppress(BrokenBarrierError):  # the other one has to wait outside
                    self.meeting.wait(0.2)
            return self._memory

        return replay


@dataclass
class By:
    """A recorder made of a function."""

    record: Callable[[Callable[[], Step]], Replay]
    most_rows: int = 2
    after: int = 0
    lock: AbstractContextManager[object] = field(default_factory=nullcontext)

    def __call__(self, run: Callable[[], Step]) -> Replay:
        return self.record(run)


def tensors(of: Any) -> list[Tensor]:
    """All that are somewhere in it, but for packed weights, whose memory nobody sees."""
    leaves = torch.utils._pytree.tree_leaves(of)
    return [leaf for leaf in leaves if isinstance(leaf, Tensor) and not leaf.is_mkldnn]
