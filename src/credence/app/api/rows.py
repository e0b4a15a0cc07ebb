"""Batches whose rows are judged one by one: a bad row is refused, the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError

from credence.app.api.problems import FieldError, field_errors

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """A row of a batch as it was understood, or what is wrong with it."""

    index: int
    value: T | None
    errors: tuple[FieldError, ...] = ()


class Batches(Generic[T]):
    """Reads request bodies of the form {field: [row, ...]}."""

    def __init__(self, row: type[T], *, field: str, most: int) -> None:
        self._row = TypeAdapter(row)
        self._rows = TypeAdapter(list[row])  # type: ignore[valid-type]
        self._field = field
        self._most = most

    def read(self, body: object) -> list[Row[T]]:
        """One entry a row. Raises RequestValidationError when there are no rows to speak of."""
        rows = body.get(self._field) if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise _invalid((self._field,), "missing", f"a list named `{self._field}` is needed")
        unknown = sorted(body.keys() - {self._field}) if isinstance(body, dict) else []
        if unknown:
            raise _invalid((unknown[0],), "extra_forbidden", "is not a field of a batch")
        if not 1 <= len(rows) <= self._most:
            raise _invalid(
                (self._field,),
                "batch_size",
                f"{len(rows)} rows were sent",
                fix=f"send 1 to {self._most} rows at a time",
            )
        try:
            values = self._rows.validate_python(rows)
        except ValidationError:
            return [self._one(index, row) for index, row in enumerate(rows)]
        return [Row(index, value) for index, value in enumerate(values)]

    def one(self, body: object) -> T:
        """A single row. Raises RequestValidationError."""
        try:
            return self._row.validate_python(body)
        except ValidationError as error:
            raise RequestValidationError(_placed("body", error)) from error

    def _one(self, index: int, row: Any) -> Row[T]:
        try:
            return Row(index, self._row.validate_python(row))
        except ValidationError as error:
            return Row(index, None, tuple(field_errors(_placed("row", error))))


def _placed(place: str, error: ValidationError) -> Sequence[Any]:
    """What is wrong, each said to be in the place: a field's own name may be that of a place."""
    return [
        {**found, "loc": (place, *found["loc"])}
        for found in error.errors(include_url=False, include_input=False)
    ]


def _invalid(
    where: tuple[str, ...], kind: str, message: str, *, fix: str | None = None
) -> RequestValidationError:
    context = {"fix": fix} if fix else {}
    return RequestValidationError(
        [{"loc": ("body", *where), "type": kind, "msg": message, "ctx": context}]
    )
