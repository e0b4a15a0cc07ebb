"""What came of a try, in a sentence: who moved, who came in from nowhere, and who is gone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from credence.app.admin.trying.summary import outcome
from credence.planner.two_orders import two_orders


def _trial(before: str, after: str, *, k: int) -> Any:
    def made(ids: str) -> Any:
        items = [SimpleNamespace(item=SimpleNamespace(item_id=i, title=i.upper())) for i in ids]
        return SimpleNamespace(items=items, pool=len(ids))

    return SimpleNamespace(
        orders=two_orders(before, after, k=k),
        original=made(before),
        altered=made(after),
        wanted=SimpleNamespace(candidates=None),
    )


def test_items_that_were_no_candidate_on_one_side_are_named() -> None:
    found = outcome(_trial("abcd", "xbdc", k=3))

    assert found is not None
    assert [(one.title, one.words) for one in found.movers] == [
        ("D", "rose from 4 to 3"),
        ("C", "fell out of the list from 3 to 4"),
        ("X", "came in at 1, no candidate before"),
        ("A", "was at 1, no candidate any more"),
    ]
    assert "1 came in and 1 went" in found.pool
