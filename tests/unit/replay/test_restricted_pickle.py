"""Tables from the internet, read without running what they say."""

from __future__ import annotations

import base64
import importlib
import math
import os
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credence.replay.errors import MalformedData, UnsafePickle
from credence.replay.loaders.restricted_pickle import read_columns
from tests.unit.replay.old_tables import OLD


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._call


def test_a_pickle_that_would_run_a_command_is_refused_and_does_not_run_it(tmp_path: Path) -> None:
    path, mark = tmp_path / "evil.pkl", tmp_path / "it_ran"
    path.write_bytes(pickle.dumps(Call(os.system, f"touch {mark}")))

    with pytest.raises(UnsafePickle, match="system"):
        read_columns(path)

    assert not mark.exists()


@pytest.mark.parametrize(
    "call",
    [
        Call(eval, "1 + 1"),
        Call(getattr, "text", "upper"),
        Call(np.load, "somewhere.npy"),
        Call(pd.read_pickle, "somewhere.pkl"),
        Call(pd.eval, "1 + 1"),
        Call(Path, "somewhere"),
    ],
    ids=["eval", "getattr", "numpy.load", "pandas.read_pickle", "pandas.eval", "Path"],
)
def test_a_call_hidden_in_a_table_is_refused(tmp_path: Path, call: Call) -> None:
    path = tmp_path / "evil.pkl"
    pd.DataFrame({"asin": [[1, call]]}).to_pickle(path)

    with pytest.raises(UnsafePickle, match="asks for"):
        read_columns(path)


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_a_table_of_lists_arrays_and_texts_is_read_as_it_was(tmp_path: Path, protocol: int) -> None:
    table = pd.DataFrame(
        {
            "reviewerID": ["a", "b"],
            "asin": [[1, 2], [3]],
            "reviewText": [["good", float("nan")], ["['x']"]],
            "ranked_lists": [np.array([1, 2]), np.array([3])],
            "number": [np.int64(3), np.int64(4)],
        }
    )
    path = tmp_path / "table.pkl"
    table.to_pickle(path, protocol=protocol)

    read = pd.DataFrame(read_columns(path))

    pd.testing.assert_frame_equal(read, table)
    assert read["ranked_lists"][0].tolist() == [1, 2]


def test_a_pickle_of_something_else_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "list.pkl"
    path.write_bytes(pickle.dumps([1, 2]))

    with pytest.raises(MalformedData, match="holds a list"):
        read_columns(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04\x95"])
def test_what_is_no_pickle_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pkl"
    path.write_bytes(content)

    with pytest.raises(MalformedData, match="not a readable pickle"):
        read_columns(path)


OLD_ROW: dict[str, Any] = {
    "asin": [0, 1, 2],
    "reviewText": ["fine", "x"],
    "instruction": "a",
    "ranked_lists": [2, 3, 4],
    "number": 3,
    "share": 0.5,
}


@pytest.mark.parametrize("version", OLD)
def test_a_table_of_an_older_pandas_is_read(tmp_path: Path, version: str) -> None:
    path = tmp_path / "old.pkl"
    path.write_bytes(zlib.decompress(base64.b85decode(OLD[version])))

    columns = read_columns(path)

    for name, value in OLD_ROW.items():
        first, second = columns[name]
        if name == "reviewText":
            assert first[0::2] == second[0::2] == value
            assert math.isnan(first[1])
        else:
            assert list(np.atleast_1d(first)) == list(np.atleast_1d(value))
            assert list(np.atleast_1d(second)) == list(np.atleast_1d(value))


def test_only_the_columns_wanted_are_read(tmp_path: Path) -> None:
    path = tmp_path / "table.pkl"
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": [[1], [2]]}).to_pickle(path)

    assert read_columns(path, ("c", "a", "z")) == {"a": [1, 2], "c": [[1], [2]]}


def test_texts_are_read_from_whichever_store_pandas_kept_them_in(tmp_path: Path) -> None:
    for storage in ("python", "pyarrow"):
        texts = pd.Series(["a", None, "ñ“"], dtype=pd.StringDtype(storage))
        path = tmp_path / f"{storage}.pkl"
        pd.DataFrame({"text": texts}).to_pickle(path)

        first, absent, last = read_columns(path)["text"]

        assert (first, last) == ("a", "ñ“")
        assert pd.isna(absent)


def test_texts_that_would_lie_outside_their_store_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "arrow.pkl"
    pd.DataFrame({"text": pd.Series(["abc", "def"], dtype=pd.StringDtype("pyarrow"))}).to_pickle(
        path
    )
    offsets, beyond = struct.pack("<3q", 0, 3, 6), struct.pack("<3q", 0, 400, 6)
    content = path.read_bytes()
    assert content.count(offsets) == 1
    path.write_bytes(content.replace(offsets, beyond))

    with pytest.raises(MalformedData, match="Offset invariant"):
        read_columns(path)


def opcodes(*parts: bytes) -> bytes:
    return b"\x80\x04" + b"".join(parts) + b"."


def name(module: str, attribute: str) -> bytes:
    """Looks a name up."""
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (opcodes(name("os", "system"), text("touch it_ran"), b"\x85R"), "os.system"),
        (opcodes(text("posix"), text("system"), b"\x93", text("x"), b"\x85R"), "posix.system"),
        (opcodes(name("pandas", "DataFrame.eval"), text("1"), b"\x85R"), "DataFrame.eval"),
        (opcodes(b"(", text("x"), b"ios\nsystem\n"), "os.system"),
        (opcodes(b"(", name("os", "system"), text("x"), b"o"), "os.system"),
        (opcodes(name("pandas", "read_pickle"), text("x"), b"\x85R"), "pandas.read_pickle"),
        (opcodes(name("numpy", "load"), text("x"), b"\x85R"), "numpy.load"),
        (opcodes(name("builtins", "__import__"), text("os"), b"\x85R"), "__import__"),
        (opcodes(name("numpy.core.os", "system"), text("x"), b"\x85R"), "os.system"),
        (opcodes(name("codecs", "open"), text("x"), b"\x85R"), "codecs.open"),
        (opcodes(name("functools", "partial"), name("os", "system"), b"\x85R"), "partial"),
        (opcodes(name("copyreg", "_reconstructor"), b")R"), "copyreg"),
    ],
)
def test_a_name_that_is_no_part_of_a_table_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pkl"
    path.write_bytes(content)

    with pytest.raises(UnsafePickle, match=says):
        read_columns(path)

    assert sorted(tmp_path.iterdir()) == [path]


