"""A trace is kept of the items shown, in plain numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from credence.planner.ranking.case import Trace
from credence.planner.ranking.traced import routing_of

TRACE = Trace(
    model="1-95ff8b2d",
    data="0d6b1c3a",
    expert="books",
    weights={"generalist": 0.25, "books": 0.75},
    expert_scores=np.array([-1.0, -2.0, -3.0], dtype=np.float32),
    complement_scores=np.array([-4.0, -5.0, -6.0]),
    complement_share=0.5,
    alpha=None,
)


def test_scores_follow_the_order_shown_and_leave_the_rest_out() -> None:
    routing = routing_of(TRACE, np.array([2, 0]))

    assert routing is not None
    assert routing.expert_scores == (-3.0, -1.0)
    assert routing.complement_scores == (-6.0, -4.0)
    assert (routing.expert, routing.weights) == (TRACE.expert, TRACE.weights)
    assert (routing.model, routing.data, routing.heeded) == (TRACE.model, TRACE.data, None)
    assert all(type(score) is float for score in routing.expert_scores)


def test_what_was_heeded_is_that_of_the_items_shown() -> None:
    heeded = replace(TRACE, heeded=np.array([0.5, 0.0, -0.25]))

    routing = routing_of(heeded, np.array([2, 0]))

    assert routing is not None
    assert routing.heeded == (-0.25, 0.5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"alpha": float("nan")},
        {"complement_share": float("inf")},
        {"weights": {"books": float("nan")}},
        {"expert_scores": np.array([-np.inf, 0.0, 0.0])},
        {"heeded": np.array([np.nan, 0.0, 0.0])},
    ],
    ids=str,
)
def test_what_json_has_no_number_for_is_not_kept(wrong: dict[str, Any]) -> None:
    assert routing_of(replace(TRACE, **wrong), np.array([0, 1])) is None
    assert routing_of(replace(TRACE, alpha=0.0), np.array([], dtype=np.intp)) is not None
