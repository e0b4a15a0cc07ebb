"""Examples of request and response bodies, as OpenAPI shows them."""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import ConfigDict

Example: TypeAlias = dict[str, Any]

_as_written: list[Example] = []


def shown_as(example: Example) -> ConfigDict:
    """Configuration of a response model with this example."""
    _as_written.append(example)
    return ConfigDict(json_schema_extra={"examples": [example]})


def asked_as(example: Example) -> ConfigDict:
    """Configuration of a request model with this example; unknown fields are refused."""
    _as_written.append(example)
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


def with_nulls(example: Example) -> Example:
    """The example as it was written: FastAPI's document loses every null on the way."""
    return next((e for e in _as_written if _without_nulls(e) == example), example)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
