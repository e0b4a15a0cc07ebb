"""Named arrays as bytes (safetensors), read against a layout and trusted in nothing."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

Tensors: TypeAlias = dict[str, NDArray[Any]]
_KINDS = {"F32": np.float32, "F64": np.float64, "BOOL": np.bool_, "U8": np.uint8}
_LONGEST_HEADER = 16_384  # bytes of names and shapes


@dataclass(frozen=True, slots=True)
class Field:
    """What one array must be: a kind of number, and an axis by name or by size."""

    kind: str
    axes: tuple[str, ...]


Layout: TypeAlias = Mapping[str, Field]


class Malformed(Exception):
    """Bytes that are not what the layout says; `field` is what is wrong and `fix` what to do."""

    def __init__(self, field: str, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.field = field
        self.fix = fix


def packed(arrays: Mapping[str, NDArray[Any]], layout: Layout) -> bytes:
    """The arrays as bytes, in the kinds of the layout."""
    return save(
        {
            name: np.asarray(arrays[name], dtype=_KINDS[field.kind], order="C")
            for name, field in layout.items()
        }
    )


def parsed(body: bytes, layout: Layout, sizes: dict[str, int]) -> Tensors:
    """The arrays of the layout; every number is finite.

    `sizes` holds the axes whose size is known and takes up the others, in the layout's order.
    Raises Malformed.
    """
    found = _arrays(body)
    if unknown := sorted(found.keys() - layout.keys()):
        raise Malformed(unknown[0][:100], "there is no such array", fix="leave it out")
    arrays: Tensors = {}
    for name, field in layout.items():
        if name not in found:
            raise Malformed(name, "the array is missing", fix="send every array of the case")
        arrays[name] = _checked(name, found[name], field, sizes)
    return arrays


def _arrays(body: bytes) -> dict[str, dict[str, Any]]:
    length = struct.unpack("<Q", body[:8])[0] if len(body) >= 8 else 0
    if length > _LONGEST_HEADER:
        raise Malformed("body", "its header is too long", fix="send the arrays of one case")
    try:
        return dict(deserialize(body))  # type: ignore[no-untyped-call]
    except (SafetensorError, ValueError, TypeError, OverflowError) as error:
        raise Malformed(
            "body", "it is not in safetensors' format", fix="write it with safetensors"
        ) from error


def _checked(
    name: str, found: Mapping[str, Any], field: Field, sizes: dict[str, int]
) -> NDArray[Any]:
    if found["dtype"] != field.kind:
        raise Malformed(
            name, f"it is of kind {found['dtype']}", fix=f"send {field.kind}, as the others do"
        )
    shape = tuple(found["shape"])
    named = ", ".join(field.axes)
    if len(shape) != len(field.axes):
        raise Malformed(name, f"it has shape {shape}", fix=f"send it as ({named})")
    for axis, size in zip(field.axes, shape, strict=True):
        if sizes.setdefault(axis, size) != size:
            raise Malformed(
                name,
                f"it has shape {shape}, and {axis} is {sizes[axis]} elsewhere",
                fix=f"send it as ({named})",
            )
    array: NDArray[Any] = np.frombuffer(found["data"], dtype=_KINDS[field.kind]).reshape(shape)
    if field.kind == "BOOL" and bool((array.view(np.uint8) > 1).any()):
        raise Malformed(name, "some value is neither true nor false", fix="send bytes 0 and 1")
    if field.kind in {"F32", "F64"} and not np.isfinite(array).all():
        raise Malformed(name, "some value is not a finite number", fix="send finite numbers")
    return array
