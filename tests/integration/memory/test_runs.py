"""Planner runs as they are remembered and shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx

from credence.app.bootstrap import Application
from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.memory.unit_of_work import unit_of_work
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
