"""A pass over one token of every row that is recorded once and then repeated as it was.

What is repeated reads and writes the same memory each time and asks Python nothing, so everything
that changes from step to step has to be in tensors that stay where they are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from credence.inference.routing.step import Step

Replay = Callable[[], Step]  # does it again; what it gives is overwritten by the next time

_WARM_UP = 2  # passes before the one that is captured
_capturing = Lock()  # torch allows one capture at a time in a process


class Recorder(Protocol):
    """Records passes of readings that have at most so many rows, once a room has seen so many."""

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


class NotRecordable(RuntimeError):
    """What a pass does depends on values that it would have to wait for."""


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
        with _NoReading(), _NoWaiting():  # type: ignore[no-untyped-call]
            run(self._inputs)
        self._replay = recorder(lambda: run(self._inputs))

    def again(self) -> Step:
        """The step of all rows; it is overwritten by the next one."""
        assert self._replay is not None, "recorded before it is repeated"
        return self._replay()


class CudaGraphs:
    """Records passes as CUDA graphs, whose results share their memory.

    They must be repeated on one stream, which the current one is for all threads unless changed,
    and one at a time until their results are copied: so `lock` is held.
    """

    def __init__(self) -> None:
        self.most_rows, self.after = sys.maxsize, 0
        self.lock = Lock()
        self._memory = torch.cuda.graph_pool_handle()
        # Nothing else may run here: a graph that goes takes the cuBLAS workspace of its stream
        # with it (pytorch #193402). Then its memory is still in the pool of those that stay, whose
        # turn is over before another's comes. Streams are handed out again after 32 of a priority,
        # and nothing else asks for this one.
        self._stream = torch.cuda.Stream(priority=-1)  # type: ignore[no-untyped-call]

    def __call__(self, run: Callable[[], Step]) -> Replay:
        """Capture a pass; raises RuntimeError if it cannot be, also for want of memory."""
        graph = torch.cuda.CUDAGraph()
        # the outer context brings the stream back where a capture fails on its way out
        with _capturing, torch.cuda.stream(torch.cuda.current_stream()):
            for _ in range(_WARM_UP):
                run()
            with torch.cuda.graph(
                graph, pool=self._memory, stream=self._stream, capture_error_mode="thread_local"
            ):
                made = run()

        def replay() -> Step:
            graph.replay()
            return made

        return replay


class _NoReading(TorchFunctionMode):
    """Raises NotRecordable where Python reads a tensor's memory, which is no operation on a CPU."""

    _READS = frozenset({Tensor.tolist, Tensor.numpy, Tensor.__array__, Tensor.__dlpack__})
    _MAKES = frozenset({torch.tensor, torch.as_tensor, torch.asarray})  # out of lists as well

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = [*args, *(kwargs or {}).values()]
        if func in self._READS or (func in self._MAKES and any(map(_lists_tensors, given))):
            raise NotRecordable(f"{func.__name__} reads values that later passes change")
        return func(*args, **(kwargs or {}))


class _NoWaiting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Raises NotRecordable where an operation's result has to reach Python, or gives its shape."""

    _TAGS = frozenset({torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape})
    _INDEXING = frozenset({torch.ops.aten.index.Tensor, torch.ops.aten.index_put_.default})
    _MASKS = frozenset({torch.bool, torch.uint8})
    _ASKS = frozenset({torch.ops.aten.is_nonzero.default})  # as `if` does; it has no such tag

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in self._INDEXING:  # by numbers it is harmless, by a mask it is a `nonzero`
            waits = any(at is not None and at.dtype in self._MASKS for at in args[1])
        else:
            waits = func in self._ASKS or not self._TAGS.isdisjoint(func.tags)
        if waits:
            raise NotRecordable(f"{func} depends on values that are only known when it has run")
        return func(*args, **(kwargs or {}))


def _lists_tensors(given: Any) -> bool:
    """Whether tensors are inside, whose values would be read; one by itself is taken whole."""
    return any(leaf is not given and isinstance(leaf, Tensor) for leaf in tree_leaves(given))
