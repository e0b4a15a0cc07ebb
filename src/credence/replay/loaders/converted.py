"""A domain in Parquet: small, quick to read, and safe to take from others.

Of the held-out interactions it keeps those of the training half alone, in a file of their own; what
anybody of the exam half wrote of their target is in no file of the folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from credence.memory.model import Action, Item
from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.loaders.domain_folder import Broken
from credence.replay.people import Interaction, ReplayPerson
from credence.replay.split import Half, half

PEOPLE = "{domain}_people.parquet"
ITEMS = "{domain}_items.parquet"
TARGETS = "{domain}_training_targets.parquet"
_ROWS = 256  # at a time; people are long
_NEW = frozenset({"taken", "action", "instruction"})  # columns that files of older versions lack

_DONE_ONCE = (
    ("item_id", pa.string()),
    ("rating", pa.float64()),
    ("review", pa.string()),
    ("timestamp", pa.timestamp("us", tz="UTC")),
)
_DONE = (*_DONE_ONCE, ("action", pa.string()), ("instruction", pa.string()))
_OLDER = {"history": pa.list_(pa.struct(_DONE_ONCE))}
_NAMES = pa.list_(pa.string())
PEOPLE_SCHEMA = pa.schema(
    [
        ("user_id", pa.string()),
        ("instruction", pa.string()),
        ("target", pa.string()),
        ("candidates", _NAMES),
        ("candidates_matched", _NAMES),
        ("taken", _NAMES),
        ("history", pa.list_(pa.struct(_DONE))),
    ]
)
ITEMS_SCHEMA = pa.schema(
    [
        ("item_id", pa.string()),
        ("name", pa.string()),
        ("title", pa.string()),
        ("description", pa.string()),
        ("categories", _NAMES),
        ("creators", _NAMES),
    ]
)
TARGETS_SCHEMA = pa.schema([("user_id", pa.string()), *_DONE])


class ConvertedFolder:
    """The Parquet files of one domain, read anew at each call."""

    def __init__(self, folder: Path) -> None:
        found = sorted(folder.glob(PEOPLE.format(domain="*")))
        if len(found) != 1:
            raise FolderIncomplete(f"{len(found)} files {PEOPLE.format(domain='*')} in {folder}")
        self._folder = folder
        self._name = found[0].name.removesuffix(PEOPLE.format(domain=""))

    @staticmethod
    def found_in(folder: Path) -> bool:
        return any(folder.glob(PEOPLE.format(domain="*")))

    @property
    def name(self) -> str:
        return self._name

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(self._path(name) for name in (PEOPLE, ITEMS, TARGETS))

    def people(self) -> Iterator[ReplayPerson | Broken]:
        shared: dict[str, str] = {}
        for row in _read(self._path(PEOPLE), PEOPLE_SCHEMA):
            matched, taken = row["candidates_matched"], row.get("taken")
            yield ReplayPerson(
                user_id=row["user_id"],
                history=tuple(_interaction(done, shared) for done in row["history"]),
                instruction=row["instruction"],
                target=shared.setdefault(row["target"], row["target"]),
                candidates=_shared(row["candidates"], shared),
                candidates_matched=None if matched is None else _shared(matched, shared),
                taken=None if taken is None else frozenset(_shared(taken, shared)),
            )

    def items(self) -> Iterator[Item]:
        shared: dict[str, str] = {}
        for row in _read(self._path(ITEMS), ITEMS_SCHEMA):
            yield Item(
                item_id=row["item_id"],
                title=row["title"],
                description=row["description"],
                categories=_shared(row["categories"], shared),
                creators=_shared(row["creators"], shared),
            )

    def training_targets(self) -> Mapping[str, Interaction]:
        return {
            row["user_id"]: _interaction(row, {})
            for row in _read(self._path(TARGETS), TARGETS_SCHEMA)
            if half(self.name, row["user_id"]) is Half.TRAIN
        }

    def item_names(self) -> Mapping[str, str]:
        rows = _read(self._path(ITEMS), pa.schema([ITEMS_SCHEMA.field(i) for i in (0, 1)]))
        return {row["name"]: row["item_id"] for row in rows if row["name"]}

    def _path(self, name: str) -> Path:
        return self._folder / name.format(domain=self.name)


def _read(path: Path, schema: pa.Schema) -> Iterator[dict[str, Any]]:
    """The rows of a file, a few hundred in memory at a time."""
    if not path.exists():
        raise FolderIncomplete(f"no {path.name} in {path.parent}; convert the domain again")
    try:
        with pq.ParquetFile(path) as file:
            there = file.schema_arrow
            _check(path, there, schema)
            columns = [name for name in schema.names if name in there.names]
            for batch in file.iter_batches(_ROWS, columns=columns):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise MalformedData(f"{path} is not a readable Parquet file: {error}") from error


def _check(path: Path, there: pa.Schema, wanted: pa.Schema) -> None:
    for field in wanted:
        if field.name in _NEW and field.name not in there.names:
            continue
        types = (field.type, _OLDER.get(field.name, field.type))
        if field.name not in there.names or there.field(field.name).type not in types:
            raise MalformedData(f"{path} lacks the column {field.name} of type {field.type}")


def _interaction(row: Mapping[str, Any], shared: dict[str, str]) -> Interaction:
    moment, action = row["timestamp"], row.get("action")
    return Interaction(
        item_id=shared.setdefault(row["item_id"], row["item_id"]),
        rating=row["rating"],
        review=row["review"],
        timestamp=None if moment is None else moment.astimezone(UTC),
        action=None if action is None else _action(action),
        instruction=row.get("instruction"),
    )


def _action(name: str) -> Action:
    try:
        return Action(name)
    except ValueError as error:
        raise MalformedData(
            f"an interaction has the action {name!r}; known are {', '.join(Action)}"
        ) from error


def _shared(names: list[str], shared: dict[str, str]) -> tuple[str, ...]:
    return tuple(shared.setdefault(name, name) for name in names)
