"""Lists that Credence makes itself, as scores."""

from __future__ import annotations

from credence.memory.model import Belief, Item
from credence.planner.counter import Ranked, Recommendation, Taste
from credence.replay.believing.system import in_order


def a_list(**scores: float) -> Recommendation:
    return Recommendation(
        impression_id="1",
        items=tuple(Ranked(Item(item_id=i, title=i), score, ()) for i, score in scores.items()),
        flags=(),
        ranker="any",
        revision=None,
        pool=len(scores),
        taste=Taste(belief=Belief(), vectors={}, recent=()),
    )


def test_a_list_by_its_scores_keeps_them() -> None:
    assert in_order(a_list(b=-0.5, a=-0.5, c=-2.0)) == {"b": -0.5, "a": -0.5, "c": -2.0}
    assert in_order(a_list()) == {}


def test_a_list_in_another_order_counts_by_its_places() -> None:
    """As where a model has the last word, or variety is minded."""
    assert in_order(a_list(b=-2.0, a=-0.5, c=-3.0)) == {"b": 0.0, "a": -1.0, "c": -2.0}
