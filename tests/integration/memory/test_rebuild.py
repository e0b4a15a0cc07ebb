"""A rebuild beside planners and erasures that do not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from credence.app.bootstrap import Application
from credence.app.erasure import erase
from credence.app.rebuild import rebuild
from credence.app.settings import Settings
from credence.memory.errors import PersonBusy
from credence.memory.model import Action, Belief, Person
from credence.memory.tables import contributions, users
from credence.planner.context import Words
from credence.planner.extraction.extractor import Extractor
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.witnessed import Witnessed
from tests.integration.memory.world import LENIENT, WAIT, an_event, record

ADA = Person("default", "ada")
AT_ONCE = timedelta(0)


@dataclass
class Meanwhile:
    """An extractor during whose first `times` readings something happens."""

    reader: Extractor
    happens: Callable[[], Awaitable[object]]
    times: int = 1

    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        if self.times > 0:
            self.times -= 1
            await self.happens()
        return await self.reader(belief, events)


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


async def liked(app: Application, user_id: str, item_id: str) -> None:
    event = an_event(user_id, item_id=item_id, action=Action.LIKE)
    await record(app, [event], intake=LENIENT)
    await app.worker.drain()


async def brought(app: Application) -> set[tuple[str, str]]:
    async with app.engine.connect() as connection:
        rows = await connection.execute(select(contributions.c.user_id, contributions.c.item_id))
        return {(row.user_id, row.item_id) for row in rows}


def words_of(app: Application) -> Words:
    words = app.worker.context.words
    assert words is not None
    return words


def let_happen(app: Application, what: Callable[[], Awaitable[object]], *, times: int = 1) -> None:
    context = app.worker.context
    app.worker.context = replace(context, reader=Meanwhile(context.reader, what, times))


async def lease_lost(app: Application) -> None:
    async with app.engine.begin() as connection:
        await connection.execute(update(users).values(lease_owner=None, lease_until=None))


async def test_what_is_shared_after_the_lease_was_lost_stays(application: Application) -> None:
    await liked(application, "ada", "one")

    async def another() -> None:
        await lease_lost(application)
        await liked(application, "ada", "two")

    let_happen(application, another)
    people = await rebuild("default", application, words=words_of(application))

    assert people == 1
    assert await brought(application) == {("ada", "one"), ("ada", "two")}


async def test_somebody_whose_lease_is_always_lost_is_busy_and_keeps_what_was(
    application: Application,
) -> None:
    await liked(application, "ada", "one")
    let_happen(application, lambda: lease_lost(application), times=99)

    with pytest.raises(PersonBusy):
        await rebuild("default", application, words=words_of(application))

    assert await brought(application) == {("ada", "one")}


async def test_somebody_busy_is_told_of_when_everybody_else_is_done(
    application: Application,
) -> None:
    for user_id in ("ada", "bob", "cleo"):
        await liked(application, user_id, "one")
    counts: list[int] = []

    async with application.worker.leases.holding(ADA, wait=WAIT):
        with pytest.raises(PersonBusy, match="ada"):
            await rebuild(
                "default",
                application,
                words=words_of(application),
                wait=AT_ONCE,
                done=counts.append,
            )

    assert counts == [1, 2]
    assert {user_id for user_id, _ in await brought(application)} == {"ada", "bob", "cleo"}


async def test_somebody_busy_at_first_is_read_at_the_end(application: Application) -> None:
    for user_id in ("ada", "bob"):
        await liked(application, user_id, "one")
    others_done = asyncio.Event()
    held = asyncio.Event()

    async def at_work() -> None:
        async with application.worker.leases.holding(ADA, wait=WAIT):
            held.set()
            await others_done.wait()

    work = asyncio.create_task(at_work())
    await held.wait()
    people = await rebuild(
        "default",
        application,
        words=words_of(application),
        wait=timedelta(seconds=1),
        done=lambda _: others_done.set(),
    )
    await work

    assert people == 2


async def test_somebody_erased_between_two_pages_is_left_out(application: Application) -> None:
    views = [an_event("ada", item_id="one", action=Action.VIEW) for _ in range(501)]
    await record(application, views, intake=LENIENT)
    await application.worker.drain()
    await liked(application, "bob", "one")

    let_happen(application, lambda: erase(ADA, engine=application.engine))
    people = await rebuild("default", application, words=words_of(application))

    assert people == 1
    assert await brought(application) == {("bob", "one")}
