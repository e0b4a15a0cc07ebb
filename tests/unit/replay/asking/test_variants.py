from __future__ import annotations

import pytest

from credence.planner.llm.asking import Role
from credence.replay.believing.variant import UnknownVariant, variant
from credence.replay.runner.run import UnknownSystem, known


def test_a_language_model_takes_the_seats_that_a_name_gives_it() -> None:
    assert variant("credence").roles == frozenset()
    assert variant("credence:llm-policy").roles == {Role.PLANNER}
    assert variant("credence:semantic:llm-ranker").roles == {Role.RANKER}
    assert variant("credence:llm").roles == set(Role)
    assert variant("credence:llm-policy:llm-ranker").roles == {Role.PLANNER, Role.RANKER}


def test_a_policy_that_is_named_keeps_the_planners_seat() -> None:
    chosen = variant("credence:fixed-5:llm")

    assert (chosen.policy, chosen.look_every(3)) == ("fixed-5", 5)
    assert chosen.roles == set(Role) - {Role.PLANNER}


def test_models_of_the_process_have_the_last_word_and_leave_servers_the_other_seats() -> None:
    both = variant("credence:causal:llm:no-events")

    assert (variant("credence").causal, variant("credence:llm").causal) == (False, False)
    assert variant("credence:causal").roles == frozenset()
    assert both.roles == set(Role) - {Role.RANKER}
    assert both.causal
    assert both.hidden == {"events"}
    assert variant("credence:causal").memory == variant("credence").memory


@pytest.mark.parametrize(
    "name",
    [
        "credence:never:llm-policy",
        "credence:llm:llm-ranker",
        "credence:llm:llm",
        "credence:causal:llm-ranker",
        "credence:causal:causal",
    ],
)
def test_seats_given_twice_are_refused(name: str) -> None:
    with pytest.raises(UnknownVariant, match="twice"):
        variant(name)


def test_a_model_that_only_ranks_needs_no_memory_of_its_own() -> None:
    assert variant("credence:llm-ranker").memory == variant("credence").memory
    named = ("credence", "credence:llm-policy", "credence:llm", "credence:fixed-3:llm")
    assert len({variant(name).memory for name in named}) == 4


def test_systems_that_ask_models_are_known_and_named_where_one_is_not() -> None:
    known(["vanilla", "iagent", "i2agent", "flat", "vanilla-causal", "credence:llm"])

    with pytest.raises(UnknownSystem, match=r"i2agent.*llm-policy"):
        known(["agent"])
