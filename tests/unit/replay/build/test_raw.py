"""Raw rows are read strictly."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from credence.replay.build.raw import read_interactions, read_items
from credence.replay.errors import MalformedData

KNOWN = {"i1", "i2", "7"}


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """The rows in the format that the name ends in."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".csv":
        names = list(dict.fromkeys(name for row in rows for name in row))
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, names)
            writer.writeheader()
            writer.writerows(rows)
    else:
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


FORMATS = pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])


@FORMATS
def test_interactions_are_read_oldest_first(tmp_path: Path, ending: str) -> None:
    rows = [
        {"user": "ann", "item": "i2", "time": 200, "rating": 4.5, "review": "Fine <b>stuff</b>"},
        {"user": "ann", "item": "i1", "time": 100, "rating": None, "review": None},
        {"user": "bob", "item": "i1", "time": 50, "rating": 0, "review": ""},
    ]

    told = read_interactions(write(tmp_path / f"in.{ending}", rows), KNOWN)

    first, second = told["ann"]
    assert (first.item_id, first.rating, first.review) == ("i1", None, "")
    assert (second.item_id, second.rating, second.review) == ("i2", 4.5, "Fine stuff")
    assert second.timestamp == datetime(1970, 1, 1, 0, 3, 20, tzinfo=UTC)
    assert [done.rating for done in told["bob"]] == [0.0]


@FORMATS
def test_items_are_read_with_their_names(tmp_path: Path, ending: str) -> None:
    rows: list[dict[str, Any]] = [
        {"item": "i1", "title": "Dune", "description": "Sand", "categories": "SF; Epic, long;SF"},
        {"item": "i2", "title": "It", "description": None, "categories": "Horror, Clowns"},
    ]

    first, second = read_items(write(tmp_path / f"items.{ending}", rows))

    assert (first.title, first.description, first.categories) == (
        "Dune",
        "Sand",
        ("SF", "Epic, long"),
    )
    assert (second.description, second.categories) == ("", ("Horror", "Clowns"))


def test_names_may_be_lists_and_ids_numbers(tmp_path: Path) -> None:
    rows = [{"item": 7, "title": "Dune", "categories": ["SF"], "creators": ["Frank Herbert"]}]

    (item,) = read_items(write(tmp_path / "items.jsonl", rows))

    assert (item.item_id, item.categories, item.creators) == ("7", ("SF",), ("Frank Herbert",))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-05-01T12:00:00Z", datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ("2024-05-01T12:00:00+02:00", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
        (1_714_564_800, datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ("1714564800", datetime(2024, 5, 1, 12, tzinfo=UTC)),
        (1_714_564_800_000, datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ("20240501", datetime(2024, 5, 1, tzinfo=UTC)),
        (20240501, datetime(2024, 5, 1, tzinfo=UTC)),
        (20240501.0, datetime(2024, 5, 1, tzinfo=UTC)),
        ("20240501T120000Z", datetime(2024, 5, 1, 12, tzinfo=UTC)),
        ("202405011200", datetime(2024, 5, 1, 12, tzinfo=UTC)),
        (20240501120000, datetime(2024, 5, 1, 12, tzinfo=UTC)),
    ],
)
def test_times_are_seconds_milliseconds_or_written_out(
    tmp_path: Path, value: object, moment: datetime
) -> None:
    path = write(tmp_path / "in.jsonl", [{"user": "ann", "item": "i1", "time": value}])

    assert read_interactions(path, KNOWN)["ann"][0].timestamp == moment


def test_without_times_and_among_equal_ones_rows_stand_in_order(tmp_path: Path) -> None:
    for time in ({}, {"time": 5}):
        rows = [{"user": "ann", "item": item, **time} for item in ("i2", "i1", "7", "i2")]

        told = read_interactions(write(tmp_path / "in.jsonl", rows), KNOWN)

        assert [done.item_id for done in told["ann"]] == ["i2", "i1", "7", "i2"]


