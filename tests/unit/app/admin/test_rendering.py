"""Moments and figures in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from credence.app.admin.figures import nought, signed
from credence.app.admin.rendering import ago, minute

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=59.9), "just now"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(minutes=60), "1 h ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(hours=24), "1 d ago"),
        (timedelta(days=-2, minutes=-5), "in 2 d"),
        (timedelta(days=400), "Oct 2025"),
    ],
)
def test_units_are_whole_ones_that_have_passed(distance: timedelta, words: str) -> None:
    assert ago(NOW - distance, NOW) == words


def test_a_moment_is_told_in_utc_wherever_it_was_noted() -> None:
    there = datetime.fromisoformat("2026-03-01T01:30:59+02:00")

    assert minute(there) == "2026-02-28 23:30 UTC"


@pytest.mark.parametrize(
    ("value", "words", "is_nought"),
    [
        (0.004, "0.00", True),
        (-0.0049, "0.00", True),
        (-0.01, "−0.01", False),
        (0.5, "+0.50", False),
    ],
)
def test_what_reads_as_nought_has_no_sign(value: float, words: str, is_nought: bool) -> None:
    assert (signed(value), nought(value)) == (words, is_nought)
