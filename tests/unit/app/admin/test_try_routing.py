"""A routing trace as pages tell it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credence.app.admin.trying.reading import route
from credence.memory.model import Routing

ROUTING = Routing(
    expert="books",
    weights={"films": 0.2, "books": 0.8},
    expert_scores=(-1.0, -2.0, -3.0),
    complement_scores=(-1.5, -2.5, -3.5),
    complement_share=0.4,
    alpha=None,
    model="2-ae14a733",
)
ITEMS = [("Emma", -0.5), ("Dune", -1.5)]


@pytest.mark.parametrize(
    ("model", "ranker", "sums"),
    [
        ("2-ae14a733", "routed-2-ae14a733", True),
        ("2-ae14a733", "tiny-labels-1 over routed-2-ae14a733", True),
        ("tiny-labels-1", "tiny-labels-1 over routed-2-ae14a733", False),
        (None, "routed-1", True),  # an old list
    ],
)
def test_scores_are_no_sum_of_what_language_models_gave(
    model: str | None, ranker: str, sums: bool
) -> None:
    assert route(replace(ROUTING, model=model), ITEMS, ranker=ranker).sums == sums


def test_what_was_heeded_stands_by_its_item_and_only_where_something_was() -> None:
    heeding = replace(ROUTING, heeded=(0.25, -0.5, 0.75))

    told = route(heeding, ITEMS, ranker="routed-1")
    without = route(ROUTING, ITEMS, ranker="routed-1")

    assert [(part.title, part.heeded, part.score) for part in told.parts] == [
        ("Emma", 0.25, -0.5),
        ("Dune", -0.5, -1.5),
    ]
    assert told.heeds
    assert not without.heeds
    assert len(without.parts) == 2
