"""Two orders: what moved, what came in, what fell out, and where to."""

from __future__ import annotations

from credence.planner.two_orders import Move, two_orders


def test_the_same_order_changes_nothing() -> None:
    orders = two_orders("abcd", "abcd", k=3)

    assert orders.changed == 0
    assert (orders.came_in, orders.fell_out) == ((), ())
    assert (orders.highest_rise, orders.deepest_fall) == (None, None)
    assert (orders.new, orders.gone) == (0, 0)


def test_a_rise_into_the_list_pushes_another_out() -> None:
    orders = two_orders("abcde", "eabcd", k=3)

    assert orders.after == (Move("e", 5, 1), Move("a", 1, 2), Move("b", 2, 3))
    assert orders.came_in == (Move("e", 5, 1),)
    assert orders.fell_out == (Move("c", 3, 4),)
    assert orders.highest_rise == Move("e", 5, 1)
    assert orders.changed == 3


def test_candidates_of_one_order_alone_have_no_place_in_the_other() -> None:
    orders = two_orders("abc", "xab", k=2)

    assert orders.after[0] == Move("x", None, 1)
    assert orders.after[0].rise == 0
    assert orders.came_in == (Move("x", None, 1),)
    assert (orders.new, orders.gone) == (1, 1)


def test_a_shorter_list_counts_its_empty_places_as_changed() -> None:
    assert two_orders("abc", "ab", k=3).changed == 1
    assert two_orders("", "", k=3).changed == 0


def test_the_deepest_fall_may_lead_out_of_the_list() -> None:
    orders = two_orders("abcdef", "bcdefa", k=2)

    assert orders.deepest_fall == Move("a", 1, 6)
    assert orders.deepest_fall in orders.fell_out
