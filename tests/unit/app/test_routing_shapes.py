"""A route as clients see it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credence.app.api.impression_shapes import ImpressionOut
from credence.app.api.routing_shapes import RoutingOut
from credence.memory.model import Impression, Routing
from tests.fakes import NOW

ROUTING = Routing(
    expert="books",
    weights={"films": 0.125, "art": 0.125, "books": 0.75},
    expert_scores=(-1.0, -2.0),
    complement_scores=(-3.0, -4.0),
    complement_share=0.5,
    alpha=0.25,
)


def test_each_item_has_its_parts_and_weights_come_largest_first() -> None:
    shown = RoutingOut.of(ROUTING, ["dune", "emma"])

    assert list(shown.weights) == ["books", "art", "films"]
    assert [part.model_dump() for part in shown.items] == [
        {"item_id": "dune", "expert_score": -1.0, "complement_score": -3.0, "heeded": None},
        {"item_id": "emma", "expert_score": -2.0, "complement_score": -4.0, "heeded": None},
    ]
    assert (shown.model, shown.data) == (None, None)  # of a list older than these
    assert (shown.alpha, shown.complement_share) == (0.25, 0.5)


def test_what_was_heeded_and_by_which_model_is_told() -> None:
    told = replace(ROUTING, model="1-95ff8b2d", data="0d6b1c3a", heeded=(0.5, -0.5))

    shown = RoutingOut.of(told, ["dune", "emma"])

    assert (shown.model, shown.data) == ("1-95ff8b2d", "0d6b1c3a")
    assert [part.heeded for part in shown.items] == [0.5, -0.5]


def test_a_route_of_other_items_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        RoutingOut.of(ROUTING, ["dune"])


def test_an_impression_ranks_its_items_and_knows_no_title_of_those_gone() -> None:
    impression = Impression(
        impression_id="one",
        user_id=None,
        shown_at=NOW,
        revision=None,
        ranker="routed-1",
        instruction="",
        session_items=("it",),
        flags=("degraded",),
        item_ids=("dune", "emma"),
        scores=(-0.5, -1.5),
        routing=ROUTING,
    )

    shown = ImpressionOut.of(impression, {}, encoder="toy")

    assert [(one.item_id, one.title, one.rank) for one in shown.items] == [
        ("dune", None, 1),
        ("emma", None, 2),
    ]
    assert shown.routing is not None
    assert ImpressionOut.of(replace(impression, routing=None), {}, encoder="toy").routing is None
