"""Somebody who is signed in to the admin pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from credence.app.admin.sessions import make_link
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.main import create_app_around
from tests.integration.app.shelf import believed


@pytest_asyncio.fixture
async def signed_in(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts, signed in as "eve" by a link."""
    transport = httpx.ASGITransport(create_app_around(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as browser:
        token = await make_link("eve", engine=application.engine, now=utc_now())
        answer = await browser.post("/admin/sign-in/link", data={"token": token})
        assert answer.status_code == 303
        yield browser


@pytest_asyncio.fixture
async def csrf(signed_in: httpx.AsyncClient) -> str:
    """The token that forms of this session bear."""
    page = await signed_in.get("/admin/t/default/people")
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found.group(1)


@pytest_asyncio.fixture
async def belief(client: httpx.AsyncClient) -> dict[str, Any]:
    """Ada, of whom something is believed."""
    found = await believed(client)
    assert len(found["chunks"]) > 1
    return found
