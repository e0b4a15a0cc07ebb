"""The page of a try as tests read it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
from sqlalchemy import text

from credence.app.admin.sessions import make_link
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.main import create_app_around
from credence.planner.counter import Counter
from tests.integration.app.shelf import BOOKS

PAGE = "/admin/t/default/people/@ada/try"
SIX = "%0A".join(BOOKS)
_OF_SIGN_IN = {"sign_ins"}


async def get(browser: httpx.AsyncClient, query: str = "", *, status: int = 200) -> str:
    answer = await browser.get(f"{PAGE}?{query}" if query else PAGE)
    assert answer.status_code == status, answer.text
    return answer.text


def table(page: str) -> list[str]:
    """The items of the lines, in order."""
    return re.findall(r'<h3><a href="[^"]*\?id=([^"]+)"', page)


def order_now(page: str) -> list[str]:
    """The altered order beside the original one."""
    return _ids(page, '<div class="now">')


def order_before(page: str) -> list[str]:
    """And the original one."""
    return _ids(page, '<div class="was">')


def _ids(page: str, list_at: str) -> list[str]:
    return re.findall(r"\?id=([^\"]+)\"", page.split(list_at)[1].partition("</ol>")[0])


async def everything(application: Application) -> dict[str, str]:
    """A digest of every table but that of sessions."""
    await application.shelf.impressions.settle()
    async with application.engine.connect() as connection:
        names = await connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        )
        digests = {}
        for (name,) in names.all():
            if name in _OF_SIGN_IN:
                continue
            rows = await connection.execute(
                text(
                    f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)), count(*) FROM {name} t"
                )
            )
            digests[name] = str(tuple(rows.one()))
    return digests


def scores(page: str) -> list[str]:
    found = re.findall(r'<span class="soft">score</span>([^<]+)', page)
    assert found
    return found


async def browser_of(
    application: Application, counter: Counter
) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in to the same application with another counter."""
    app = create_app_around(replace(application, counter=counter))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as browser:
        token = await make_link("eve", engine=application.engine, now=utc_now())
        entered = await browser.post("/admin/sign-in/link", data={"token": token})
        assert entered.status_code == 303
        yield browser
