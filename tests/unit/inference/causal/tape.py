"""What a CUDA graph does, on a CPU: operations are noted once and then done again, without Python.

As with a graph, each goes on reading and writing the memory that it did when it was noted. All
results of the last time are spoilt before, so that nothing can be right by being left over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from credence.inference.causal.recorded import Replay
from credence.inference.routing.step import Step


class Tapes:
    """Records passes, and counts recordings and repetitions."""

    def __init__(self) -> None:
        self.recorded = 0
        self.repeated = 0

    def __call__(self, run: Callable[[], Step]) -> Replay:
        tape = _Tape()
        with tape:
            made = run()
        self.recorded += 1

        def replay() -> Step:
            self.repeated += 1
            tape.repeat()
            return made

        return replay


class _Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._notes: list[tuple[Any, Any, dict[str, Any], list[Tensor]]] = []

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        given = {each.untyped_storage().data_ptr() for each in tensors([args, kwargs])}
        fresh = [each for each in tensors(made) if each.untyped_storage().data_ptr() not in given]
        if fresh or func._schema.is_mutable:  # everything but views
            self._notes.append((func, args, kwargs or {}, fresh))
        return made

    def repeat(self) -> None:
        for *_, fresh in self._notes:
            for each in fresh:
                each.fill_(float("nan") if each.is_floating_point() else 1)
        for func, args, kwargs, fresh in self._notes:
            made = func(*args, **kwargs)
            if fresh:
                for kept, new in zip(fresh, tensors(made), strict=True):
                    kept.copy_(new)


def tensors(of: Any) -> Iterator[Tensor]:
    if isinstance(of, Tensor):
        yield of
    elif isinstance(of, dict):
        yield from tensors(list(of.values()))
    elif isinstance(of, list | tuple):
        for each in of:
            yield from tensors(each)
