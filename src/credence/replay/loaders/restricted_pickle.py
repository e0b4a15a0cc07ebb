"""Reads a pickled table without giving the pickle a way to run code.

A pickle is a program; `pandas.read_pickle` runs whatever it says. Here each name it may call is
listed; any other is refused before it is looked up.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import pandas as pd

from credence.replay.errors import MalformedData, UnsafePickle

_NUMPY_CORE = {"numpy.core": "numpy._core"}  # the same module before and since numpy 2
_ADMITTED = frozenset(
    {
        ("builtins", "slice"),
        ("builtins", "list"),
        ("builtins", "dict"),
        ("builtins", "tuple"),
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("builtins", "bytearray"),
        ("builtins", "complex"),
        ("collections", "OrderedDict"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("pandas", "DataFrame"),
        ("pandas", "Index"),
        ("pandas", "RangeIndex"),
        ("pandas", "StringDtype"),
        ("pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked"),
        ("pandas._libs.internals", "_unpickle_block"),
        ("pandas.arrays", "StringArray"),
        ("pandas.core.arrays.string_", "StringArray"),
        ("pandas.core.arrays.string_", "StringDtype"),
        ("pandas.core.frame", "DataFrame"),
        ("pandas.core.indexes.base", "Index"),
        ("pandas.core.indexes.base", "_new_Index"),
        ("pandas.core.indexes.range", "RangeIndex"),
        ("pandas.core.internals.blocks", "new_block"),
        ("pandas.core.internals.managers", "BlockManager"),
        ("pandas.core.series", "Series"),
    }
)


class _TableUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        for old, new in _NUMPY_CORE.items():
            if module_name.startswith(f"{old}."):
                module_name = new + module_name.removeprefix(old)
        if (module_name, global_name) not in _ADMITTED:
            raise UnsafePickle(
                f"the pickle asks for {module_name}.{global_name}; only pandas tables, numpy "
                "arrays and plain containers are read"
            )
        return super().find_class(module_name, global_name)


def read_table(path: Path) -> pd.DataFrame:
    """The table pickled in the file.

    Raises UnsafePickle if it names anything but a table's parts, MalformedData if it cannot be
    read or is something else than a table.
    """
    try:
        table = _TableUnpickler(io.BytesIO(path.read_bytes())).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, TypeError) as error:
        raise MalformedData(f"{path} is not a readable pickle: {error}") from error
    if not isinstance(table, pd.DataFrame):
        raise MalformedData(f"{path} holds a {type(table).__name__}, not a pandas table")
    return table
