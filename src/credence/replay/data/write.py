"""Writes a domain as Parquet, in the form that `loaders.converted` reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from credence.memory.model import Item
from credence.replay.errors import MalformedData
from credence.replay.loaders.converted import (
    ITEMS,
    ITEMS_SCHEMA,
    PEOPLE,
    PEOPLE_SCHEMA,
    TARGETS,
    TARGETS_SCHEMA,
)
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.split import Half, half

_ROWS = 256  # a row group
_T = TypeVar("_T")


def write_domain(
    folder: Path,
    domain: Domain,
    *,
    training_targets: Mapping[str, Interaction],
    item_names: Mapping[str, str],
    told: Mapping[str, Any],
) -> None:
    """Files of the whole domain in an existing folder, with `told` in its manifest.

    Of `training_targets` only those of the training half are written. `item_names` are item ids by
    name. Raises MalformedData.
    """
    names = {item_id: name for name, item_id in item_names.items()}
    people = (_person(person) for person in domain.people)
    targets = (
        {"user_id": user_id, **_interaction(done)}
        for user_id, done in training_targets.items()
        if half(domain.name, user_id) is Half.TRAIN
    )
    items = (_item(item, names.get(item.item_id)) for item in domain.items)
    for name, schema, rows in (
        (PEOPLE, PEOPLE_SCHEMA, people),
        (ITEMS, ITEMS_SCHEMA, items),
        (TARGETS, TARGETS_SCHEMA, targets),
    ):
        _write(folder / name.format(domain=domain.name), schema, rows)
    manifest = {
        "domain": domain.name,
        "people": len(domain.people),
        "items": len(domain.items),
        "interactions": sum(len(person.history) for person in domain.people),
        **told,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _write(path: Path, schema: pa.Schema, rows: Iterable[dict[str, Any]]) -> None:
    try:
        with pq.ParquetWriter(path, schema, compression="zstd") as file:
            for some in _batches(rows):
                file.write_batch(pa.RecordBatch.from_pylist(some, schema=schema))
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise MalformedData(f"{path.name} cannot hold what was read: {error}") from error


def _person(person: ReplayPerson) -> dict[str, Any]:
    return {
        "user_id": person.user_id,
        "instruction": person.instruction,
        "target": person.target,
        "candidates": person.candidates,
        "candidates_matched": person.candidates_matched,
        "taken": None if person.taken is None else sorted(person.taken),
        "history": [_interaction(done) for done in person.history],
    }


def _interaction(done: Interaction) -> dict[str, Any]:
    return {
        "item_id": done.item_id,
        "rating": done.rating,
        "review": done.review,
        "timestamp": done.timestamp,
        "action": done.action,
        "instruction": done.instruction,
    }


def _item(item: Item, name: str | None) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "name": name,
        "title": item.title,
        "description": item.description,
        "categories": item.categories,
        "creators": item.creators,
    }


def _batches(rows: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(rows)
    while some := list(islice(iterator, _ROWS)):
        yield some
