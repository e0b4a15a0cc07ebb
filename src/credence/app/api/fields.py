"""Field types that requests share: what Postgres can hold, what somebody can be asked to read.

Patterns run inside pydantic's core, so they cost a batch of events next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints
from pydantic_core import PydanticCustomError

LONGEST_TEXT = 20_000  # characters
LONGEST_ID = 200  # characters
LARGEST_OBJECT = 20_000  # characters of JSON

NO_CONTROL = r"^[^\u0000-\u001f\u007f]+$"
NO_NUL = r"^[^\u0000]*$"

# What a pattern means, for error messages: (what is wrong, what to do).
MEANINGS = {
    NO_CONTROL: (
        "holds control characters",
        f"send 1 to {LONGEST_ID} characters without control characters",
    ),
    NO_NUL: ("holds a NUL character, which the database cannot keep", "remove the NUL characters"),
}

Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=NO_CONTROL),
]
Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=NO_NUL, strip_whitespace=True),
]
LongText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=NO_NUL)]
Moment: TypeAlias = AwareDatetime
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)  # near year 1 a time zone leads out of the calendar
Finite = Annotated[float, Field(allow_inf_nan=False)]


def storable(value: dict[str, Any]) -> dict[str, Any]:
    """The object, if JSON in Postgres can hold it."""
    if not value:
        return value
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (ValueError, RecursionError) as error:
        raise PydanticCustomError(
            "unstorable",
            "holds a value that JSON cannot carry: not a number, infinity, a lone surrogate, or "
            "too deep nesting",
            {"fix": "send finite numbers and well-formed text"},
        ) from error
    if len(written) > LARGEST_OBJECT:
        raise PydanticCustomError(
            "object_too_large",
            "is {size} characters of JSON, {limit} are allowed",
            {"size": len(written), "limit": LARGEST_OBJECT, "fix": "send less, or split it"},
        )
    if "\\u0000" in written and _has_nul(value):
        wrong, fix = MEANINGS[NO_NUL]
        raise PydanticCustomError("nul", wrong, {"fix": fix})
    return value


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_has_nul(key) or _has_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(_has_nul(inner) for inner in value)


def _recent_enough(moment: datetime) -> datetime:
    if moment < EARLIEST:
        raise PydanticCustomError(
            "too_early", "lies before 1900", {"fix": "send a time from 1900 on"}
        )
    return moment


PastMoment = Annotated[AwareDatetime, AfterValidator(_recent_enough)]
JsonObject = Annotated[dict[str, Any], AfterValidator(storable)]
