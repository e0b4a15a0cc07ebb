"""A form as a JSON schema: strict for servers that enforce it, whole for models that read it."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

# Limits that strict mode knows nothing of; they are told in words, and checked on arrival.
_TOLD = (
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
)


@cache
def strict_schema(form: type[BaseModel]) -> Schema:
    """The schema in the dialect of OpenAI's strict mode.

    Every object is closed and all its fields are required, and only the keywords of that dialect
    are used. Raises ValueError for an open mapping, which it can not express.
    """
    whole = form.model_json_schema()
    strict = _strict(whole)
    if "$defs" in whole:
        strict["$defs"] = {name: _strict(one) for name, one in whole["$defs"].items()}
    return strict


@cache
def told_schema(form: type[BaseModel]) -> str:
    """The schema as a line of a prompt, limits included."""
    return json.dumps(_untitled(form.model_json_schema()), ensure_ascii=False)


@cache
def schema_name(form: type[BaseModel]) -> str:
    """A name that servers take."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", form.__name__)[:64]


def _strict(schema: Schema) -> Schema:
    out: Schema = {key: schema[key] for key in ("type", "enum", "$ref") if key in schema}
    if "const" in schema:
        out["enum"] = [schema["const"]]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            out["anyOf"] = [_strict(one) for one in schema[key]]
    if isinstance(schema.get("items"), dict):
        out["items"] = _strict(schema["items"])
    if schema.get("type") == "object":
        if isinstance(schema.get("additionalProperties"), dict):
            raise ValueError("strict mode has no open mappings")
        fields: Schema = schema.get("properties", {})
        out["properties"] = {name: _strict(field) for name, field in fields.items()}
        out["required"] = list(fields)
        out["additionalProperties"] = False
    said = _said(schema)
    if said and "$ref" in out:
        out = {"anyOf": [out]}  # a reference stands alone
    return out | ({"description": said} if said else {})


def _said(schema: Schema) -> str:
    told = ", ".join(f"{key} {schema[key]}" for key in _TOLD if key in schema)
    parts = [schema.get("description", ""), f"({told})" if told else ""]
    return " ".join(part for part in parts if part)


def _untitled(schema: Schema) -> Schema:
    """Without the titles that repeat every name."""
    out = {key: value for key, value in schema.items() if key != "title"}
    for key in ("properties", "$defs"):
        if key in out:
            out[key] = {name: _untitled(one) for name, one in out[key].items()}
    for key in ("anyOf", "oneOf"):
        if key in out:
            out[key] = [_untitled(one) for one in out[key]]
    if isinstance(out.get("items"), dict):
        out["items"] = _untitled(out["items"])
    return out
