"""What queries that sum up by groupings have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column

from credence.memory.errors import Invalid


def utc_day(moment: ColumnElement[Any]) -> ColumnElement[str]:
    """The day of a moment in UTC, as YYYY-MM-DD whatever the database's style of dates.

    Nothing of it is bound: grouped by, it must read the same twice.
    """
    in_utc = func.timezone(literal_column("'UTC'"), moment)
    day: ColumnElement[str] = func.to_char(in_utc, literal_column("'YYYY-MM-DD'"))
    return day


def refuse_twice(by: Sequence[str]) -> None:
    """Raises Invalid where a grouping is named twice."""
    if len(set(by)) < len(by):
        raise Invalid(
            "a grouping is named twice", field="by", fix="name every grouping at most once"
        )