GOOD: dict[str, Any] = {"user": "ann", "item": "i1", "time": 1, "rating": 3}


@FORMATS
@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("user", None, "is missing"),
        ("item", None, "is missing"),
        ("item", "i9", "i9 is not among the items"),
        ("time", None, "is there in some rows only"),
        ("rating", 5.5, r"is '?5\.5'?; write a number from 0 to 5"),
        ("rating", -1, "write a number from 0 to 5"),
    ],
)
def test_a_bad_interaction_is_named_by_line_and_field(
    tmp_path: Path, ending: str, field: str, value: object, says: str
) -> None:
    path = write(tmp_path / f"in.{ending}", [GOOD, GOOD, {**GOOD, field: value}])
    line = {"jsonl": 3, "csv": 4, "parquet": 3}[ending]

    with pytest.raises(MalformedData, match=rf"in\.{ending}, line {line}, {field}: .*{says}"):
        read_interactions(path, KNOWN)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({**GOOD, "user": True}, "user: is True"),
        ({**GOOD, "user": 1.5}, "user: is 1.5"),
        ({**GOOD, "user": ["ann"]}, "user: is"),
        ({**GOOD, "time": "yesterday"}, "time: is 'yesterday'"),
        ({**GOOD, "time": 1e30}, "time: is 1e"),
        ({**GOOD, "time": "2024"}, "time: is '2024'; write the day too"),
        ({**GOOD, "time": 2024}, "time: is 2024; write the day too"),
        ({**GOOD, "time": 202405}, "time: is 202405; write the day too"),
        ({**GOOD, "time": "20241332"}, "time: is '20241332'; that is the form of a date"),
        ({**GOOD, "time": True}, "time: is True"),
        ({**GOOD, "rating": "good"}, "rating: is 'good'"),
        ({**GOOD, "rating": True}, "rating: is True"),
        ({**GOOD, "action": "rented"}, "action: is 'rented'; write one of view, click"),
        ({**GOOD, "action": ["view"]}, "action: is \\['view'\\]"),
        ({**GOOD, "action": "rating", "rating": None}, "rating: is missing; the action rating"),
    ],
)
def test_a_value_of_another_kind_is_named(tmp_path: Path, row: dict[str, Any], says: str) -> None:
    path = write(tmp_path / "in.jsonl", [GOOD, row])

    with pytest.raises(MalformedData, match=f"line 2, {says}"):
        read_interactions(path, KNOWN)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"item": "i1", "title": "Again"}, "item: i1 stands there twice"),
        ({"item": "i2", "title": "[Nan]"}, "title: is missing"),
        ({"item": "i2"}, "title: is missing"),
        ({"item": "i2", "title": "x", "categories": 3}, "categories: is 3"),
        ({"item": "i2", "title": "x", "categories": ["a", 1]}, "categories: is"),
    ],
)
def test_a_bad_item_is_named_by_line_and_field(
    tmp_path: Path, row: dict[str, Any], says: str
) -> None:
    path = write(tmp_path / "items.jsonl", [{"item": "i1", "title": "Dune"}, row])

    with pytest.raises(MalformedData, match=f"line 2, {says}"):
        read_items(path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("in.txt", b"", r"ends in none of \.jsonl, \.csv, \.parquet"),
        ("in.jsonl", b'{"user"\n', "line 1 is not JSON"),
        ("in.jsonl", b"[1]\n", "line 1 is not an object"),
        ("in.jsonl", b"\xff\n", "cannot be read"),
        ("in.csv", b"user,item\na,i1\na,i1,more\n", "line 3 has too many fields"),
        ("in.parquet", b"PAR1", "cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_named(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(MalformedData, match=says):
        read_interactions(tmp_path / name, KNOWN)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalformedData, match=r"nowhere\.csv cannot be read"):
        read_items(tmp_path / "nowhere.csv")
