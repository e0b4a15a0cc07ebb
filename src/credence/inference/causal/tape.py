"""Passes recorded on a CPU: their operations alone, each with memory of its own for its result.

A pass of a small model is mostly modules, hooks, shapes and masks. Noted once, its operations are
done again without any of that, in the memory in which they were done first: what a CUDA graph is
on a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import PreTrainedModel

from credence.inference.causal.footprint import bytes_a_part
from credence.inference.causal.recorded import Replay
from credence.inference.routing.step import Step

_LIGHT = 2**20  # bytes of weights a part above which the rest of a pass hardly counts
_ROWS = 4  # with more, that all of a reading's rows run costs more than is saved
_AFTER = 16  # recording costs some ten passes, and each repetition saves about half of one


class Tapes:
    """Records passes as tapes. docs/adr/0012 has what was measured."""

    def __init__(self, most_rows: int = _ROWS, after: int = _AFTER) -> None:
        self.most_rows, self.after = most_rows, after
        self.lock = nullcontext()  # each tape has memory of its own

    def __call__(self, run: Callable[[], Step]) -> Replay:
        """Run a pass and note what it does; raises RuntimeError if it cannot be run."""
        tape = Tape()
        with tape:
            made = run()

        def replay() -> Step:
            tape.repeat()
            return made

        return replay


def is_light(module: PreTrainedModel) -> bool:
    """Whether a tape is worth it; in other types and on other devices nothing was measured."""
    kind = module.device.type, module.dtype
    return kind == ("cpu", torch.float32) and bytes_a_part(module) <= _LIGHT


class Tape(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is in force, notes every operation that writes."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._steps: list[Callable[[], object]] = []

    def repeat(self) -> None:
        """Do it all again, on what the inputs now hold."""
        for step in self._steps:
            step()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        made = func(*args, **given)
        held = {_memory(one) for one in _tensors([args, given])}
        fresh = [one for one in _tensors(made) if _memory(one) not in held]
        if fresh:
            self._steps.append(_again(func, args, given, made, fresh))
        elif func._schema.is_mutable:
            self._steps.append(partial(func, *args, **given))
        return made  # a view needs no repeating: what it shows stays where it is


def _again(
    func: Any, args: Any, kwargs: dict[str, Any], made: Any, fresh: Sequence[Tensor]
) -> Callable[[], object]:
    """The operation into its first results."""
    if isinstance(made, Tensor):
        if (into := _into(func)) is not None:
            form, name = into
            return partial(form._op, *args, **kwargs, **{name: made})
        again = partial(func._op, *args, **kwargs)
        return lambda: made.copy_(again())
    return partial(_copied, func, args, kwargs, fresh)


@cache
def _into(func: Any) -> tuple[Any, str] | None:
    """The form of an operation that writes into a given tensor, and what it calls that."""
    packet = func.overloadpacket
    for form in (getattr(packet, name) for name in packet.overloads()):
        outs = [one.name for one in form._schema.arguments if one.is_out]
        if len(outs) == 1 and _asked(form) == _asked(func):
            return form, outs[0]
    return None


def _asked(func: Any) -> list[tuple[str, str]]:
    return [(one.name, str(one.type)) for one in func._schema.arguments if not one.is_out]


def _copied(func: Any, args: Any, kwargs: dict[str, Any], fresh: Sequence[Tensor]) -> None:
    for mine, new in zip(fresh, _tensors(func(*args, **kwargs)), strict=True):
        mine.copy_(new)


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _tensors(of: Any) -> list[Tensor]:
    """Those with memory of their own to see; packed weights, which nothing writes, have none."""
    leaves = (leaf for leaf in tree_leaves(of) if isinstance(leaf, Tensor))
    return [leaf for leaf in leaves if not leaf.is_mkldnn]
