"""Tables from the internet, read without running what they say."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from credence.replay.errors import MalformedData, UnsafePickle
from credence.replay.loaders.restricted_pickle import read_table


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
        read_table(path)

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
        read_table(path)


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

    read = read_table(path)

    pd.testing.assert_frame_equal(read, table)
    assert read["ranked_lists"][0].tolist() == [1, 2]


def test_a_pickle_of_something_else_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "list.pkl"
    path.write_bytes(pickle.dumps([1, 2]))

    with pytest.raises(MalformedData, match="holds a list"):
        read_table(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04\x95"])
def test_what_is_no_pickle_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pkl"
    path.write_bytes(content)

    with pytest.raises(MalformedData, match="not a readable pickle"):
        read_table(path)
