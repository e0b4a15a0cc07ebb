from __future__ import annotations

import pytest

from credence.memory.model import Operation
from credence.replay.believing.variant import UnknownVariant, Variant, variant


def test_a_name_says_policy_ranker_and_what_is_left_out_in_any_order() -> None:
    assert variant("credence") == Variant()
    assert variant("credence:semantic:fixed-5") == Variant(policy="fixed-5", ranker="semantic")
    assert variant("credence:no-others:never:no-weakening") == Variant(
        policy="never", skipped=frozenset({Operation.WEAKENING}), hidden=frozenset({"others"})
    )
    for ranker in ("routed-expert-books", "routed-alpha-0.25", "semantic-same-domains"):
        assert variant(f"credence:{ranker}:no-others-words") == Variant(
            ranker=ranker, hidden=frozenset({"others-words"})
        )


def test_what_finds_its_candidates_itself_shares_a_memory_with_what_does_not() -> None:
    assert variant("credence:found:semantic") == Variant(ranker="semantic", found=True)
    assert variant("credence:causal:found") == Variant(causal=True, found=True)
    assert variant("credence:found").memory == variant("credence").memory


@pytest.mark.parametrize("part", ["no-events", "no-others", "no-others-order", "no-instruction"])
def test_what_finds_its_candidates_is_shown_all_that_it_searches_by(part: str) -> None:
    with pytest.raises(UnknownVariant, match="what its ranker is not shown"):
        variant(f"credence:found:{part}")
    assert variant("credence:found:no-forgetting").found


@pytest.mark.parametrize(
    "name",
    [
        "credence:",
        "credence:found:found",
        "credence:fixed-0",
        "credence:never:fixed-3",
        "credence:semantic:semantic",
        "credence:semantic:routed-average",
        "credence:routed-",
        "credence:semantic-other-domains",
        "credence:no-",
        "credence:no-profile-at-all",
        "credences",
        "other:never",
    ],
)
def test_a_name_that_says_something_unknown_or_twice_is_refused(name: str) -> None:
    with pytest.raises(UnknownVariant, match="no-X"):
        variant(name)


def test_what_is_hidden_from_the_ranker_needs_no_memory_of_its_own() -> None:
    shared = {variant(name).memory for name in ("credence", "credence:semantic:no-events")}
    others = {variant(f"credence:{part}").memory for part in ("never", "fixed-3", "no-extraction")}

    assert len(shared) == 1
    assert len(others | shared) == 4


def test_the_planner_looks_as_often_as_its_policy_needs() -> None:
    for name in ("credence", "credence:never"):
        assert [variant(name).look_every(after) for after in (1, 3)] == [1, 3]
    assert variant("credence:fixed-10").look_every(3) == 10
