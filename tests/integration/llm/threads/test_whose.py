"""Whose a thread is: not a namesake's, nor a run's whose lease somebody else has by now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from credence.app.bootstrap import Application
from credence.app.erasure import erase
from credence.app.planner_store import PlannerStore
from credence.app.worker import Worker
from credence.demo.content import demo_items, demo_people
from credence.memory.errors import Refused
from credence.memory.unit_of_work import autocommit, unit_of_work
from tests.integration.llm.threads.interrupting import ADA, Interrupting, cut_off, interrupted, kept
from tests.integration.memory.world import NOW, WAIT, record, stocked, told_by

Then = Callable[[], Awaitable[None]]


async def told(application: Application) -> None:
    """Ada's first events, which no planner has read."""
    await record(application, told_by(demo_people()[0], user_id="ada")[:4])


async def checkpoints_of_ada(application: Application) -> int:
    async with autocommit(application.engine) as uow:
        return await uow.threads.count(ADA)


class Committing(PlannerStore):
    """Has something happen before the commit reaches the database."""

    def __init__(self, application: Application, then: Then) -> None:
        super().__init__(application.engine)
        self._then = then

    async def commit(self, *told: Any, **more: Any) -> None:
        await self._then()
        await super().commit(*told, **more)


def before_its_commit(application: Application, then: Then) -> Worker:
    """A worker of the application to whose runs this happens."""
    context = replace(application.worker.context, store=Committing(application, then))
    return replace(application.worker, context=context)


async def erased_and_come_back(application: Application) -> None:
    await erase(ADA, engine=application.engine)
    async with unit_of_work(application.engine) as uow:
        await uow.people.put(ADA, {}, now=NOW + timedelta(hours=1))
    await told(application)


async def test_a_namesake_has_nothing_of_a_run_about_whoever_was_erased(
    application: Application, database: str, mind: Interrupting
) -> None:
    """The run writes a checkpoint after the erasure, and its process dies."""
    await stocked(application, most=len(demo_items()))
    await told(application)
    mind.before["extractor"] = lambda: erased_and_come_back(application)
    await interrupted(application, mind)
    left, asked = kept(database), Counter(mind.asked)

    assert left > 0
    assert await checkpoints_of_ada(application) == 0
    await application.worker.advance(ADA, wait=WAIT)
    assert (mind.asked - asked)["extractor"] == 1  # all that is said of her is said anew
    assert kept(database) == left
    await application.worker.sweep()
    assert kept(database) == 0


async def test_a_run_about_somebody_erased_meanwhile_leaves_nothing_and_takes_nothing(
    application: Application, database: str, mind: Interrupting
) -> None:
    await stocked(application, most=len(demo_items()))
    await told(application)
    of_the_namesake = 0

    async def come_back() -> None:
        nonlocal of_the_namesake
        await erased_and_come_back(application)
        await interrupted(application, mind)
        of_the_namesake = kept(database)

    with pytest.raises(Refused):
        await before_its_commit(application, come_back).advance(ADA, wait=WAIT)

    assert kept(database) == of_the_namesake > 0
    assert await checkpoints_of_ada(application) > 0


@pytest.mark.parametrize("fault", [Refused("too late", field="lease", fix="again"), ValueError()])
async def test_a_run_that_outlived_its_lease_takes_nothing_of_whoever_goes_on_with_it(
    application: Application, database: str, mind: Interrupting, fault: Exception
) -> None:
    await stocked(application, most=len(demo_items()))
    await told(application)
    left = 0

    async def another_goes_on() -> None:
        nonlocal left
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE users SET lease_until = now() - interval '1 second'")
        other = before_its_commit(application, hanging)
        run = asyncio.create_task(other.look(ADA, wait=WAIT))
        await cut_off(run, hangs)
        left = kept(database)
        raise fault

    hangs = asyncio.Event()

    async def hanging() -> None:
        hangs.set()
        await asyncio.Event().wait()

    with pytest.raises(type(fault)):
        await before_its_commit(application, another_goes_on).advance(ADA, wait=WAIT)

    assert kept(database) == left > 0
    asked = Counter(mind.asked)
    await application.worker.look(ADA, wait=WAIT)
    assert mind.asked == asked  # what the one paid for the other has
