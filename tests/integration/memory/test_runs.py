"""Planner runs as they are remembered and shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from credence.app.bootstrap import Application
from credence.memory import runs as module
from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.memory.runs import RunsFound
from credence.memory.unit_of_work import autocommit, unit_of_work
from tests.integration.app.shelf import read, sent
from tests.integration.memory.llm import NOON
from tests.integration.memory.world import an_event, record

ADA = Person("default", "ada")
WAIT = timedelta(seconds=5)
RUN = PlannerRun(
    run_id="r1",
    started_at=NOON,
    duration_ms=12.0,
    policy="adaptive",
    outcome="skipped",
    operations=(),
    reason="nothing new",
    signals={},
    cost={},
    events_consumed=0,
    base_revision=0,
    revision=None,
)
DETAIL = {
    "prompts": {"planner": "planner-1"},
    "plan": [{"operation": "reinforcement", "target": 4, "reason": "she says “so” again"}],
    "refused": [{"what": {"operation": "forget", "target": 99}, "why": "there is no chunk 99"}],
    "fallbacks": [],
}


async def test_the_detail_of_a_run_is_kept_and_shown(
    client: httpx.AsyncClient, application: Application
) -> None:
    await sent(client, "PUT", "/v1/users/ada", {})
    async with unit_of_work(application.engine) as uow:
        await uow.runs.add(ADA, RUN)
        await uow.runs.add(ADA, replace(RUN, run_id="r2", detail=DETAIL))
        later, earlier = await uow.runs.page(ADA, before=None, limit=9)
    shown = (await read(client, "/v1/users/ada/planner-runs"))["runs"]

    assert (later.detail, earlier.detail) == (DETAIL, {})
    assert later == replace(RUN, run_id="r2", detail=DETAIL, number=later.number)
    assert [run["detail"] for run in shown] == [DETAIL, {}]


async def test_a_look_lets_the_policy_wait_and_an_asked_for_run_does_not(
    application: Application,
) -> None:
    await record(application, [an_event(text="")])

    looked = await application.worker.look(ADA, wait=WAIT)
    asked = await application.worker.advance(ADA, wait=WAIT)

    assert (looked.outcome, looked.signals["forced"]) == ("skipped", False)
    assert (asked.outcome, asked.signals["forced"]) == ("committed", True)


async def a_week(app: Application) -> None:
    """Seven runs of two people, one a day, and one of a namesake in another tenant."""
    async with unit_of_work(app.engine) as uow:
        await uow.people.create_missing("default", ["ada", "bob"], now=NOON)
        await uow.people.create_missing("other", ["ada"], now=NOON)
        for day in range(7):
            run = replace(
                RUN,
                run_id=f"r{day}",
                started_at=NOON + timedelta(days=day),
                policy="fixed" if day == 1 else "adaptive",
                outcome="failed" if day in {2, 5} else "committed",
                operations=("extraction", "undo") if day == 0 else ("extraction",),
            )
            await uow.runs.add(Person("default", "bob" if day % 2 else "ada"), run)
        await uow.runs.add(Person("other", "ada"), RUN)


async def searched(app: Application, **asked: Any) -> RunsFound:
    async with autocommit(app.engine) as uow:
        return await uow.runs.everywhere("default", **{"limit": 9} | asked)


def days(found: RunsFound) -> str:
    return "".join(one.run.run_id.removeprefix("r") for one in found.runs)


async def test_runs_of_everybody_come_newest_first_with_whom_they_were_about(
    application: Application,
) -> None:
    await a_week(application)

    first = await searched(application, limit=4)
    rest = await searched(application, limit=4, before=first.runs[-1].run.number)

    assert (days(first), days(rest)) == ("6543", "210")
    assert [one.user_id for one in first.runs] == ["ada", "bob", "ada", "bob"]
    assert (first.searched_to, rest.searched_to) == (None, None)


async def test_runs_are_found_by_outcome_operation_policy_and_time(
    application: Application,
) -> None:
    await a_week(application)

    assert days(await searched(application, outcome="failed")) == "52"
    assert days(await searched(application, outcome="skipped")) == ""
    assert days(await searched(application, operation="undo")) == "0"
    assert days(await searched(application, operation="und")) == ""
    assert days(await searched(application, policy="fixed")) == "1"
    assert days(await searched(application, since=NOON + timedelta(days=5))) == "65"
    assert days(await searched(application, outcome="failed", policy="fixed")) == ""
    since = NOON + timedelta(days=3)
    assert days(await searched(application, outcome="failed", since=since)) == "5"


async def test_a_search_that_rarely_matches_says_how_far_back_it_looked(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_week(application)
    monkeypatch.setattr(module, "LOOK_BACK", 3)

    first = await searched(application, operation="undo")
    second = await searched(application, operation="undo", before=first.searched_to)
    third = await searched(application, operation="undo", before=second.searched_to)
    failed = await searched(application, outcome="failed")
    recent = await searched(application, operation="undo", since=NOON + timedelta(days=6))

    assert first.runs == second.runs == ()
    assert None not in {first.searched_to, second.searched_to}
    assert (days(third), third.searched_to) == ("0", None)
    assert (days(failed), failed.searched_to) == ("52", None)  # only failed ones are read
    assert recent.searched_to is None  # whatever is older began too early


async def test_a_run_is_found_by_its_id_alone(application: Application) -> None:
    await a_week(application)

    async with autocommit(application.engine) as uow:
        found = await uow.runs.one("default", "r1")
        assert await uow.runs.one("other", "r3") is None
    assert found is not None
    assert (found.user_id, found.run.policy, found.run.number) == ("bob", "fixed", 2)
