"""Threads of runs that were left behind, and a database that goes away under one."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import httpx
import psycopg
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, empty_checkpoint
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.bootstrap import Application
from credence.app.planner_store import PlannerStore
from credence.app.threads import PaidSaver
from credence.demo.content import demo_items, demo_people
from credence.memory.planner_run import Asked
from credence.memory.unit_of_work import autocommit
from credence.planner.graph import build_graph
from credence.planner.run import run_planner
from tests.integration.llm.threads.interrupting import ADA, Interrupting, kept
from tests.integration.memory.world import WAIT, record, stocked, told_by


def _cut_all(database: str) -> None:
    """End every other connection to the database, as a restart of it would."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


class Staying(PaidSaver):
    """A checkpointer that never comes to the end of a thread."""

    async def _remove(self, thread: str, run_id: str | None) -> None:
        pass


async def _thread(application: Application) -> str:
    async with autocommit(application.engine) as uow:
        return await uow.threads.of(ADA)


async def _left_behind(application: Application) -> None:
    """A run that is over and whose thread stayed, as if the process ended just then."""
    worker, threads = application.worker, application.threads
    assert threads is not None
    assert isinstance(threads.saver.conn, AsyncConnectionPool)
    async with worker.leases.holding(ADA, wait=WAIT) as token:
        await run_planner(
            ADA,
            run_id="left-behind",
            lease=token,
            forced=False,
            graph=build_graph(Staying(threads.saver.conn, threads.saver.serde)),
            context=worker.context,
            thread=await _thread(application),
        )


async def test_the_thread_of_a_skip_that_stayed_does_not_lead_the_next_run_astray(
    application: Application, database: str, mind: Interrupting
) -> None:
    await stocked(application, most=len(demo_items()))
    history = told_by(demo_people()[0], user_id="ada")
    await record(application, history[:4])
    mind.skips = True
    await _left_behind(application)
    assert kept(database) > 0
    mind.skips = False

    first = await application.worker.advance(ADA, wait=WAIT)
    await record(application, history[4:8])
    second = await application.worker.advance(ADA, wait=WAIT)

    assert (first.outcome, first.events_consumed) == ("committed", 4)
    assert (second.outcome, second.events_consumed) == ("committed", 4)
    assert await _watermark(application) == 8
    assert kept(database) == 0


class HangsAfterCommit(PlannerStore):
    """A store that says nothing any more once the commit has reached the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.committed = asyncio.Event()

    async def commit(self, *told: Any, **more: Any) -> None:
        await super().commit(*told, **more)
        self.committed.set()
        await asyncio.Event().wait()


async def test_a_run_cut_off_between_its_commit_and_the_note_of_it_leads_nobody_astray(
    application: Application, database: str, mind: Interrupting
) -> None:
    await stocked(application, most=len(demo_items()))
    history = told_by(demo_people()[0], user_id="ada")
    await record(application, history[:4])
    worker = application.worker
    store = HangsAfterCommit(application.engine)
    hanging = replace(worker, context=replace(worker.context, store=store))
    run = asyncio.create_task(hanging.advance(ADA, wait=WAIT))
    await store.committed.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert kept(database) > 0
    asked = Counter(mind.asked)

    mind.skips = True
    await worker.look(ADA, wait=WAIT)
    assert mind.asked - asked == Counter()  # all was said, and all of it is in the belief
    assert await _watermark(application) == 4
    mind.skips = False
    await record(application, history[4:8])
    second = await worker.advance(ADA, wait=WAIT)

    assert (second.outcome, second.revision, second.events_consumed) == ("committed", 2, 4)
    assert await _watermark(application) == 8
    assert kept(database) == 0


async def test_the_late_end_of_a_run_leaves_the_thread_that_another_began(
    application: Application, database: str
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:4])
    await _left_behind(application)
    assert application.threads is not None
    saver, rows = application.threads.saver, kept(database)
    config: RunnableConfig = {"configurable": {"thread_id": await _thread(application)}}

    async def ends(run_id: str) -> int:
        last: Checkpoint = {**empty_checkpoint(), "channel_values": {"run_id": run_id}}
        await saver.aput(config, last, {}, {"run": "1"})
        return kept(database)

    assert rows > 0
    assert await ends("another") == rows
    assert await ends("left-behind") == 0


async def test_a_sweep_removes_what_a_run_that_is_over_left(
    application: Application, database: str
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:4])
    await _left_behind(application)
    assert kept(database) > 0

    await application.worker.sweep()

    assert kept(database) == 0


async def test_a_database_that_goes_away_while_a_model_thinks_costs_no_second_call(
    application: Application, database: str, mind: Interrupting
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:4])
    mind.before["extractor"] = lambda: _cut_all(database)

    while await _watermark(application) < 4:
        _let_leases_run_out(database)
        await application.worker.drain()

    assert (mind.asked["planner"], mind.asked["extractor"]) == (1, 1)
    async with autocommit(application.engine) as uow:
        runs = await uow.runs.page(ADA, before=None, limit=9)
    assert [run.outcome for run in runs] == ["committed"]


async def test_whoever_asks_gets_a_run_of_their_own_after_one_that_was_interrupted(
    application: Application, database: str, mind: Interrupting
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:4])
    thinks = asyncio.Event()
    mind.before["synthesizer"] = thinks.set
    run = asyncio.create_task(application.worker.look(ADA, wait=WAIT))
    await thinks.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    before = Counter(mind.asked)

    made = await application.worker.advance(
        ADA, wait=WAIT, asked=Asked(actor="ben", reason="a look")
    )

    async with autocommit(application.engine) as uow:
        own, earlier = await uow.runs.page(ADA, before=None, limit=9)
    assert (earlier.outcome, earlier.signals["forced"], earlier.events_consumed) == (
        "committed",
        False,
        4,
    )
    assert "asked" not in earlier.detail
    assert (own.run_id, own.signals["forced"]) == (made.run_id, True)
    assert own.detail["asked"] == {"actor": "ben", "reason": "a look"}
    assert (mind.asked - before)["extractor"] == 0  # what was read is not read again
    assert kept(database) == 0


async def test_an_export_has_what_is_kept_of_an_interrupted_run_and_erasure_takes_it(
    application: Application, client: httpx.AsyncClient, database: str, mind: Interrupting
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:4])
    asked = asyncio.Event()
    mind.before["synthesizer"] = asked.set
    run = asyncio.create_task(application.worker.advance(ADA, wait=WAIT))
    await asked.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run

    exported = (await client.get("/v1/users/ada/export")).json()["planner_threads"]
    receipt = (await client.delete("/v1/users/ada")).json()

    values = {one["channel"]: one["value"] for one in exported if "channel" in one}
    assert values["plans"][0]["operations"][0] == "extraction"
    assert {finding["event_seq"] for finding in values["found"]} <= {1, 2, 3, 4}
    assert values["person"] == "ada"
    assert len(exported) == receipt["rows"]["planner_threads"]
    assert kept(database) == 0


async def _watermark(application: Application) -> int:
    async with autocommit(application.engine) as uow:
        return (await uow.beliefs.load(ADA)).belief.watermark


def _let_leases_run_out(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE users SET lease_until = now() - interval '1 second'")
