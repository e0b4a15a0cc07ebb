"""Examples of request and response bodies, as OpenAPI shows them."""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import ConfigDict

Example: TypeAlias = dict[str, Any]


def shown_as(example: Example) -> ConfigDict:
    """Configuration of a response model with this example."""
    return ConfigDict(json_schema_extra={"examples": [example]})


def asked_as(example: Example) -> ConfigDict:
    """Configuration of a request model with this example; unknown fields are refused."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})
