"""Rows of a JSON lines, CSV or Parquet file, each with the place it stands at."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from credence.replay.errors import MalformedData

_LONGEST_FIELD = 16 * 1024 * 1024  # characters


@dataclass(frozen=True, slots=True)
class Row:
    """One row; what is empty or NaN counts as left out."""

    path: Path
    number: int  # the line, or in Parquet the row, from 1
    fields: Mapping[str, Any]

    def wrong(self, field: str, says: str) -> MalformedData:
        """An error that names the file, the line and the field."""
        return MalformedData(f"{self.path}, line {self.number}, {field}: {says}")

    def key(self, field: str) -> str:
        """An id that must be there: a text or a whole number. Raises MalformedData."""
        value = self.fields.get(field)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            there = "is missing" if value is None else f"is {value!r}"
            raise self.wrong(field, f"{there}; write a text or a whole number")
        return str(value).strip()


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, by its ending: .jsonl, .csv or .parquet. Raises MalformedData."""
    readers = {".jsonl": _json_lines, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise MalformedData(f"{path} ends in none of {', '.join(readers)}")
    try:
        for number, fields in reader(path):
            yield Row(path, number, {k: v for k, v in fields.items() if not _absent(v)})
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise MalformedData(f"{path} cannot be read: {error}") from error


def _absent(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
            except ValueError as error:
                raise MalformedData(f"{path}, line {number} is not JSON: {error}") from error
            if not isinstance(fields, dict):
                raise MalformedData(f"{path}, line {number} is not an object of fields")
            yield number, fields


def _csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(line.replace("\0", "") for line in lines)
            for fields in reader:
                if None in fields:
                    raise MalformedData(f"{path}, line {reader.line_num} has too many fields")
                yield reader.line_num, fields
    finally:
        csv.field_size_limit(before)


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1024):
            for fields in batch.to_pylist():
                number += 1
                yield number, fields
