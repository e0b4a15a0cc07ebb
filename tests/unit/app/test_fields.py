"""What a JSON object of a request may hold."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from credence.app.api.fields import DEEPEST, JsonObject, PersonId, Whole

OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(JsonObject)
FEW: TypeAdapter[int] = TypeAdapter(Annotated[int, Whole(0, 100)])


def nested(depth: int, *, lists: bool = False) -> dict[str, Any]:
    """An object with this many objects or lists within one another."""
    value: Any = 1
    for _ in range(depth - 1):
        value = [value] if lists else {"a": value}
    return {"a": value}


@pytest.mark.parametrize("lists", [False, True])
def test_nesting_is_taken_up_to_the_limit_and_refused_beyond(lists: bool) -> None:
    fits = nested(DEEPEST, lists=lists)

    assert OBJECT.validate_python(fits) == fits
    for depth in (DEEPEST + 1, 260, 100_000):
        with pytest.raises(ValidationError) as refused:
            OBJECT.validate_python(nested(depth, lists=lists))
        assert refused.value.errors()[0]["type"] == "too_deep"
        assert str(DEEPEST) in refused.value.errors()[0]["ctx"]["fix"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"a": [1, {"b": "c\0"}]}, "nul"),
        ({"a": {"b\0": 1}}, "nul"),
        ({"a": [float("nan")]}, "unstorable"),
        ({"a": {"b": float("-inf")}}, "unstorable"),
        ({"a": "\ud800"}, "unstorable"),
        ({"a": "x" * 20_001}, "object_too_large"),
    ],
)
def test_what_postgres_cannot_hold_is_refused_at_any_depth(
    value: dict[str, Any], kind: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        OBJECT.validate_python(value)

    assert refused.value.errors()[0]["type"] == kind
    assert refused.value.errors()[0]["ctx"]["fix"]


def test_an_escaped_nul_that_is_mere_text_is_taken() -> None:
    assert OBJECT.validate_python({"a": "b\\u0000"}) == {"a": "b\\u0000"}


@pytest.mark.parametrize("user_id", ["bob/belief", "/", "a/"])
def test_a_person_has_no_slash_in_the_id(user_id: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PersonId).validate_python(user_id)


@pytest.mark.parametrize("written", ["10", "10.0", "1e1", "100e-1"])
def test_a_number_without_fraction_is_whole_however_it_is_written(written: str) -> None:
    taken = FEW.validate_python(json.loads(written))

    assert (taken, type(taken)) == (10, int)


@pytest.mark.parametrize(
    "given", [10.5, "10", "10.0", True, None, [10], 101.0, -1.0, 1e300, float("inf"), float("nan")]
)
def test_nothing_else_stands_for_a_whole_number(given: object) -> None:
    with pytest.raises(ValidationError):
        FEW.validate_python(given)


def test_a_whole_number_is_told_as_an_integer_with_its_bounds() -> None:
    assert FEW.json_schema() == {"type": "integer", "minimum": 0, "maximum": 100}
