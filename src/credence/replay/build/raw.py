"""Raw interactions and items of files, read strictly: a bad row is named, never skipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from credence.memory.model import Action, Item
from credence.replay.build.rows import Row, read_rows
from credence.replay.loaders.descriptions import plain
from credence.replay.people import Interaction

_HIGHEST = 5.0
_MILLISECONDS = 1e11  # seconds up to the year 5138; more must be milliseconds
_DATED = {4: "", 6: "", 8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}  # by number of digits
_FIRST, _LAST = "1900", "2100"  # years that such dates begin with


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What a domain is made of."""

    whence: str  # for messages
    items: tuple[Item, ...]
    told: Mapping[str, Sequence[Interaction]]  # by person, oldest first


def read_files(interactions: Path, items: Path) -> Raw:
    """Both files. Raises MalformedData."""
    known = read_items(items)
    told = read_interactions(interactions, {item.item_id for item in known})
    return Raw(whence=str(interactions), items=known, told=told)


def read_items(path: Path) -> tuple[Item, ...]:
    """Items with `item`, `title` and perhaps `description`, `categories` and `creators`.

    The last two are lists, or texts with semicolons (without any: commas) between the names.
    Raises MalformedData.
    """
    items: dict[str, Item] = {}
    shared: dict[str, str] = {}
    for row in read_rows(path):
        item_id, title = row.key("item"), plain(row.fields.get("title"))
        if item_id in items:
            raise row.wrong("item", f"{item_id} stands there twice")
        if not title:
            raise row.wrong("title", "is missing; an item needs one to be recognised by")
        items[item_id] = Item(
            item_id=item_id,
            title=title,
            description=plain(row.fields.get("description")),
            categories=_names(row, "categories", shared),
            creators=_names(row, "creators", shared),
        )
    return tuple(items.values())


def read_interactions(path: Path, known: Collection[str]) -> Mapping[str, Sequence[Interaction]]:
    """Interactions by person, oldest first: `user`, `item` and perhaps `time`, `rating`, `review`,
    `action` and `instruction`.

    Either all rows have a time or none, and then they stand in order. `known` are the items there
    are. Raises MalformedData.
    """
    told: dict[str, list[Interaction]] = defaultdict(list)
    shared: dict[str, str] = {}
    timed: bool | None = None
    for row in read_rows(path):
        item_id = row.key("item")
        if item_id not in known:
            raise row.wrong("item", f"{item_id} is not among the items; add it or leave this out")
        moment = _time(row)
        if timed is not None and timed != (moment is not None):
            raise row.wrong("time", "is there in some rows only; write it in all of them or none")
        timed = moment is not None
        told[row.key("user")].append(
            Interaction(
                item_id=shared.setdefault(item_id, item_id),
                rating=_rating(row),
                review=plain(row.fields.get("review")),
                timestamp=moment,
                action=_action(row),
                instruction=plain(row.fields.get("instruction")) or None,
            )
        )
    for story in told.values():
        story.sort(key=lambda done: done.timestamp.timestamp() if done.timestamp else 0.0)
    return told


def _time(row: Row) -> datetime | None:
    """Seconds or milliseconds since 1970, ISO 8601, or the digits of a date alone; without a zone
    it is UTC.
    """
    value = row.fields.get("time")
    if value is None or isinstance(value, datetime):
        return _zoned(value) if value else None
    try:
        return _counted(float(str(value)))  # True is no number
    except _NoTime as error:
        raise row.wrong("time", f"is {value!r}; {error}") from error
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        return _zoned(datetime.fromisoformat(str(value)))
    except ValueError as error:
        says = f"is {value!r}; write seconds since 1970 or 2024-05-01T12:00:00Z"
        raise row.wrong("time", says) from error


class _NoTime(Exception):
    """A number that looks like a date and tells no day; says what to write."""


def _counted(count: float) -> datetime:
    """Since 1970, but for the digits of a date, as 20240501: seconds that look so are of the first
    months of 1970, and milliseconds of the 1970s or of a time to come. Raises _NoTime, and what
    numbers too large do.
    """
    digits = f"{count:.0f}"
    if count.is_integer() and len(digits) in _DATED and _FIRST <= digits[:4] <= _LAST:
        if not _DATED[len(digits)]:
            raise _NoTime("write the day too, as 2024-05-01, or leave out times of rows in order")
        try:
            return datetime.strptime(digits, _DATED[len(digits)]).replace(tzinfo=UTC)
        except ValueError as error:
            raise _NoTime("that is the form of a date, and there is no such day") from error
    return datetime.fromtimestamp(count / 1000 if abs(count) > _MILLISECONDS else count, UTC)


def _zoned(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _rating(row: Row) -> float | None:
    value: Any = row.fields.get("rating")
    if value is None:
        return None
    try:
        rating = float(value)
    except (TypeError, ValueError):
        rating = -1.0
    if isinstance(value, bool) or not 0.0 <= rating <= _HIGHEST:
        raise row.wrong("rating", f"is {value!r}; write a number from 0 to 5, or nothing")
    return rating


def _action(row: Row) -> Action | None:
    value = row.fields.get("action")
    if value is None:
        return None
    if value not in [*Action]:
        raise row.wrong("action", f"is {value!r}; write one of {', '.join(Action)}, or nothing")
    if value == Action.RATING and row.fields.get("rating") is None:
        raise row.wrong("rating", "is missing; the action rating needs one")
    return Action(value)


def _names(row: Row, field: str, shared: dict[str, str]) -> tuple[str, ...]:
    value = row.fields.get(field)
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(";" if ";" in value else ",")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise row.wrong(field, f"is {value!r}; write a list of texts, or names between semicolons")
    names = (plain(name) for name in value)
    return tuple(dict.fromkeys(shared.setdefault(name, name) for name in names if name))
