"""Keepers beside each other, and an item that cannot be remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as hook
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import OperationalError

from credence.app.bootstrap import Application
from credence.app.keeper import Keeper
from credence.app.settings import Settings
from credence.memory import item_memories as queue
from credence.memory.item_memories import Touched
from credence.memory.model import Action
from credence.memory.tables import item_memories, touched_items
from credence.memory.unit_of_work import autocommit, unit_of_work
from tests.integration.memory.world import LENIENT, an_event, record

NOW = timedelta(0)


class Failing(Keeper):
    """Cannot remember one item."""

    async def _remember(self, tenant: str, touched: Sequence[Touched]) -> None:
        if any(one.item_id == "cursed" for one in touched):
            raise ValueError(*[one.item_id for one in touched])
        await super()._remember(tenant, touched)


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


async def liked(app: Application, *ids: str) -> None:
    events = [
        an_event(f"p{person}", item_id=item_id, action=Action.LIKE)
        for person in range(3)
        for item_id in ids
    ]
    await record(app, events, intake=LENIENT)
    await app.worker.drain()


async def remembered(app: Application) -> set[str]:
    async with app.engine.connect() as connection:
        return set((await connection.execute(select(item_memories.c.item_id))).scalars())


async def test_two_keepers_that_see_the_same_items_make_them_anew_once(
    application: Application,
) -> None:
    await liked(application, "one", "two")
    made: list[str] = []

    def noted(_c: object, _k: object, statement: str, *_more: object) -> None:
        made.extend(["made"] if statement.startswith("INSERT INTO item_memories") else [])

    hook.listen(application.engine.sync_engine, "before_cursor_execute", noted)
    async with unit_of_work(application.engine) as uow:
        await uow.item_memories.lock("default")
        turns = [
            asyncio.create_task(Keeper(engine=application.engine).turn(patience=NOW))
            for _ in range(2)
        ]
        async with asyncio.timeout(60):
            while await _waiting(application) < 2:  # noqa: ASYNC110  Postgres tells nobody
                await asyncio.sleep(0.01)

    assert await asyncio.gather(*turns) == [2, 2]
    assert made == ["made"]
    assert await remembered(application) == {"one", "two"}


async def test_an_item_that_fails_keeps_no_other_waiting(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    await liked(application, "one", "cursed", "two")
    keeper = Failing(engine=application.engine)

    assert await keeper.settle() == 2
    assert await keeper.settle() == 0

    assert await remembered(application) == {"one", "two"}
    assert [("ValueError" in r.message, "cursed" in r.message) for r in caplog.records] == [
        (True, False)
    ]
    async with application.engine.connect() as connection:
        left: Any = (await connection.execute(select(touched_items.c.item_id))).scalars()
        assert set(left) == {"cursed"}
    assert await application.keeper.settle() == 1


class Unwritable(Keeper):
    """What Postgres refuses to write of some items is not its being away."""

    async def _remember(self, tenant: str, touched: Sequence[Touched]) -> None:
        if any(one.item_id.startswith("cursed") for one in touched):
            async with autocommit(self.engine) as uow:
                await uow.connection.exec_driver_sql("SELECT 'no number'::int")
        await super()._remember(tenant, touched)


async def touch(app: Application, *ids: str) -> None:
    rows = [{"tenant_id": "default", "item_id": item_id} for item_id in ids]
    async with app.engine.begin() as connection:
        await connection.execute(insert(touched_items), rows)


async def test_items_that_the_database_refuses_leave_room_for_the_others(
    application: Application,
) -> None:
    await touch(application, *(f"cursed-{n}" for n in range(150)))
    await liked(application, "one")
    keeper = Unwritable(engine=application.engine)

    made = [await keeper.turn() for _ in range(3)]

    assert made == [0, 1, 0]
    assert await remembered(application) == {"one"}
    async with application.engine.connect() as connection:
        waited = (await connection.execute(select(touched_items.c.at - func.now()))).scalars().all()
    assert len(waited) == 150
    assert min(waited) > timedelta(0)
    assert await application.keeper.turn(patience=NOW) == 0  # none is tried before its time

    await liked(application, "two")
    assert await keeper.settle() == 1
    assert await application.keeper.settle() == 150


async def test_a_database_that_is_away_puts_nothing_off(application: Application) -> None:
    await liked(application, "one")

    class Away(Keeper):
        async def _remember(self, tenant: str, touched: Sequence[Touched]) -> None:
            raise OperationalError("", {}, Exception())

    with pytest.raises(OperationalError):
        await Away(engine=application.engine).turn()

    assert await application.keeper.turn() == 1


async def test_a_turn_reads_the_oldest_of_the_queue_however_long_it_is(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_OLDEST", 20)
    await touch(application, *(f"item-{n % 50}" for n in range(500)))

    async with autocommit(application.engine) as uow:
        first = await uow.item_memories.touched(limit=9, patience=NOW, growth=0.05)
        await uow.connection.exec_driver_sql("VACUUM ANALYZE touched_items")
        told = await uow.connection.exec_driver_sql(
            "EXPLAIN SELECT * FROM touched_items ORDER BY number LIMIT 20"
        )

    assert [(one.item_id, one.numbers) for one in first] == [
        (f"item-{n}", (n + 1,)) for n in range(9)
    ]
    assert "Index Scan using ix_touched_items_number" in "\n".join(told.scalars())
    made = 0
    while turn := await application.keeper.turn():
        made += turn
    assert made == 500  # each window held twenty of the fifty
    async with application.engine.connect() as connection:
        assert (await connection.execute(select(touched_items))).first() is None


async def _waiting(app: Application) -> int:
    query = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with autocommit(app.engine) as uow:
        return int((await uow.connection.execute(query)).scalar_one())
