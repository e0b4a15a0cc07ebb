"""Refuses passes that could not be repeated without asking Python or waiting for the host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class NotRecordable(RuntimeError):
    """What a pass does depends on values that it would have to wait for."""


@contextmanager
def unrecordable_refused() -> Iterator[None]:
    """Raises NotRecordable where what runs within reads a tensor's values, has a shape that depends
    on them, or copies between the host and another device.

    A capture breaks at such a copy, and so does what the process does next on that device.
    """
    with _NoReading(), _NoWaiting():  # type: ignore[no-untyped-call]
        yield


class _NoReading(TorchFunctionMode):
    """Raises NotRecordable where Python reads a tensor's memory, which is no operation on a CPU, or
    where it fills one on another device."""

    _READS = frozenset({Tensor.tolist, Tensor.numpy, Tensor.__array__, Tensor.__dlpack__})
    _MAKES = frozenset({torch.tensor, torch.as_tensor, torch.asarray})  # out of lists as well

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = [*args, *(kwargs or {}).values()]
        if func in self._READS or (func in self._MAKES and any(map(_lists_tensors, given))):
            raise NotRecordable(f"{func.__name__} reads values that later passes change")
        made = func(*args, **(kwargs or {}))
        whole = any(isinstance(one, Tensor) for one in given)
        if func in self._MAKES and made.device.type != "cpu" and not whole:
            raise NotRecordable(f"{func.__name__} copies from the host to {made.device.type}")
        return made


class _NoWaiting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Raises NotRecordable where an operation's result has to reach Python, or gives its shape."""

    _TAGS = frozenset({torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape})
    _INDEXING = frozenset({torch.ops.aten.index.Tensor, torch.ops.aten.index_put_.default})
    _MASKS = frozenset({torch.bool, torch.uint8})
    _COPIES = frozenset({torch.ops.aten.to, torch.ops.aten._to_copy, torch.ops.aten.copy_})
    _TAKES = frozenset({torch.ops.aten.index, torch.ops.aten.index_put_})  # by what lies elsewhere
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
        made = func(*args, **(kwargs or {}))
        copies = func.overloadpacket in self._COPIES | self._TAKES
        if copies and len(_kinds([args, kwargs, made])) > 1:
            raise NotRecordable(f"{func} copies between the host and a device")
        return made


def _lists_tensors(given: Any) -> bool:
    """Whether tensors are inside, whose values would be read; one by itself is taken whole."""
    return any(leaf is not given and isinstance(leaf, Tensor) for leaf in tree_leaves(given))


def _kinds(given: Any) -> set[str]:
    """Of the devices on which the tensors lie."""
    return {leaf.device.type for leaf in tree_leaves(given) if isinstance(leaf, Tensor)}
