"""A file of JSON lines that grows as answers come, survives its process, and ends in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from credence.replay.errors import MalformedData

Row = TypeVar("Row")


class Lines(Generic[Row]):
    """Rows by person. A line is on the disk before `add` returns; a torn last one is given up.

    Raises MalformedData for a file with any other line that is no row.
    """

    def __init__(
        self,
        path: Path,
        *,
        read: Callable[[str], Row],
        write: Callable[[Row], str],
        person: Callable[[Row], str],
    ) -> None:
        self._path = path
        self._write = write
        self._person = person
        self.rows = rows_in(path, _whole(path), read=read, person=person) if path.exists() else {}

    @contextmanager
    def open(self) -> Iterator[Callable[[Row], None]]:
        """Adds rows to the end of the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8", errors="surrogatepass") as lines:

            def add(row: Row) -> None:
                lines.write(self._write(row) + "\n")
                lines.flush()
                os.fsync(lines.fileno())
                self.rows[self._person(row)] = row

            yield add

    def finish(self, order: Sequence[str]) -> None:
        """Put the file into this order of people: the same bytes however it came about."""
        partial = self._path.with_name(f".{self._path.name}.partial")
        text = "".join(self._write(self.rows[user]) + "\n" for user in order if user in self.rows)
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", errors="surrogatepass")
        partial.replace(self._path)


def rows_in(
    path: Path, lines: bytes, *, read: Callable[[str], Row], person: Callable[[Row], str]
) -> dict[str, Row]:
    """The rows by person, of two the later. Raises MalformedData, with the line at fault."""
    found = {}
    for number, line in enumerate(lines.split(b"\n"), start=1):
        if line:
            try:
                row = read(line.decode("utf-8", "surrogatepass"))
                found[person(row)] = row
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise MalformedData(f"{path}, line {number}: {error!r}") from error
    return found


def _whole(path: Path) -> bytes:
    """The complete lines; what a killed process left of another is cut off the file."""
    data = path.read_bytes()
    kept = data[: data.rfind(b"\n") + 1]
    if len(kept) < len(data):
        with path.open("r+b") as lines:
            lines.truncate(len(kept))
    return kept
