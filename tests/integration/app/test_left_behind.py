"""An application that was stopped and dropped leaves nothing in the process."""

from __future__ import annotations

import asyncio
import gc
from typing import Any
from weakref import ref

import httpx

from credence.app.bootstrap import assemble
from credence.app.main import create_app, create_app_around
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder


async def test_a_web_application_goes_with_what_it_was_made_around(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> None:
    application = assemble(settings, database, encoder)
    web = create_app_around(application)
    transport = httpx.ASGITransport(web)
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as client:
        for page in ("/docs", "/redoc", "/openapi.json", "/v1/users", "/admin/", "/metrics"):
            assert (await client.get(page)).status_code < 400, page
    await application.close()
    parts = (web, application.engine, application.shelf, application.encoder)
    left: list[ref[Any]] = [ref(part) for part in parts]

    del application, web, transport, client, parts
    gc.collect()

    assert [held() for held in left] == [None] * len(left)


def test_a_served_application_goes_when_its_lifespan_has_ended(database: str) -> None:
    settings = Settings(_env_file=None, worker=True, database_url=database)  # type: ignore[call-arg,arg-type]

    left = asyncio.run(_served(settings))
    gc.collect()

    assert [held() for held in left] == [None] * len(left)


async def _served(settings: Settings) -> list[ref[Any]]:
    web = create_app(settings)
    async with web.router.lifespan_context(web):
        application = web.state.serving.application
        return [ref(web), ref(application.engine), ref(application.shelf), ref(application.encoder)]
