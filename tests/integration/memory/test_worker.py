"""How a planner that fails or is stopped ends what it has begun."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from credence.app.bootstrap import Application
from credence.app.worker import Worker, _end
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Person
from credence.memory.people import People
from tests.integration.memory.world import record, stocked, told_by


async def test_a_planner_that_fails_gives_back_whom_it_was_at_work_on(
    application: Application, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0]))
    thinking = asyncio.Event()
    claim = Worker._claim

    async def think(*_: object, **__: object) -> None:
        thinking.set()
        await asyncio.Event().wait()

    async def claim_once(worker: Worker, room: int, *, others: bool = True) -> object:
        if thinking.is_set():
            raise RuntimeError("unforeseen")
        return await claim(worker, room, others=others)

    monkeypatch.setattr(Worker, "_run", think)
    monkeypatch.setattr(Worker, "_claim", claim_once)

    with pytest.raises(RuntimeError, match="unforeseen"):
        await asyncio.wait_for(application.worker._work(), 60)

    assert thinking.is_set()
    assert application.worker.leases.held == 0
    with psycopg.connect(database) as connection:
        held = connection.execute(
            "SELECT count(*) FROM users WHERE lease_owner IS NOT NULL"
        ).fetchone()
    assert held == (0,)


async def test_a_run_that_loses_its_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("credence.app.worker._CANCEL_SECONDS", 0.01)
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost += 1
        await asyncio.Event().wait()

    run = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await asyncio.wait_for(_end({run}), 60)

    assert lost == 1
    assert run.cancelled()


async def test_an_idle_planner_that_is_stopped_leaves_nothing_running(
    application: Application,
) -> None:
    before = asyncio.all_tasks()
    working = asyncio.create_task(application.worker._work())
    async with asyncio.timeout(60):
        while not any(  # noqa: ASYNC110  what it waits for is its own
            _waits_for_news(task) for task in asyncio.all_tasks() - before
        ):
            await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await asyncio.sleep(0)  # what was cancelled ends

    assert asyncio.all_tasks() <= before


def _waits_for_news(task: asyncio.Task[Any]) -> bool:
    coroutine: Any = task.get_coro()
    return bool(coroutine.__qualname__ == "Event.wait")


@pytest.mark.parametrize("cancellations", [1, 3])
async def test_a_claim_that_is_cancelled_knows_whom_it_leased(
    application: Application, monkeypatch: pytest.MonkeyPatch, cancellations: int
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0]))
    leased = asyncio.Event()
    claim = People.claim

    async def then_slow(people: People, **how: Any) -> Any:
        found = await claim(people, **how)
        leased.set()
        await asyncio.sleep(0.2)
        return found

    monkeypatch.setattr(People, "claim", then_slow)
    leases = application.worker.leases
    claiming = asyncio.create_task(leases.claim_due(threshold=1, most=5))
    await leased.wait()
    for _ in range(cancellations):
        claiming.cancel()
        await asyncio.sleep(0.01)

    with pytest.raises(asyncio.CancelledError):
        await claiming
    assert leases.held == 1


async def test_a_claim_that_never_ends_holds_nobody_up(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, ended = asyncio.Event(), asyncio.Event()

    async def silent(*_: object, **__: object) -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(People, "claim", silent)
    monkeypatch.setattr("credence.app.leases._CLAIM_SECONDS", 0.05)
    claiming = asyncio.create_task(application.worker.leases.claim_due(threshold=1, most=5))
    await asked.wait()
    claiming.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(claiming, 60)
    await asyncio.wait_for(ended.wait(), 60)


async def test_leases_are_renewed_on_after_whatever_went_wrong_once(
    application: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries, secret = 0, "hunter2"
    renewed = asyncio.Event()

    async def renew(*_: object, **__: object) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError(secret)
        renewed.set()

    monkeypatch.setattr(People, "renew", renew)
    leases = replace(application.worker.leases, length=timedelta(milliseconds=30))
    leases._held["token"] = Person("default", "ada")
    async with leases.kept():
        await asyncio.wait_for(renewed.wait(), 60)
        leases.ended("token")

    assert "leases could not be renewed" in caplog.text
    assert "OSError" in caplog.text
    assert secret not in caplog.text


async def test_somebody_asked_for_and_given_up_meanwhile_is_not_held(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stocked(application, most=len(demo_items()))
    events = told_by(demo_people()[0])
    await record(application, events)
    leased = asyncio.Event()
    claim = People.claim_one

    async def then_slow(people: People, person: Person, **how: Any) -> bool:
        taken = await claim(people, person, **how)
        leased.set()
        await asyncio.sleep(0.2)
        return taken

    monkeypatch.setattr(People, "claim_one", then_slow)
    person = Person("default", events[0].user_id)
    asked = asyncio.create_task(application.worker.advance(person, wait=timedelta(0)))
    await leased.wait()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)

    monkeypatch.undo()
    assert application.worker.leases.held == 0
    async with application.worker.leases.holding(person, wait=timedelta(0)):
        pass
