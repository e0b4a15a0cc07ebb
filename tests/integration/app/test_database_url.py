"""What a database URL asks of the server."""

from __future__ import annotations

import pytest
from sqlalchemy import event, make_url, text

from credence.memory.database import create_engine


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


async def test_nothing_is_asked_where_there_is_nothing_to_ask(database: str) -> None:
    engine = create_engine(database)
    given: list[dict[str, object]] = []

    def noted(_d: object, _r: object, _a: object, parameters: dict[str, object]) -> None:
        given.append(dict(parameters))

    event.listen(engine.sync_engine, "do_connect", noted)
    async with engine.connect():
        pass
    await engine.dispose()

    assert [parameters.keys() & {"options", "connect_timeout"} for parameters in given] == [
        {"connect_timeout"}
    ]
