"""Forms as JSON schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, Field

from credence.app.adapters.llm.schema import schema_name, strict_schema, told_schema
from credence.planner.llm.answers import (
    ExtractorAnswer,
    PlannerAnswer,
    RankerAnswer,
    SynthesizerAnswer,
)

FORMS = [PlannerAnswer, ExtractorAnswer, SynthesizerAnswer, RankerAnswer]
KNOWN = {
    "type",
    "enum",
    "$ref",
    "$defs",
    "anyOf",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "description",
}


def _schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    inner = [*schema.get("anyOf", [])] + ([schema["items"]] if "items" in schema else [])
    for key in ("properties", "$defs"):
        inner += schema.get(key, {}).values()
    for one in inner:
        yield from _schemas(one)


@pytest.mark.parametrize("form", FORMS)
def test_every_object_is_closed_and_complete(form: type[BaseModel]) -> None:
    for schema in _schemas(strict_schema(form)):
        assert set(schema) <= KNOWN
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
        if "$ref" in schema:
            assert set(schema) == {"$ref"}


def test_limits_are_told_in_words() -> None:
    steps = strict_schema(PlannerAnswer)["properties"]["steps"]
    assert steps["description"] == "(maxItems 12)"


def test_what_may_be_null_is_so_by_any_of() -> None:
    chunk = strict_schema(ExtractorAnswer)["$defs"]["Proposal"]["properties"]["chunk"]
    assert [one["type"] for one in chunk["anyOf"]] == ["string", "null"]
    assert chunk["description"].startswith("the known chunk")


class Odd(BaseModel):
    title: str = "none"
    default: int | None = Field(default=None, description="a field named as a keyword")
    leaf: Leaf = Field(description="a reference with words beside it")


class Leaf(BaseModel):
    format: str


def test_fields_named_as_keywords_are_fields() -> None:
    schema = strict_schema(Odd)
    assert schema["required"] == ["title", "default", "leaf"]
    assert schema["properties"]["leaf"]["anyOf"] == [{"$ref": "#/$defs/Leaf"}]
    assert list(json.loads(told_schema(Odd))["properties"]) == ["title", "default", "leaf"]
    assert "format" in schema["$defs"]["Leaf"]["properties"]


class Open(BaseModel):
    scores: dict[str, float]


def test_an_open_mapping_is_refused() -> None:
    with pytest.raises(ValueError, match="open mappings"):
        strict_schema(Open)


def test_the_told_schema_keeps_limits_and_drops_titles() -> None:
    told = told_schema(PlannerAnswer)
    assert '"maxItems": 12' in told
    assert '"title"' not in told


def test_a_name_is_one_that_servers_take() -> None:
    made = type("Näme[int]", (BaseModel,), {})
    assert schema_name(made) == "N_me_int_"
