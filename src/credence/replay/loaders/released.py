"""A folder as the InstructRec release has it (iAgent, ACL Findings 2025): a pickle and a CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from credence.memory.model import Item
from credence.replay.errors import FolderIncomplete, MalformedData
from credence.replay.loaders.descriptions import described, plain
from credence.replay.loaders.domain_folder import Broken
from credence.replay.loaders.marks import Mark, read_marks
from credence.replay.loaders.restricted_pickle import read_columns
from credence.replay.people import Interaction, ReplayPerson
from credence.replay.split import Half, half

FRAME = "{domain}All_recagent.pkl"
MAPPING = "combined_{domain}_asin_mapping.csv"
USERS = "{domain}_users.jsonl.gz"
WHERE = (
    "The released files of books, movietv, reads and yelp are in the Google Drive folder that "
    "github.com/agiresearch/iAgent names; `credence replay data FOLDER --download DOMAIN` fetches "
    "them"
)
_NEEDED = ("asin", "reviewText", "instruction", "ranked_lists")
_WANTED = (*_NEEDED, "reviewerID", "ranked_lists_matched")
_LONGEST_FIELD = 16 * 1024 * 1024  # characters; some descriptions pass the csv module's 128 KiB


@dataclass(slots=True)
class Quirks:
    """What was mended while a folder was read."""

    repeated_items: set[str] = field(default_factory=set)  # ids that stand twice in the mapping
    repeated_targets: set[str] = field(default_factory=set)  # people whose target was in the past


class ReleasedFolder:
    """The files of one domain, read anew at each call."""

    def __init__(self, folder: Path) -> None:
        self.quirks = Quirks()
        self._folder = folder
        self._frame = _only(folder, FRAME.format(domain="*"))

    @staticmethod
    def found_in(folder: Path) -> bool:
        return any(folder.glob(FRAME.format(domain="*")))

    @property
    def name(self) -> str:
        return self._frame.name.removesuffix(FRAME.format(domain=""))

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that are there: people, items, and perhaps ratings and times."""
        users = self._folder / USERS.format(domain=self.name)
        return (self._frame, self._mapping, *([users] if users.exists() else []))

    def people(self) -> Iterator[ReplayPerson | Broken]:
        """Everybody; of what was read, each row is let go as soon as it is told."""
        columns = self._columns()
        user_ids = _user_ids(columns)
        marks = read_marks(self._folder / USERS.format(domain=self.name))
        for values in columns.values():
            values.reverse()
        shared: dict[str, str] = {}  # one text an item id, however often it is named
        for user_id in user_ids:
            row = {name: values.pop() for name, values in columns.items()}
            person = _person(user_id, row, marks.pop(user_id, {}), shared)
            if isinstance(person, ReplayPerson) and len(person.history) < len(row["asin"]) - 1:
                self.quirks.repeated_targets.add(user_id)
            yield person

    def items(self) -> Iterator[Item]:
        """Every item; the first of a repeated id stays."""
        shared: dict[str, str] = {}
        again = self.quirks.repeated_items
        return (_item(index, row, shared) for index, row in _rows(self._mapping, again))

    def training_targets(self) -> Mapping[str, Interaction]:
        """Of the training half alone: the rows of all others are passed over."""
        columns = self._columns()
        marks = read_marks(self._folder / USERS.format(domain=self.name))
        targets = {}
        rows = zip(_user_ids(columns), columns["asin"], columns["reviewText"], strict=True)
        for user_id, items, reviews in rows:
            if half(self.name, user_id) is Half.TRAIN and _parallel(items, reviews):
                item_id = str(items[-1])
                mark = marks.get(user_id, {}).get(item_id)
                targets[user_id] = _interaction(item_id, reviews[-1], mark)
        return targets

    def item_names(self) -> Mapping[str, str]:
        rows = _rows(self._mapping, self.quirks.repeated_items)
        return {row["asin"]: index for index, row in rows if row.get("asin")}

    @property
    def _mapping(self) -> Path:
        return _only(self._folder, MAPPING.format(domain="*"))

    def _columns(self) -> dict[str, list[Any]]:
        columns = read_columns(self._frame, _WANTED)
        missing = sorted(set(_NEEDED) - set(columns))
        if missing:
            raise MalformedData(f"{self._frame} lacks the columns {', '.join(missing)}")
        return columns


