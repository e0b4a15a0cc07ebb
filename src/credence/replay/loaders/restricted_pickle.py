"""Reads a pickled pandas table, of any pandas version, without giving it a way to run code.

`recorded_pickle` keeps what the pickle says; here its columns are put together from that.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from credence.replay.errors import MalformedData
from credence.replay.loaders.recorded_pickle import Recorded, read_recorded

_NUMBERS = re.compile(r"b1|[iuf][1248]|[SU]\d{1,9}")  # what plain arrays may hold
_LEAVES = frozenset({str, float, type(None), bytes})  # and small whole numbers
_MOST_BITS = 128
_DEEPEST = 2  # lists in a cell
_MOST_COLUMNS = 10_000


def read_columns(path: Path, wanted: Collection[str] | None = None) -> dict[str, list[Any]]:
    """The pickled table, or its `wanted` columns, as lists of plain values of one length.

    Raises UnsafePickle if the pickle names anything but a table's parts, MalformedData if it cannot
    be read or holds something else than a table.
    """
    frame = read_recorded(path)
    if not isinstance(frame, Recorded) or frame.name != "DataFrame":
        named = frame.name if isinstance(frame, Recorded) else type(frame).__name__
        raise MalformedData(f"{path} holds a {named}, not a pandas table")
    try:
        return _columns(frame, wanted)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
        pa.ArrowException,
    ) as error:
        raise MalformedData(f"{path} holds a table that contradicts itself: {error}") from error


def _columns(frame: Recorded, wanted: Collection[str] | None) -> dict[str, list[Any]]:
    manager = frame.state.get("_mgr", frame.state.get("_data"))
    axes, blocks = _parts(_named(manager, "BlockManager"))
    named, rows = _index(axes[0]), len(_index(axes[1]))
    if len(named) > _MOST_COLUMNS:
        raise ValueError(f"{len(named)} columns")
    labels = [label if isinstance(label, str) else repr(label) for label in named]
    found: dict[str, list[Any]] = {}
    for values, placement in blocks:
        places = _places(placement)
        names = [labels[place] for place in places]
        if wanted is None or not set(wanted).isdisjoint(names):
            found.update(zip(names, _rows(values, len(places), rows), strict=True))
    if set(found) - set(labels) or (wanted is None and len(found) != len(labels)):
        raise ValueError("its blocks do not make up its columns")
    return {
        label: [_plain(value) for value in found[label]]
        for label in labels
        if label in found and (wanted is None or label in wanted)
    }


def _parts(manager: Recorded) -> tuple[Sequence[Any], list[tuple[Any, Any]]]:
    """The axes of a table, and the values and places of its blocks."""
    if manager.state is not None:  # as pandas wrote it before 1.3
        told = manager.state[-1]["0.14.1"]
        return told["axes"], [(block["values"], block["mgr_locs"]) for block in told["blocks"]]
    blocks, axes = manager.arguments
    return axes, [_named(block, "_unpickle_block").arguments[:2] for block in blocks]


def _index(index: Any) -> Sequence[Any]:
    kind, told = _named(index, "_new_Index").arguments
    if getattr(kind, "name", "") == "RangeIndex":
        return range(told["start"], told["stop"], told["step"])
    return _values(told["data"])


def _places(placement: Any) -> Sequence[int]:
    if isinstance(placement, Recorded) and placement.name == "slice":
        start, stop, step = placement.arguments
        return range(start, stop, step or 1)
    return [int(place) for place in _values(placement)]


def _rows(values: Any, columns: int, rows: int) -> Iterator[list[Any]]:
    """The values of a block, column by column."""
    flat = _values(values)
    if len(flat) != columns * rows:
        raise ValueError(f"{len(flat)} values for {columns} columns of {rows} rows")
    for column in range(columns):
        yield flat[column * rows : (column + 1) * rows]


def _values(array: Any) -> list[Any]:
    """The values of an array in the order of its rows."""
    told = _named(array)
    if told.name == "_reconstruct":
        _version, shape, dtype, fortran, data = told.state
        if _dtype(dtype) == "O":
            return _of_length(list(data), shape)
        return _listed(_numbers(_bytes(data), dtype, shape, "F" if fortran else "C"))
    if told.name == "_frombuffer":
        return _listed(_numbers(*told.arguments))
    if told.name == "__pyx_unpickle_NDArrayBacked":
        return _values(next(part for part in told.state if _is(part, "_reconstruct")))
    if told.name == "ArrowStringArray":
        return _texts(told.state["_pa_array"])
    raise ValueError(f"{told.name} where values should be")


def _numbers(data: Any, dtype: Any, shape: Sequence[int], order: str) -> NDArray[Any]:
    kind = _dtype(dtype)
    if kind == "O":
        raise ValueError("objects written as numbers")
    return np.frombuffer(data, dtype=kind).reshape(shape, order="F" if order == "F" else "C")


def _listed(array: NDArray[Any]) -> list[Any]:
    values: list[Any] = array.ravel().tolist()
    return values


def _dtype(dtype: Any) -> str:
    """What an array holds, as numpy writes it: "O" for objects, else plain numbers or texts."""
    told = _named(dtype, "dtype")
    kind = told.arguments[0]
    if kind in ("O", "O8"):
        return "O"
    if not isinstance(kind, str) or not _NUMBERS.fullmatch(kind):
        raise ValueError(f"an array of {kind!r}")
    order = told.state[1] if told.state else "="
    return f"{'>' if order == '>' else '<'}{kind}"


def _texts(array: Any) -> list[Any]:
    """Texts that pandas kept in Arrow's memory."""
    told = _named(array)
    if told.name == "chunked_array":
        return [text for chunk in told.arguments[0] for text in _texts(chunk)]
    kind, length, _nulls, offset, buffers, *_rest = _named(told, "_restore_array").arguments[0]
    types = {"large_string": pa.large_string(), "string": pa.string()}
    held = [None if part is None else pa.py_buffer(_bytes(part.arguments[0])) for part in buffers]
    texts = pa.Array.from_buffers(types[kind.arguments[0]], length, held, offset=offset)
    texts.validate(full=True)
    return [math.nan if text is None else text for text in texts.to_pylist()]


