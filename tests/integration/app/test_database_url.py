"""What a database URL asks of the server."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url, text

from credence.app.threads import Threads
from credence.memory.database import create_engine
from credence.memory.planner_threads import SCHEMA


@pytest.mark.parametrize("relaxed", [False, True])
async def test_server_options_of_the_url_hold_beside_ours(database: str, relaxed: bool) -> None:
    url = make_url(database).update_query_dict({"options": "-csearch_path=elsewhere,public"})
    engine = create_engine(url.render_as_string(hide_password=False), relaxed=relaxed)

    async with engine.connect() as connection:
        path = (await connection.execute(text("SHOW search_path"))).scalar_one()
        commit = (await connection.execute(text("SHOW synchronous_commit"))).scalar_one()
    await engine.dispose()

    assert path == "elsewhere,public"
    assert commit == ("off" if relaxed else "on")


async def test_moments_are_read_in_utc_wherever_the_server_and_its_client_stand(
    database: str,
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET timezone = 'Asia/Tokyo'")
    url = make_url(database).update_query_dict({"options": "-ctimezone=Pacific/Auckland"})
    engine = create_engine(url.render_as_string(hide_password=False))

    async with engine.connect() as connection:
        moment = (await connection.execute(text("SELECT now()"))).scalar_one()
    await engine.dispose()

    assert moment.utcoffset() == timedelta(0)


async def test_the_checkpointer_sees_its_schema_and_utc_beside_options_of_the_url(
    database: str,
) -> None:
    url = make_url(database).update_query_dict({"options": "-cstatement_timeout=7s"})
    threads = Threads(url.render_as_string(hide_password=False))

    pool = threads.saver.conn
    assert isinstance(pool, AsyncConnectionPool)
    async with threads.ready(), pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT current_setting('search_path') AS path, current_setting('timezone') AS zone, "
            "current_setting('statement_timeout') AS patience"
        )
        shown = await cursor.fetchone()

    assert shown == {"path": SCHEMA, "zone": "UTC", "patience": "7s"}
