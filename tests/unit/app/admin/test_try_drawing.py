"""The drawing between two orders: a line an item, over the edge for who comes and goes."""

from __future__ import annotations

from credence.app.admin.trying.slopes import slopes
from credence.planner.two_orders import two_orders


def test_every_item_of_either_list_has_one_line() -> None:
    drawn = slopes(two_orders("abcde", "eabcd", k=3))

    assert drawn.count("<line ") == 4  # a, b, c and e; d is in neither list
    assert 'class="down" x1="0" x2="100" y1="5" y2="15"' in drawn  # a: 1 to 2
    assert 'class="down edge" x1="0" x2="100" y1="25" y2="35"' in drawn  # c: over the edge
    assert 'class="up edge" x1="0" x2="100" y1="35" y2="5"' in drawn  # e: from over the edge


def test_what_stays_is_drawn_level() -> None:
    drawn = slopes(two_orders("ab", "ab", k=2))

    assert drawn.count('class="same"') == 2
    assert "up" not in drawn


def test_no_items_make_no_lines() -> None:
    drawn = slopes(two_orders("", "", k=3))

    assert drawn.count("<line") == 0
    assert 'viewBox="0 0 100 10"' in drawn
    assert 'aria-hidden="true"' in drawn
    assert "style" not in drawn
