"""Vectors to and from Postgres: half precision at rest, float32 in use."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from pgvector import HalfVector
from sqlalchemy import ColumnElement, LargeBinary, func

from credence.memory.model import Vector


@cache
def _spelled() -> tuple[str, ...]:
    """Every number of half precision, by its bits."""
    numbers = np.arange(2**16, dtype="<u2").view("<f2").astype(np.float64)
    return tuple(f"{number:.6g}" for number in numbers.tolist())


_HEADER = 4  # bytes before the components: dimension and a reserved field, 16 bits each


class _Spelled(HalfVector):
    """A vector whose text is looked up number by number.

    There are but 65,536 numbers of half precision; spelling each anew took ten times as long.
    """

    def to_text(self) -> str:
        spelled = _spelled()
        codes = self.to_numpy().view(np.uint16).tolist()
        return f"[{','.join([spelled[code] for code in codes])}]"


def to_bind(vector: Vector) -> HalfVector:
    """A vector as a bound value of a halfvec column."""
    return _Spelled(vector)


def as_bytes(column: ColumnElement[Any]) -> ColumnElement[bytes]:
    """A halfvec column in its binary form, ten times quicker to read than its text."""
    return func.halfvec_send(column, type_=LargeBinary)


def from_bytes(data: bytes) -> Vector:
    """The binary form back as (D,) float32."""
    return np.frombuffer(data, dtype=">f2", offset=_HEADER).astype(np.float32)
