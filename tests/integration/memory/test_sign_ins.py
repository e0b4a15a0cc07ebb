"""Links that sign in once, sessions that end, and tokens of which only hashes are stored."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from credence.app.bootstrap import Application
from credence.memory.sign_ins import Kind
from credence.memory.unit_of_work import unit_of_work
from tests.integration.memory.world import NOW

HOUR = timedelta(hours=1)
ONE, OTHER = sha256(b"one").digest(), sha256(b"other").digest()


async def put(
    app: Application, token_hash: bytes, kind: Kind, *, who: str = "ada", until: datetime
) -> None:
    async with unit_of_work(app.engine) as uow:
        await uow.sign_ins.add(token_hash=token_hash, kind=kind, who=who, now=NOW, expires_at=until)


async def spend(app: Application, token_hash: bytes, now: datetime) -> str | None:
    async with unit_of_work(app.engine) as uow:
        return await uow.sign_ins.spend_link(token_hash, now)


async def test_a_link_signs_in_once(application: Application) -> None:
    await put(application, ONE, "link", until=NOW + HOUR)

    assert await spend(application, OTHER, NOW) is None
    assert await spend(application, ONE, NOW) == "ada"
    assert await spend(application, ONE, NOW) is None


async def test_of_many_who_spend_a_link_at_once_one_wins(application: Application) -> None:
    await put(application, ONE, "link", until=NOW + HOUR)

    got = await asyncio.gather(*(spend(application, ONE, NOW) for _ in range(8)))

    assert (got.count("ada"), got.count(None)) == (1, 7)


async def test_a_link_that_has_expired_signs_nobody_in(application: Application) -> None:
    await put(application, ONE, "link", until=NOW + HOUR)

    assert await spend(application, ONE, NOW + HOUR) is None


async def test_a_link_is_no_session_and_a_session_no_link(application: Application) -> None:
    await put(application, ONE, "link", until=NOW + HOUR)
    await put(application, OTHER, "session", until=NOW + HOUR)

    async with unit_of_work(application.engine) as uow:
        assert await uow.sign_ins.whose(ONE, "session", NOW) is None
        assert await uow.sign_ins.spend_link(OTHER, NOW) is None
        assert await uow.sign_ins.whose(OTHER, "session", NOW) == "ada"


async def test_looking_whose_a_link_is_spends_nothing(application: Application) -> None:
    await put(application, ONE, "link", until=NOW + HOUR)

    async with unit_of_work(application.engine) as uow:
        assert await uow.sign_ins.whose(ONE, "link", NOW) == "ada"
        assert await uow.sign_ins.whose(ONE, "link", NOW + HOUR) is None
        assert await uow.sign_ins.whose(OTHER, "link", NOW) is None
    assert await spend(application, ONE, NOW) == "ada"


async def test_a_session_lasts_until_it_expires_or_is_ended(application: Application) -> None:
    await put(application, ONE, "session", until=NOW + HOUR)
    await put(application, OTHER, "session", who="bob", until=NOW + HOUR)

    async with unit_of_work(application.engine) as uow:
        assert await uow.sign_ins.whose(ONE, "session", NOW + HOUR) is None
        await uow.sign_ins.end(ONE)
        await uow.sign_ins.end(ONE)
        assert await uow.sign_ins.whose(ONE, "session", NOW) is None
        assert await uow.sign_ins.whose(OTHER, "session", NOW) == "bob"


async def test_what_has_expired_is_swept_out(application: Application, database: str) -> None:
    await put(application, ONE, "session", until=NOW + HOUR)
    await put(application, OTHER, "session", until=NOW + 2 * HOUR)

    async with unit_of_work(application.engine) as uow:
        assert await uow.sign_ins.sweep(NOW + HOUR) == 1
        assert await uow.sign_ins.whose(OTHER, "session", NOW) is not None
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT token_hash FROM sign_ins").fetchall() == [(OTHER,)]


async def test_a_token_stands_for_one_thing(application: Application) -> None:
    await put(application, ONE, "link", until=NOW + HOUR)

    with pytest.raises(IntegrityError):
        await put(application, ONE, "session", until=NOW + HOUR)
