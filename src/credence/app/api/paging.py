"""Cursor paging: an opaque cursor says where the next page starts, and nothing is counted."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any

from fastapi import Query
from pydantic import TypeAdapter, ValidationError

from credence.app.api.fields import Id
from credence.memory.errors import Invalid

_ID: TypeAdapter[str] = TypeAdapter(Id)
Limit = Annotated[int, Query(ge=1, le=200, description="rows on a page")]
Cursor = Annotated[
    str | None,
    Query(max_length=2_000, description="`next_cursor` of the page before; none for the first"),
]


def cursor_at(place: str | int | list[Any] | None) -> str | None:
    """A cursor for a place; None when the last page was reached."""
    if place is None:
        return None
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def text_place(cursor: str | None) -> str | None:
    """The id that a cursor stands for. Raises Invalid."""
    place = place_in(cursor)
    if place is None:
        return None
    try:
        return _ID.validate_python(place)  # whatever may be an id may be a place
    except ValidationError as error:
        raise _unreadable() from error


def number_place(cursor: str | None) -> int | None:
    """The number that a cursor stands for. Raises Invalid."""
    place = place_in(cursor)
    if place is None:
        return None
    if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < 2**63:
        return place
    raise _unreadable()


def place_in(cursor: str | None) -> Any:
    """Whatever JSON a cursor holds, which came from outside; None only where there is no cursor.

    Raises Invalid.
    """
    if cursor is None:
        return None
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        place = json.loads(urlsafe_b64decode(padded))
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if place is None:
        raise _unreadable()
    return place


def _unreadable() -> Invalid:
    return Invalid(
        "the cursor cannot be read",
        field="cursor",
        fix="send the next_cursor of an earlier page as it came, or none for the first page",
    )
