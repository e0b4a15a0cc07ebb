from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from credence.memory.model import Belief, Operation, Profile
from credence.planner.policies.adaptive import AdaptivePolicy
from credence.planner.policies.plain import LIFECYCLE, FixedIntervalPolicy, NeverPolicy
from credence.planner.state import Plan, Reading, Signals, Situation, Snapshot
from tests.fakes import NOW
from tests.unit.planner.test_matching import a_chunk

QUIET = Signals(
    pending=0,
    information=0.0,
    novel=0,
    agreeing=0,
    contradicting=0,
    active=5,
    redundant=0,
    forgettable=0,
    since_profile=0,
    unsupported=0,
    has_profile=True,
    forced=False,
)


def situation(**signals: object) -> Situation:
    return Situation(
        snapshot=Snapshot(belief=Belief(), vectors={}, pending=(), last_seq=0, head_seq=0),
        reading=Reading(bearings=(), vectors={}, said={}),
        signals=replace(QUIET, **signals),  # type: ignore[arg-type]
        now=NOW,
    )


async def adaptive(**signals: object) -> Plan:
    return await AdaptivePolicy()(situation(**signals))


async def test_the_adaptive_policy_skips_when_nothing_happened() -> None:
    plan = await adaptive()

    assert plan.skips
    assert plan.reason == "nothing is pending and nothing needs upkeep"


async def test_faint_events_wait_until_somebody_asks_or_patience_ends() -> None:
    faint = {"pending": 3, "information": 0.1, "agreeing": 1}

    assert (await adaptive(**faint)).skips
    assert not (await adaptive(**faint, forced=True)).skips
    assert not (await adaptive(**{**faint, "pending": 10})).skips


async def test_a_profile_that_is_due_by_itself_is_written_though_nothing_is_pending() -> None:
    plan = await adaptive(has_profile=False)

    assert plan.operations == (Operation.RESYNTHESIS,)
    assert plan.reason == "there is enough for a first profile"


@pytest.mark.parametrize(
    ("signal", "operation"),
    [
        ({"novel": 2}, Operation.EXTRACTION),
        ({"agreeing": 2}, Operation.REINFORCEMENT),
        ({"contradicting": 2}, Operation.WEAKENING),
        ({"redundant": 1}, Operation.CONSOLIDATION),
        ({"forgettable": 1}, Operation.FORGETTING),
        ({"unsupported": 1}, Operation.RESYNTHESIS),
        ({"contradicting": 2}, Operation.RESYNTHESIS),
        ({"since_profile": 9}, Operation.RESYNTHESIS),
        ({"has_profile": False}, Operation.RESYNTHESIS),
    ],
)
async def test_each_signal_calls_for_its_operation_and_the_reason_says_so(
    signal: dict[str, object], operation: Operation
) -> None:
    usual = {"novel": 1} if "agreeing" in signal else {"agreeing": 1}
    with_it = await adaptive(pending=3, information=2.0, **(usual | signal))
    without = await adaptive(pending=3, information=2.0, **usual)

    assert operation in with_it.operations
    assert operation not in without.operations
    assert with_it.reason != without.reason


async def test_evidence_is_never_consumed_without_the_operation_that_counts_it() -> None:
    plan = await adaptive(pending=3, information=2.0, novel=1, agreeing=1, contradicting=1)

    assert set(LIFECYCLE[:3]) <= set(plan.operations)


async def test_fixed_interval_does_everything_every_k_events_and_never_does_nothing() -> None:
    fixed = FixedIntervalPolicy(5)

    assert (await fixed(situation(pending=4))).skips
    assert (await fixed(situation(pending=5))).operations == LIFECYCLE
    assert (await NeverPolicy()(situation(pending=50, novel=9, information=9.0))).skips
    assert fixed.name == "fixed-5"


def an_old_profile(days: float, *, topics: int = 1) -> Snapshot:
    """The snapshot of somebody whose profile was written so long ago."""
    chunks = tuple(a_chunk(number, f"topic {number}") for number in range(1, topics + 1))
    profile = Profile(version=1, watermark=0, sentences=(), written_at=NOW - timedelta(days=days))
    belief = Belief(chunks=chunks, profile=profile)
    return Snapshot(belief=belief, vectors={}, pending=(), last_seq=0, head_seq=0)


async def test_a_profile_is_due_half_a_half_life_after_it_was_written() -> None:
    policy = AdaptivePolicy(half_life=timedelta(days=100))

    young = await policy(replace(situation(), snapshot=an_old_profile(50)))
    old = await policy(replace(situation(), snapshot=an_old_profile(51)))
    of_nothing = await policy(replace(situation(), snapshot=an_old_profile(51, topics=0)))

    assert young.skips
    assert of_nothing.skips
    assert old.operations == (Operation.RESYNTHESIS,)
    assert old.reason == "the profile is 51 days old, and what it says fades"


async def test_plain_policies_do_not_look_at_the_age_of_a_profile() -> None:
    old = replace(situation(), snapshot=an_old_profile(5_000))

    assert (await FixedIntervalPolicy(5)(old)).skips
    assert (await NeverPolicy()(old)).skips


async def test_whoever_asks_has_the_profile_weighed_again() -> None:
    plan = await adaptive(forced=True)

    assert plan.operations == (Operation.RESYNTHESIS,)
    assert (await adaptive(forced=True, active=0)).skips


@pytest.mark.parametrize(
    ("due", "operation"),
    [
        ({"redundant": 1}, Operation.CONSOLIDATION),
        ({"forgettable": 1}, Operation.FORGETTING),
        ({"unsupported": 1}, Operation.RESYNTHESIS),
        ({"has_profile": False}, Operation.RESYNTHESIS),
    ],
)
async def test_upkeep_does_not_use_up_events_that_wait_for_more(
    due: dict[str, object], operation: Operation
) -> None:
    plan = await adaptive(pending=3, information=0.1, contradicting=2, novel=1, **due)

    assert plan.operations == (operation,)
    assert not plan.reads
    assert plan.reason.endswith(
        "; 3 events pending say little (information 0.10 of 0.3): waiting for more"
    )


async def test_events_that_wait_make_no_profile_old() -> None:
    faint = {"pending": 5, "information": 0.1, "agreeing": 1}

    assert (await adaptive(**faint, since_profile=13)).skips
    assert (await adaptive(**faint, since_profile=14)).operations == (Operation.RESYNTHESIS,)