def _plain(value: Any, *, depth: int = _DEEPEST) -> Any:
    """A cell without recorded parts: arrays are arrays again, numpy's numbers are Python's.

    What lies deeper than a list in a list is no cell of ours; it might be endless.
    """
    if isinstance(value, Recorded):
        return _cell(value, depth)
    if isinstance(value, list | tuple) and depth:
        if all(_is_leaf(part) for part in value):
            return value
        return [_plain(part, depth=depth - 1) for part in value]
    if isinstance(value, type) and issubclass(value, Recorded) and value.name == "NA":
        return math.nan
    if not _is_leaf(value):
        raise ValueError(f"a cell with a {type(value).__name__} in it")
    return value


def _cell(told: Recorded, depth: int) -> Any:
    if told.name == "scalar":
        dtype, data = told.arguments
        return _listed(_numbers(_bytes(data), dtype, (1,), "C"))[0]
    parts = [_plain(part, depth=depth - 1) for part in _values(told)]
    if _holds_objects(told):
        return np.fromiter(parts, dtype=object, count=len(parts))
    return np.array(parts)


def _is_leaf(value: Any) -> bool:
    """Whole numbers are written out as texts; one of a million digits would take for ever."""
    if isinstance(value, int):
        return value.bit_length() <= _MOST_BITS
    return type(value) in _LEAVES


def _holds_objects(array: Recorded) -> bool:
    return array.name == "_reconstruct" and _dtype(array.state[2]) == "O"


def _bytes(data: Any) -> Any:
    if _is(data, "encode"):
        text, encoding = data.arguments
        if encoding not in ("latin1", "latin-1"):
            raise ValueError(f"bytes written as {encoding}")
        return text.encode("latin-1")
    return _bytes(data.arguments[0]) if _is(data, "bytearray") else data


def _of_length(values: list[Any], shape: Sequence[int]) -> list[Any]:
    if len(values) != math.prod(shape):
        raise ValueError(f"{len(values)} values in an array of {tuple(shape)}")
    return values


def _is(part: Any, name: str) -> bool:
    return isinstance(part, Recorded) and part.name == name


def _named(part: Any, name: str = "") -> Recorded:
    if not isinstance(part, Recorded) or (name and part.name != name):
        found = part.name if isinstance(part, Recorded) else type(part).__name__
        raise ValueError(f"{found} where {name or 'an array'} should be")
    return part
