"""Requests that hold as much as the API takes, and no more."""

from __future__ import annotations

from credence.app.api.guard import LARGEST_BODY
from credence.cli.api import as_sent, in_batches


def test_batches_are_cut_by_rows_and_keep_the_order() -> None:
    assert list(in_batches([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
    assert list(in_batches([], 2)) == []


def test_batches_are_cut_by_bytes_too() -> None:
    rows = [{"text": "ü" * 20_000} for _ in range(1_000)]

    batches = list(in_batches(rows, 1_000))

    assert [row for batch in batches for row in batch] == rows
    assert len(batches) > 1
    assert all(len(as_sent({"events": batch})) <= LARGEST_BODY for batch in batches)


def test_a_row_that_is_too_large_goes_alone() -> None:
    large = {"text": "x" * LARGEST_BODY}

    assert list(in_batches([{}, large, {}], 10)) == [[{}], [large], [{}]]