def test_a_pickle_within_a_pickle_is_not_unpickled(tmp_path: Path) -> None:
    inner = pickle.dumps(Call(os.system, f"touch {tmp_path / 'it_ran'}"))
    path = tmp_path / "nested.pkl"
    pd.DataFrame({"asin": [[inner, [inner, "more"]]]}).to_pickle(path)

    assert read_columns(path)["asin"] == [[inner, [inner, "more"]]]
    assert sorted(tmp_path.iterdir()) == [path]


HUGE = 10**15


@pytest.mark.parametrize(
    "content",
    [
        opcodes(name("numpy", "ndarray"), b"\x8a\x08" + HUGE.to_bytes(8, "little"), b"\x85\x85R"),
        opcodes(name("builtins", "bytearray"), b"\x8a\x08" + HUGE.to_bytes(8, "little"), b"\x85R"),
        opcodes(
            name("numpy.core.multiarray", "_reconstruct"),
            name("numpy", "ndarray"),
            b"\x8a\x08" + HUGE.to_bytes(8, "little"),
            b"\x85",
            text("b"),
            b"\x87R",
        ),
        opcodes(b"\x8e" + HUGE.to_bytes(8, "little"), b"few"),
        opcodes(b"\x8d" + (2**62).to_bytes(8, "little"), b"few"),
        opcodes(b"\x96" + HUGE.to_bytes(8, "little"), b"few"),
        opcodes(b"\x95" + HUGE.to_bytes(8, "little"), b"few"),
        opcodes(b"Nr" + (2**32 - 1).to_bytes(4, "little")),
        opcodes(b"Np999999999999\n"),
    ],
    ids=["ndarray", "bytearray", "array", "bytes", "text", "bytearray8", "frame", "memo", "put"],
)
def test_a_pickle_that_asks_for_more_memory_than_there_is_gets_none(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "huge.pkl"
    path.write_bytes(content)

    with pytest.raises(MalformedData):
        read_columns(path)


def test_a_pickle_cannot_change_what_its_names_stand_for(tmp_path: Path) -> None:
    path = tmp_path / "build.pkl"
    frame, text_of = name("pandas", "DataFrame"), text("__setstate__")
    path.write_bytes(opcodes(frame, b"N}", text_of, frame, b"s\x86b"))  # sets it on the class
    pd.DataFrame({"a": [1]}).to_pickle(tmp_path / "good.pkl")

    with pytest.raises((UnsafePickle, MalformedData)):
        read_columns(path)

    assert read_columns(tmp_path / "good.pkl") == {"a": [1]}


class Reduced:
    """Pickles as a call of a part of a table, with a state."""

    def __init__(self, function: Any, arguments: tuple[Any, ...], state: Any = None) -> None:
        self._told = (function, arguments, state)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._told


def frame_of(cell: Any, *, axes: Any = None, placement: Any = slice(0, 1, 1)) -> bytes:
    """A table of one row and column, each part of which a caller may falsify."""
    unpickle_block = importlib.import_module("pandas._libs.internals")._unpickle_block
    manager_of = importlib.import_module("pandas.core.internals.managers").BlockManager
    values = np.empty((1, 1), dtype=object)
    values[0, 0] = cell
    block = Reduced(unpickle_block, (values, placement, 2))
    labels = pd.Index(["a"], dtype=object)
    manager = Reduced(manager_of, ((block,), [labels, pd.RangeIndex(1)] if axes is None else axes))
    return pickle.dumps(Reduced(pd.DataFrame, (), {"_mgr": manager}))


def array_state(dtype: Any, data: Any, shape: tuple[int, ...] = (1,)) -> Reduced:
    reconstruct = np.array([1]).__reduce__()[0]
    return Reduced(reconstruct, (np.ndarray, (0,), b"b"), (1, shape, dtype, False, data))


class Structured:
    """A record of one object, said to be plain numbers: its bytes would become a pointer."""

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {"a": (np.dtype("O"), 0)}
        return np.dtype, ("V8", False, True), (3, "|", None, ("a",), fields, 8, 1, 0)


@pytest.mark.parametrize(
    "cell",
    [
        array_state(Structured(), b"\x41" * 8),
        array_state(np.dtype("O"), b"\x41" * 8),
        array_state(np.dtype("i8"), b"\x41" * 8, (10**12,)),
        array_state(np.dtype("i8"), b"\x41" * 7),
        array_state("O8", [1]),
        Reduced(np.dtype, ("i8",)),
        Reduced(slice, (1,)),
    ],
    ids=["record", "pointers", "shape", "bytes", "text", "type", "slice"],
)
def test_an_array_that_contradicts_itself_is_refused(tmp_path: Path, cell: Any) -> None:
    path = tmp_path / "array.pkl"
    path.write_bytes(frame_of(cell))

    with pytest.raises((MalformedData, UnsafePickle)):
        read_columns(path)


def laughs(depth: int) -> Any:
    """A list of a few bytes that is endless when written out."""
    made: Any = ["ha"] * 10
    for _ in range(depth):
        made = [made] * 10
    return made


def test_a_cell_that_grows_when_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "laughs.pkl"
    for cell in (laughs(40), [10**1_000_000], {"a": 1}):
        path.write_bytes(frame_of(cell))

        with pytest.raises(MalformedData, match="a cell with a"):
            read_columns(path)


@pytest.mark.parametrize(
    "content",
    [
        frame_of(1, axes=[pd.RangeIndex(10**15), pd.RangeIndex(1)]),
        frame_of(1, axes=[pd.Index(["a"]), pd.RangeIndex(2)]),
        frame_of(1, axes=[pd.Index(["a"]), pd.RangeIndex(10**15)]),
        frame_of(1, axes=[]),
        frame_of(1, axes=[1, 2]),
        frame_of(1, placement=slice(5, 6, 1)),
        frame_of(1, placement="a"),
        pickle.dumps(Reduced(pd.DataFrame, ())),
        pickle.dumps(Reduced(pd.DataFrame, (), {"_mgr": 1})),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.pkl"
    path.write_bytes(content)

    with pytest.raises(MalformedData):
        read_columns(path)


def test_a_table_that_does_not_contradict_itself_is_read(tmp_path: Path) -> None:
    path = tmp_path / "table.pkl"
    path.write_bytes(frame_of(array_state(np.dtype("i8"), (7).to_bytes(8, "little"))))

    assert read_columns(path)["a"][0].tolist() == [7]


@given(st.data())
@settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_pickle_is_read_or_refused_but_never_runs_or_crashes(
    tmp_path: Path, data: st.DataObject
) -> None:
    whole = frame_of([1, "two", np.array([3, 4])])
    at = data.draw(st.integers(2, len(whole) - 1))
    path = tmp_path / "damaged.pkl"
    path.write_bytes(whole[:at] + data.draw(st.binary(max_size=3)) + whole[at + 1 :])

    try:
        read: object = read_columns(path)
    except (MalformedData, UnsafePickle) as refused:
        read = refused

    assert isinstance(read, dict | MalformedData | UnsafePickle)
