"""Reads a folder in the form of the InstructRec release (iAgent, ACL Findings 2025)."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from credence.memory.model import Item
from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.loaders.descriptions import described, plain
from credence.replay.loaders.restricted_pickle import read_table
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.split import Half, half

_FRAME = "{domain}All_recagent.pkl"
_MAPPING = "combined_{domain}_asin_mapping.csv"
_USERS = "{domain}_users.jsonl.gz"
_LONGEST_FIELD = 16 * 1024 * 1024  # characters; some descriptions pass the csv module's 128 KiB


@dataclass(frozen=True, slots=True)
class _Mark:
    """Rating and time of one interaction, from the file that has them."""

    rating: float | None
    timestamp: datetime | None


def load_domain(folder: Path) -> Domain:
    """The catalogue and people of one folder, in the order of its files.

    Raises FolderIncomplete if a needed file is missing, UnsafePickle or MalformedData if one does
    not hold what it should.
    """
    name, table = _frame(folder)
    items = _items(_only(folder, _MAPPING.format(domain="*")))
    marks = _marks(folder / _USERS.format(domain=name))
    known = {item.item_id for item in items}
    rows = zip(_user_ids(table), table.to_dict("records"), strict=True)
    people = tuple(_person(user_id, row, marks.get(user_id, {}), known) for user_id, row in rows)
    return Domain(name=name, items=items, people=people)


def load_domains(folder: Path) -> tuple[Domain, ...]:
    """Every domain below `folder`, by name; `folder` may also be the folder of one domain."""
    return tuple(load_domain(path) for path in _folders(folder))


def load_training_targets(folder: Path) -> dict[str, dict[str, Interaction]]:
    """What people of the training half did last, by domain and person, with their own review.

    It may become part of what others remember of the item. Of the exam half, and of a domain kept
    for exams, nothing is returned: the rows of these people are left out before any is read. Takes
    the folders that `load_domains` takes.
    """
    return dict(_training_targets(path) for path in _folders(folder))


def load_item_names(folder: Path, domain: str) -> dict[str, str]:
    """Item ids of a domain by the names that other folders know the items by.

    Raises FolderIncomplete if there is no such domain below `folder`.
    """
    for path in _folders(folder):
        mapping = _only(path, _MAPPING.format(domain="*"))
        if mapping.name == _MAPPING.format(domain=domain):
            return {row["asin"]: index for index, row in _rows(mapping).items()}
    raise FolderIncomplete(f"{folder} has no domain {domain}")


def _training_targets(folder: Path) -> tuple[str, dict[str, Interaction]]:
    name, table = _frame(folder)
    user_ids = _user_ids(table)
    training = [row for row, user_id in enumerate(user_ids) if half(name, user_id) is Half.TRAIN]
    marks = _marks(folder / _USERS.format(domain=name))
    targets = {}
    for row, record in zip(training, table.iloc[training].to_dict("records"), strict=True):
        user_id, item_id = user_ids[row], str(record["asin"][-1])
        mark = marks.get(user_id, {}).get(item_id)
        targets[user_id] = _interaction(item_id, record["reviewText"][-1], mark)
    return name, targets


def _folders(folder: Path) -> list[Path]:
    """The folders of domains below `folder`, or `folder` alone if it is one itself."""
    pattern = "*" + _FRAME.format(domain="")
    if not folder.is_dir():
        raise FolderIncomplete(f"{folder} is not a folder")
    if any(folder.glob(pattern)):
        return [folder]
    found = sorted({path.parent for path in folder.glob(f"*/{pattern}")})
    if not found:
        raise FolderIncomplete(_needs(folder))
    return found


def _frame(folder: Path) -> tuple[str, pd.DataFrame]:
    """The name of the domain and the table of its people."""
    path = _only(folder, "*" + _FRAME.format(domain=""))
    table = read_table(path)
    missing = {"asin", "reviewText", "instruction", "ranked_lists"} - set(table.columns)
    if missing:
        raise MalformedData(f"{path} lacks the columns {', '.join(sorted(missing))}")
    return path.name.removesuffix(_FRAME.format(domain="")), table


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        count = f"{len(found)} files" if found else "no file"
        raise FolderIncomplete(f"{count} {pattern} in {folder}. {_needs(folder)}")
    return found[0]


def _needs(folder: Path) -> str:
    names = (_FRAME.format(domain="DOMAIN"), _MAPPING.format(domain="DOMAIN"))
    optional = _USERS.format(domain="DOMAIN")
    return (
        f"A folder in InstructRec form holds {names[0]} (people) and {names[1]} (items); "
        f"{optional} (ratings and times) may be there too. Looked in {folder}."
    )


def _items(path: Path) -> tuple[Item, ...]:
    return tuple(_item(index, row) for index, row in _rows(path).items())


def _rows(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a mapping by index; the first of a repeated one stays."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(line.replace("\0", "") for line in lines)
            found: dict[str, dict[str, str]] = {}
            for row in reader:
                found.setdefault(row["index"], row)
    except (KeyError, csv.Error, UnicodeDecodeError) as error:
        raise MalformedData(f"{path} is not a table with the column index: {error}") from error
    finally:
        csv.field_size_limit(before)
    return found


def _item(index: str, row: Mapping[str, str]) -> Item:
    description = described(plain(row.get("description")))
    return Item(
        item_id=index,
        title=plain(row.get("title")),
        description=description.text,
        categories=description.categories,
        creators=description.creators,
    )


def _marks(path: Path) -> dict[str, dict[str, _Mark]]:
    """Ratings and times by person and item; nothing if the folder has no such file."""
    if not path.exists():
        return {}
    marks: dict[str, dict[str, _Mark]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                person = json.loads(line)
                interactions = person["interactions"]
                marks[str(person["reviewerID"])] = {str(i["item"]): _mark(i) for i in interactions}
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise MalformedData(f"{path} is not a list of people: {error!r}") from error
    return marks


def _mark(interaction: Mapping[str, Any]) -> _Mark:
    rating, seconds = interaction.get("rating"), interaction.get("timestamp")
    return _Mark(
        rating=None if rating is None else float(rating),
        timestamp=None if seconds is None else datetime.fromtimestamp(seconds, UTC),
    )


def _user_ids(table: pd.DataFrame) -> list[str]:
    """The people's ids; the number of the row where the release leaves them out."""
    if "reviewerID" in table.columns:
        return [str(user_id) for user_id in table["reviewerID"]]
    return [str(row) for row in range(len(table))]


