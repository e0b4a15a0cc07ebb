"""What the tables of hostile lists say."""

from __future__ import annotations

from scripts.hostile.__main__ import within


def test_a_bound_of_one_is_one_place() -> None:
    assert [within(rise) for rise in (1, 2, 5)] == [
        "at most 1 place",
        "at most 2 places",
        "at most 5 places",
    ]
