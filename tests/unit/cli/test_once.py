"""Rows are known by what they say, whatever stands around them."""

from __future__ import annotations

from typing import Any

from credence.cli.once import keyed

A: dict[str, Any] = {"user_id": "ada", "action": "like", "item_id": "dune"}
B: dict[str, Any] = {"user_id": "bob", "action": "like", "item_id": "dune"}


def keys(*rows: dict[str, Any], **more: Any) -> list[str]:
    return [row["idempotency_key"] for row in keyed(rows, of="test", **more)]


def test_a_row_has_the_same_key_among_any_others() -> None:
    assert keys(A) == keys(B, A)[1:] == keys(A, B)[:1]


def test_rows_that_say_the_same_are_several() -> None:
    first, other, second = keys(A, B, A)

    assert len({first, other, second}) == 3
    assert keys(A, A) == [first, second]


def test_a_key_of_its_own_stays_and_none_at_all_is_none() -> None:
    own = {**A, "idempotency_key": "mine"}

    assert keys(own, A, {**A, "idempotency_key": None}) == ["mine", *keys(A, A)]
    assert "idempotency_key" not in A


def test_what_is_made_up_does_not_tell_rows_apart() -> None:
    early, late = ({**A, "occurred_at": f"2026-05-0{day}T12:00:00Z"} for day in (1, 2))

    assert keys(early, but_for={"occurred_at"}) == keys(late, but_for={"occurred_at"})
    assert keys(early) != keys(late)