def _person(
    user_id: str, row: Mapping[Any, Any], marks: Mapping[str, _Mark], known: set[str]
) -> ReplayPerson:
    item_ids = [str(item) for item in row["asin"]]
    reviews = row["reviewText"]
    if not item_ids or len(reviews) != len(item_ids):
        raise MalformedData(f"{user_id} has {len(item_ids)} items and {len(reviews)} reviews")
    target = item_ids[-1]
    history = tuple(
        _interaction(item_id, review, marks.get(item_id))
        for item_id, review in zip(item_ids[:-1], reviews[:-1], strict=True)
        if item_id != target
    )
    matched = row.get("ranked_lists_matched")
    person = ReplayPerson(
        user_id=user_id,
        history=history,
        instruction=plain(row["instruction"]) or None,
        target=target,
        candidates=_candidates(row["ranked_lists"]),
        candidates_matched=None if matched is None else _candidates(matched),
    )
    _check(person, known)
    return person


def _interaction(item_id: str, review: object, mark: _Mark | None) -> Interaction:
    return Interaction(
        item_id=item_id,
        rating=mark.rating if mark else None,
        review=plain(review),
        timestamp=mark.timestamp if mark else None,
    )


def _candidates(ranked: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(item) for item in ranked)


def _check(person: ReplayPerson, known: set[str]) -> None:
    for candidates in (person.candidates, person.candidates_matched):
        if candidates is None:
            continue
        if candidates.count(person.target) != 1 or len(set(candidates)) != len(candidates):
            raise MalformedData(f"a list of {person.user_id} lacks its target or repeats an item")
    asked = {person.target, *person.candidates, *(person.candidates_matched or ())}
    unknown = (asked | {interaction.item_id for interaction in person.history}) - known
    if unknown:
        raise MalformedData(f"{person.user_id} has unmapped items such as {sorted(unknown)[:3]}")