def needs(folder: Path) -> str:
    """What a folder of this form must hold, and where to get it."""
    frame, mapping, users = (name.format(domain="DOMAIN") for name in (FRAME, MAPPING, USERS))
    return (
        f"A folder in InstructRec form holds {frame} (people) and {mapping} (items); {users} "
        f"(ratings and times) may be there too. Looked in {folder}. {WHERE}."
    )


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        count = f"{len(found)} files" if found else "no file"
        raise FolderIncomplete(f"{count} {pattern} in {folder}. {needs(folder)}")
    return found[0]


def _user_ids(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """The people's ids; the number of the row where the release leaves them out."""
    if "reviewerID" in columns:
        return [str(user_id) for user_id in columns["reviewerID"]]
    return [str(row) for row in range(len(columns["asin"]))]


def _person(
    user_id: str, row: Mapping[str, Any], marks: Mapping[str, Mark], shared: dict[str, str]
) -> ReplayPerson | Broken:
    try:
        item_ids, reviews = _ids(row["asin"], shared), list(row["reviewText"])
        ranked, matched = _ids(row["ranked_lists"], shared), row.get("ranked_lists_matched")
        matched_ids = None if matched is None else _ids(matched, shared)
    except TypeError as error:
        return Broken(user_id, f"{user_id} has something else where a list should be: {error}")
    if not item_ids or len(reviews) != len(item_ids):
        return Broken(user_id, f"{user_id} has {len(item_ids)} items and {len(reviews)} reviews")
    target = item_ids[-1]
    return ReplayPerson(
        user_id=user_id,
        history=tuple(
            _interaction(item_id, review, marks.get(item_id))
            for item_id, review in zip(item_ids[:-1], reviews[:-1], strict=True)
            if item_id != target
        ),
        instruction=plain(row["instruction"]) or None,
        target=target,
        candidates=ranked,
        candidates_matched=matched_ids,
        taken=frozenset(item_ids),
    )


def _parallel(items: Any, reviews: Any) -> bool:
    """Whether a row makes a person; `people` says of others why not."""
    listed = not isinstance(items, str) and hasattr(items, "__len__")
    return listed and hasattr(reviews, "__len__") and 0 < len(items) == len(reviews)


def _ids(listed: Sequence[Any], shared: dict[str, str]) -> tuple[str, ...]:
    if isinstance(listed, str):
        raise TypeError(f"the text {listed[:40]!r}")
    return tuple(shared.setdefault(item_id, item_id) for item_id in map(str, listed))


def _interaction(item_id: str, review: object, mark: Mark | None) -> Interaction:
    return Interaction(
        item_id=item_id,
        rating=mark.rating if mark else None,
        review=plain(review),
        timestamp=mark.timestamp if mark else None,
    )


def _rows(path: Path, again: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a mapping by index, each index once; those that come `again` are named there."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    seen: set[str] = set()
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(line.replace("\0", "") for line in lines):
                index = row["index"]
                if index in seen:
                    again.add(index)
                else:
                    seen.add(index)
                    yield index, row
    except (KeyError, csv.Error, UnicodeDecodeError) as error:
        raise MalformedData(f"{path} is not a table with the column index: {error}") from error
    finally:
        csv.field_size_limit(before)


def _item(index: str, row: Mapping[str, str], shared: dict[str, str]) -> Item:
    description = described(plain(row.get("description")))
    return Item(
        item_id=index,
        title=plain(row.get("title")),
        description=description.text,
        categories=tuple(shared.setdefault(name, name) for name in description.categories),
        creators=tuple(shared.setdefault(name, name) for name in description.creators),
    )
