"""Field types that requests share: what Postgres can hold, what somebody can be asked to read.

Patterns run inside pydantic's core, so they cost a batch of events next to nothing.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Annotated, Any, TypeAlias

from fastapi import Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import PydanticCustomError, core_schema

LONGEST_TEXT = 20_000  # characters
LONGEST_ID = 200  # characters
LARGEST_OBJECT = 20_000  # characters of JSON
DEEPEST = 32  # objects and lists within one another

NO_CONTROL = r"^[^\u0000-\u001f\u007f]+$"
NO_CONTROL_OR_SLASH = r"^[^\u0000-\u001f\u007f/]+$"
NO_NUL = r"^[^\u0000]*$"
# One part of an address that stays one: whatever follows a URL's rules drops . and .. on its way.
_PART = r"(?:[^\u0000-\u001f\u007f/.]|\.[^\u0000-\u001f\u007f/.]|\.\.[^\u0000-\u001f\u007f/])"
_PART += r"[^\u0000-\u001f\u007f/]*"
ONE_PART = rf"^{_PART}$"
PARTS = rf"^(?:{_PART})?(?:/(?:{_PART})?)*$"
_BELOW_AN_ITEM = "/neighbors"  # what is served there could not be told from an item of that id

# What a pattern means, for error messages: (what is wrong, what to do).
MEANINGS = {
    NO_CONTROL: (
        "holds control characters",
        f"send 1 to {LONGEST_ID} characters without control characters",
    ),
    NO_CONTROL_OR_SLASH: (
        "holds a slash or control characters",
        f"send 1 to {LONGEST_ID} characters without / and without control characters: a slash "
        "would read as a place below the user",
    ),
    ONE_PART: (
        "is . or .., or holds a slash or control characters",
        f"send 1 to {LONGEST_ID} characters without / and without control characters, and not . "
        "or ..: a slash would read as a place below the user, and dots as another place",
    ),
    PARTS: (
        "holds control characters, or has . or .. as a part between slashes",
        f"send 1 to {LONGEST_ID} characters without control characters, and no part . or ..: in "
        "an address they would read as another place",
    ),
    NO_NUL: ("holds a NUL character, which the database cannot keep", "remove the NUL characters"),
}

_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})  # kinds of characters without a form
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs without one


def _shows(character: str) -> bool:
    return character not in _FILLERS and unicodedata.category(character) not in _UNSEEN


def _visible(text: str) -> str:
    """Of anything else nobody could tell what it is, or that it is there."""
    if not any(map(_shows, text)):
        raise PydanticCustomError(
            "invisible",
            "shows nothing: there are only spaces in it, or characters without a form",
            {"fix": "send at least one character that can be seen"},
        )
    return text


Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=NO_CONTROL),
]
PersonId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=NO_CONTROL_OR_SLASH),
]
NewPersonId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=ONE_PART),
    AfterValidator(_visible),
]
Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=NO_NUL, strip_whitespace=True),
    AfterValidator(_visible),
]
LongText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=NO_NUL)]
Moment: TypeAlias = AwareDatetime
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)  # near year 1 a time zone leads out of the calendar
Finite = Annotated[float, Field(allow_inf_nan=False)]
# Of JSON, which tells numbers, true and text apart: in a body none stands for another.
Number = Annotated[Finite, Field(strict=True)]
Truth = Annotated[bool, Field(strict=True)]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of JSON from `low` to `high`, as an annotation of `int`.

    JSON has one type of numbers: 10, 10.0 and 1e1 are the same, and some clients write no 10. The
    bounds are told here: those of a Field around a validator are lost to OpenAPI.
    """

    low: int
    high: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        number = core_schema.int_schema(strict=True, ge=self.low, le=self.high)
        return core_schema.no_info_before_validator_function(_without_fraction, number)


def _without_fraction(given: object) -> object:
    return int(given) if isinstance(given, float) and given.is_integer() else given


def storable(value: dict[str, Any]) -> dict[str, Any]:
    """The object, if JSON in Postgres can hold it and every reader of it can go as deep."""
    if not value:
        return value
    _walked(value)  # first: it alone bears any depth
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except ValueError as error:
        raise _unstorable("a lone surrogate, or a number of thousands of digits") from error
    if len(written) > LARGEST_OBJECT:
        raise PydanticCustomError(
            "object_too_large",
            "is {size} characters of JSON, {limit} are allowed",
            {"size": len(written), "limit": LARGEST_OBJECT, "fix": "send less, or split it"},
        )
    return value


def _walked(value: dict[str, Any]) -> None:
    """Look at every value without recursion: none too deep, no NUL, only finite numbers."""
    waiting: list[tuple[object, int]] = [(value, 1)]
    while waiting:
        found, depth = waiting.pop()
        if isinstance(found, str):
            if "\0" in found:
                wrong, fix = MEANINGS[NO_NUL]
                raise PydanticCustomError("nul", wrong, {"fix": fix})
        elif isinstance(found, float):
            if not isfinite(found):
                raise _unstorable("not a number, or infinity")
        elif isinstance(found, (dict, list)):
            if depth > DEEPEST:
                raise PydanticCustomError(
                    "too_deep",
                    "is nested deeper than {limit} levels",
                    {"limit": DEEPEST, "fix": f"nest objects and lists at most {DEEPEST} deep"},
                )
            if isinstance(found, dict):
                waiting += [(name, depth) for name in found]
                found = list(found.values())
            waiting += [(inner, depth + 1) for inner in found]


def _unstorable(what: str) -> PydanticCustomError:
    return PydanticCustomError(
        "unstorable",
        "holds a value that JSON cannot carry: {what}",
        {"what": what, "fix": "send finite numbers and well-formed text"},
    )


def _recent_enough(moment: datetime) -> datetime:
    if moment < EARLIEST:
        raise PydanticCustomError(
            "too_early", "lies before 1900", {"fix": "send a time from 1900 on"}
        )
    return moment


def _in_iso(given: object) -> object:
    """Text that begins with a date: neither seconds since 1970, nor those in quotes."""
    if not isinstance(given, str) or given[4:5] != "-":
        raise PydanticCustomError(
            "no_iso_time",
            "is no time as ISO 8601 writes it",
            {"fix": "send date, time and UTC offset as text, for example 2026-05-01T12:00:00Z"},
        )
    return given


def _beside_routes(item_id: str) -> str:
    if item_id.endswith(_BELOW_AN_ITEM):
        raise PydanticCustomError(
            "names_a_route",
            "ends in {ending}, where something else of an item is served",
            {"ending": _BELOW_AN_ITEM, "fix": f"take an id that does not end in {_BELOW_AN_ITEM}"},
        )
    return item_id


NewItemId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=PARTS),
    AfterValidator(_visible),
    AfterValidator(_beside_routes),
]
PastMoment = Annotated[AwareDatetime, AfterValidator(_recent_enough)]
WrittenMoment = Annotated[PastMoment, BeforeValidator(_in_iso)]  # of a body
USUAL_PAST = timedelta(days=30)  # that sums over the past go back, unless told otherwise
Since = Annotated[PastMoment | None, Query(description="with UTC offset; none: the last 30 days")]
JsonObject = Annotated[dict[str, Any], AfterValidator(storable)]
