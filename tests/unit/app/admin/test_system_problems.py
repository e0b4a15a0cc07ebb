"""What the system page says is wrong, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from credence.app.admin.system.blocks import Block, block
from credence.app.admin.system.facts import (
    Health,
    Limit,
    ProcessFacts,
    QueueFacts,
    RankerFacts,
    RoleFacts,
    Spending,
    WordsFacts,
)
from credence.app.admin.system.problems import Facts, Problem, problems
from credence.app.examination import Finding
from credence.memory.database import PoolState
from credence.memory.database_figures import Connections
from credence.memory.llm_call import Total
from credence.memory.planner_queue import Failing, Waiting
from credence.memory.planner_run import PlannerRun
from credence.memory.runs import RunOf

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WITHIN = timedelta(minutes=10)
NOTHING = Total(
    group={}, calls=0, failed=0, tokens_in=0, tokens_cached=0, tokens_out=0, price=0.0, unpriced=0
)
IDLE = Waiting(people=0, due=0, lingering=0, leased=0, put_off=0, oldest=None, oldest_free=None)
QUEUE = QueueFacts(waiting=IDLE, failing=(), failed=0, latest=None, held=0, plans=True)
RANKER = RankerFacts(
    name="routed-1",
    how="in process",
    files="",
    stands_in=False,
    place=None,
    state=None,
    unused=False,
    own=None,
)
PROCESS = ProcessFacts(
    version="1",
    python="3.11",
    machine="Linux",
    started_at=NOW,
    pools=[("requests", PoolState(used=1, idle=9, most=20))],
    impressions_dropped=0,
    calls_dropped=0,
)
MODEL = RoleFacts(
    role="planner", model="large", place="llm:80", state="closed", key=True, priced=True
)


def _wrong(**given: Any) -> tuple[Problem, ...]:
    facts: dict[str, Any] = {
        "health": Block(Health(missing=None, findings=[Finding("database", "ok", "here")])),
        "ranker": Block(RANKER),
        "roles": [MODEL],
        "spending": Block(Spending(day=NOTHING, month=NOTHING, groups=(), limits=())),
        "queue": Block(QUEUE),
        "connections": Block(Connections(open=5, most=100)),
        "process": PROCESS,
        "others": (Block(1),),
    }
    return problems(Facts(**(facts | given)), now=NOW, check_within=WITHIN)


def test_where_all_is_well_nothing_is_said() -> None:
    assert _wrong() == ()


def test_what_does_not_work_comes_before_what_works_less_well() -> None:
    found = _wrong(
        ranker=Block(replace(RANKER, stands_in=True)),
        health=Block(
            Health(
                missing="the schema is old: run `credence db upgrade`",
                findings=[Finding("data folder", "problem", "0.1 GB free", "free some room")],
            )
        ),
    )

    assert [one.tone for one in found] == ["bad", "bad", "fair"]
    assert "credence db upgrade" in found[0].fix
    assert found[1].fix == "Free some room."


def _lying(waiting: Waiting, minutes: int) -> Waiting:
    since = NOW - timedelta(minutes=minutes)
    return replace(waiting, oldest=since, oldest_free=since)


def test_the_planner_is_behind_once_events_lie_for_three_times_as_long_as_they_may() -> None:
    waiting = _lying(replace(IDLE, people=1, lingering=1), 31)
    late = _wrong(queue=Block(replace(QUEUE, waiting=waiting, plans=False)))
    in_time = _wrong(queue=Block(replace(QUEUE, waiting=_lying(waiting, 29))))

    due = _lying(replace(waiting, due=1, lingering=0), 11)
    (_,) = _wrong(queue=Block(replace(QUEUE, waiting=due)))  # who is due is taken at once
    (behind,) = late
    assert "31 min ago" in behind.what
    assert "CREDENCE_WORKER=false" in behind.fix
    assert in_time == ()


def test_old_events_of_people_who_are_put_off_do_not_make_the_planner_late_for_others() -> None:
    put_off = replace(IDLE, people=2, put_off=1, oldest=NOW - timedelta(hours=5))
    fresh = replace(put_off, due=1, oldest_free=NOW - timedelta(minutes=1))

    assert _wrong(queue=Block(replace(QUEUE, waiting=put_off))) == ()
    assert _wrong(queue=Block(replace(QUEUE, waiting=fresh))) == ()


def test_the_planner_is_behind_where_people_are_due_for_what_came_late_and_nothing_runs() -> None:
    again = replace(IDLE, people=1, due=1)  # they have no event that lies unread
    idle = _wrong(queue=Block(replace(QUEUE, waiting=again, latest=None)))
    run = PlannerRun(
        run_id="1",
        started_at=NOW - timedelta(minutes=9),
        duration_ms=5.0,
        policy="adaptive",
        outcome="committed",
        operations=("extraction",),
        reason="three events",
        signals={},
        cost={},
        events_consumed=3,
        base_revision=0,
        revision=1,
    )
    busy = _wrong(queue=Block(replace(QUEUE, waiting=again, latest=RunOf("ada", run))))

    (behind,) = idle
    assert "1 person is due, and no run has begun lately" in behind.what
    assert busy == ()


def test_failures_lead_to_the_runs_and_to_the_people() -> None:
    (lately,) = _wrong(queue=Block(replace(QUEUE, failed=2)))
    (earlier,) = _wrong(
        queue=Block(replace(QUEUE, failing=(Failing(user_id="ada", failures=3, retry_at=None),)))
    )

    assert (lately.tone, lately.runs) == ("bad", True)
    assert (earlier.tone, earlier.people) == ("fair", True)


def test_open_circuits_and_limits_say_who_does_the_work() -> None:
    spent = Limit(what="US dollars", used="5.1", most="5", share=1.02)
    found = _wrong(
        roles=[replace(MODEL, state="open")],
        ranker=Block(replace(RANKER, state="open", place="rank:8900")),
        spending=Block(Spending(day=NOTHING, month=NOTHING, groups=(), limits=[spent])),
    )

    assert len(found) == 3
    assert "rank:8900" in found[0].what
    assert "built-in" in found[1].fix
    assert "spent: 5.1 of 5" in found[2].what


def test_full_pools_lost_rows_and_many_connections() -> None:
    found = _wrong(
        process=replace(
            PROCESS,
            pools=[("requests", PoolState(used=18, idle=0, most=20))],
            impressions_dropped=4,
        ),
        connections=Block(Connections(open=90, most=100)),
    )

    assert [one.tone for one in found] == ["bad", "bad", "fair"]


async def test_a_part_that_cannot_be_read_says_why_and_quotes_nobody() -> None:
    async def fails() -> int:
        raise ValueError("ada likes secrets")

    async def hangs() -> int:
        raise TimeoutError

    broken, late = await block(fails()), await block(hangs(), seconds=2)
    (told,) = _wrong(others=(broken, late))

    assert broken.value is None
    assert "secrets" not in broken.reason
    assert late.reason == "no answer within 2 s"
    assert told.what.startswith("2 parts")


def test_a_process_that_no_longer_writes_explanations_is_told_of() -> None:
    words = WordsFacts(model=None, place="gpu:8001", state="closed", tokens=80)

    (found,) = _wrong(words=replace(words, state="open"))

    assert "language models at gpu:8001 do not write explanations" in found.what
    assert found.tone == "fair"
    assert _wrong(words=words) == _wrong(words=None) == ()
