"""Reads a pickle without running any of it.

A pickle is a program: it names classes and functions and says what to call them with. Here a name
is never looked up. One on the list of a table's parts stands for a recorder, which keeps what it
was called with and does nothing; any other is refused before the rest is read. So neither pandas
nor numpy comes to see what a stranger wrote, until `restricted_pickle` has checked it.
"""

from __future__ import annotations

import io
import pickle
import struct
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from credence.replay.errors import MalformedData, UnsafePickle

ADMITTED = {
    "builtins": {"slice", "bytearray"},
    "_codecs": {"encode"},  # how the older protocols write bytes
    "numpy": {"ndarray", "dtype"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "pandas": {"DataFrame", "Index", "NA", "RangeIndex", "StringDtype"},
    "pandas._libs.arrays": {"__pyx_unpickle_NDArrayBacked"},
    "pandas._libs.internals": {"_unpickle_block"},
    "pandas._libs.missing": {"NA"},
    "pandas.arrays": {"StringArray", "ArrowStringArray"},
    "pandas.core.arrays.string_": {"StringArray", "StringDtype"},
    "pandas.core.arrays.string_arrow": {"ArrowStringArray"},
    "pandas.core.frame": {"DataFrame"},
    "pandas.core.indexes.base": {"Index", "_new_Index"},
    "pandas.core.indexes.numeric": {"Int64Index", "Float64Index", "UInt64Index"},
    "pandas.core.indexes.range": {"RangeIndex"},
    "pandas.core.internals.managers": {"BlockManager"},
    "pyarrow.lib": {"_restore_array", "chunked_array", "py_buffer", "type_for_alias"},
}
_RENAMED = {"numpy.core.": "numpy._core.", "__builtin__": "builtins"}  # before numpy 2; protocol 2


class _Sealed(type):
    """Keeps a pickle from changing what its names stand for."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise UnsafePickle(f"the pickle sets {name} of {cls.__name__}")


class Recorded(metaclass=_Sealed):
    """One call that a pickle asked for, and the state it then gave to the result."""

    __slots__ = ("arguments", "keywords", "state")
    name: ClassVar[str] = ""

    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    state: Any

    def __new__(cls, *arguments: Any, **keywords: Any) -> Recorded:
        made = super().__new__(cls)
        made.arguments, made.keywords, made.state = arguments, keywords, None
        return made

    def __setstate__(self, state: Any) -> None:
        self.state = state


_RECORDERS = {
    (module, name): _Sealed(name, (Recorded,), {"__slots__": (), "name": name})
    for module, names in ADMITTED.items()
    for name in names
}


class _Memo(list[Any]):
    """What a pickle asks to remember, in order, in a tenth of the room that a dict takes up."""

    def __setitem__(self, index: Any, value: Any) -> None:
        if index == len(self):
            self.append(value)
        else:
            super().__setitem__(index, value)


class _Recorder(pickle._Unpickler):
    """Python's own unpickler in Python: that in C makes room for any memo a pickle names."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self.memo = _Memo()

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        for old, new in _RENAMED.items():
            if module_name.startswith(old):
                module_name = new + module_name.removeprefix(old)
        recorder = _RECORDERS.get((module_name, global_name))
        if recorder is None:
            raise UnsafePickle(
                f"the pickle asks for {module_name}.{global_name}; only pandas tables, numpy "
                "arrays and plain containers are read"
            )
        return recorder


def read_recorded(path: Path) -> Any:
    """What the pickle holds: plain values and containers, and `Recorded` for everything else.

    Raises UnsafePickle or MalformedData, with the file in the message.
    """
    try:
        with path.open("rb", buffering=io.DEFAULT_BUFFER_SIZE * 16) as stream:
            return _Recorder(stream).load()
    except UnsafePickle as error:
        raise UnsafePickle(f"{path}: {error}. Nothing of it was run.") from error
    except (
        pickle.UnpicklingError,
        struct.error,
        ArithmeticError,
        AssertionError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        reason = str(error) or type(error).__name__
        raise MalformedData(f"{path} is not a readable pickle: {reason}") from error
