"""A setting that is refused once all of them are known, at a field of its own."""

from __future__ import annotations

from typing import Any

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError


def refused(name: str, message: Any, **parts: str) -> ValidationError:
    """An error at the field `name`; {parts} fill the message. It shows no value."""
    fault = PydanticCustomError("setting", message, parts)
    return ValidationError.from_exception_data(
        "Settings", [InitErrorDetails(type=fault, loc=(name,), input=None)]
    )
