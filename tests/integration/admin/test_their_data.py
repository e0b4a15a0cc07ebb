"""What is stored about a person: counted, exported, erased with a receipt."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from credence.app.admin.acts.their_data import MEANINGS
from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.memory.model import Person
from credence.memory.tables import MADE_ANONYMOUS, OF_A_PERSON
from credence.memory.unit_of_work import unit_of_work
from tests.integration.admin.test_acts import ADA, press
from tests.integration.app.shelf import READING, believed, read, sent

HOSTILE = '<img src=x onerror=alert(1)>\u202e"\\;..%0d'


def receipt_in(page: str) -> dict[str, Any]:
    """The receipt as its file says it."""
    found = re.search(r'href="data:application/json;base64,([^"]+)"', page)
    assert found is not None
    receipt: dict[str, Any] = json.loads(base64.b64decode(found.group(1)))
    return receipt


def rows_in(page: str) -> dict[str, int]:
    """The table of rows by table."""
    cells = re.findall(r"<td><code>(\w+)</code>.*?</td>\s*<td class=\"num\">([\d,]+)</td>", page)
    return {name: int(rows.replace(",", "")) for name, rows in cells}


def test_every_table_that_holds_people_has_a_meaning() -> None:
    tables = {table.name for table in (*OF_A_PERSON, *MADE_ANONYMOUS)} | {"planner_threads"}

    assert tables == MEANINGS.keys()


async def test_the_page_counts_what_the_erasure_then_takes(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    await believed(client)
    await sent(client, "PUT", "/v1/users/ada", {"attributes": {"note": HOSTILE}})

    page = await signed_in.get(f"{ADA}/data")
    done = await press(signed_in, csrf, "/erase", confirm="ada", reason=HOSTILE)

    receipt = receipt_in(done.text)
    assert "<img" not in page.text
    assert "<img" not in done.text
    assert rows_in(page.text) == rows_in(done.text) == receipt["rows"]
    assert receipt["rows"]["events"] == 3
    assert (receipt["by"], receipt["reason"]) == ("admin:eve", HOSTILE)
    assert (await client.get("/v1/users/ada")).status_code == 404
    assert (await signed_in.get(f"{ADA}/data")).status_code == 404
    assert (await press(signed_in, csrf, "/erase", confirm="ada")).status_code == 404


async def test_the_receipt_counts_as_the_api_does(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str
) -> None:
    await believed(client)
    by_api = await sent(client, "DELETE", "/v1/users/ada")
    await believed(client)

    done = await press(signed_in, csrf, "/erase", confirm="ada")

    assert receipt_in(done.text)["rows"] == by_api["rows"]


@pytest.mark.parametrize("typed", ["", "Ada", "ada ", "bob", "ada\u200b"])
async def test_another_id_erases_nothing_and_is_kept(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str, typed: str
) -> None:
    await believed(client)

    refused = await press(signed_in, csrf, "/erase", confirm=typed)

    assert refused.status_code == 422
    assert "Nothing was erased." in refused.text
    assert f'name="confirm" value="{typed}"' in refused.text
    assert 'value="asked by mail"' in refused.text
    assert (await read(client, "/v1/users/ada"))["events"] == 3


async def test_erasing_waits_for_no_planner_run_and_the_run_writes_nothing_back(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient, csrf: str, application: Application
) -> None:
    await believed(client)
    await sent(client, "POST", "/v1/events", {"events": READING})
    ada = Person("default", "ada")

    async with application.worker.leases.holding(ada, wait=timedelta(0)):
        held = await press(signed_in, csrf, "/erase", confirm="ada")
    await believed(client)
    await sent(client, "POST", "/v1/events", {"events": READING})
    running = asyncio.create_task(application.worker.advance(ada, wait=timedelta(0)))
    await asyncio.sleep(0)
    raced = await press(signed_in, csrf, "/erase", confirm="ada")
    await asyncio.gather(running, return_exceptions=True)

    assert held.status_code == raced.status_code == 200
    assert (await client.get("/v1/users/ada")).status_code == 404
    async with application.engine.connect() as connection:
        for table in OF_A_PERSON:
            left = await connection.execute(table.select().where(table.c.user_id == "ada"))
            assert left.first() is None, table.name


async def test_the_export_is_that_of_the_api(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient
) -> None:
    await believed(client)

    ours = await signed_in.get(f"{ADA}/export")
    theirs = await client.get("/v1/users/ada/export")

    moment = re.compile(rb'"exported_at": "[^"]+"')
    assert moment.sub(b"", ours.content) == moment.sub(b"", theirs.content)
    assert moment.search(ours.content)
    assert ours.headers["content-type"] == "application/json"
    disposition = ours.headers["content-disposition"]
    assert re.fullmatch(r'attachment; filename="credence-export-ada-[\d-]+\.json"', disposition)


@pytest.mark.parametrize(
    "user_id", [HOSTILE, "..", "\u202e\u0627\u0628", 'a"; x=".exe', "é" * 200, "a" * 200]
)
async def test_of_a_hostile_id_everything_works_and_shows_as_text(
    client: httpx.AsyncClient,
    signed_in: httpx.AsyncClient,
    csrf: str,
    application: Application,
    user_id: str,
) -> None:
    events = [{**READING[0], "user_id": user_id}]
    async with unit_of_work(application.engine) as uow:
        await uow.people.put(Person("default", user_id), {}, now=utc_now())
    page = f"/admin/t/default/people/@{quote(user_id, safe='')}"
    await believed(client)
    await sent(client, "POST", "/v1/events", {"events": events})

    shown = await signed_in.get(f"{page}/data")
    file = await signed_in.get(f"{page}/export")
    form = {"csrf": csrf, "confirm": user_id}
    erased = await signed_in.post(f"{page}/erase", data=form)

    assert (shown.status_code, file.status_code, erased.status_code) == (200, 200, 200)
    assert "<img" not in shown.text + erased.text
    safe = r'attachment; filename="credence-export-[A-Za-z0-9_-]{1,60}-[\d-]{10}\.json"'
    assert re.fullmatch(safe, file.headers["content-disposition"])
    assert file.json()["users"][0]["user_id"] == user_id
    assert receipt_in(erased.text)["user_id"] == user_id
    assert (await read(client, "/v1/users/ada"))["events"] == 3


async def test_data_of_nobody_is_not_found_and_needs_somebody_signed_in(
    client: httpx.AsyncClient, signed_in: httpx.AsyncClient
) -> None:
    await believed(client)

    assert (await signed_in.get("/admin/t/default/people/@nobody/export")).status_code == 404
    assert (await signed_in.get("/admin/t/default/people/@nobody/data")).status_code == 404
    for rest in ("data", "export"):
        asked = await client.get(f"{ADA}/{rest}")
        assert asked.status_code == 303
        assert "sign-in" in asked.headers["location"]


async def test_the_id_to_be_typed_shows_its_spaces(
    signed_in: httpx.AsyncClient, csrf: str, application: Application
) -> None:
    user_id = "two  spaces  "
    async with unit_of_work(application.engine) as uow:
        await uow.people.put(Person("default", user_id), {}, now=utc_now())
    address = f"/admin/t/default/people/@{quote(user_id, safe='')}"

    page = (await signed_in.get(f"{address}/data")).text
    style = re.search(r'href="(/admin/static/[0-9a-f]+/acts.css)"', page)
    assert style is not None
    rules = (await signed_in.get(style.group(1))).text
    erased = await signed_in.post(f"{address}/erase", data={"csrf": csrf, "confirm": user_id})

    assert f'<span class="exact"><bdi class="said">{user_id}</bdi>' in page
    assert ".exact .said { white-space: pre-wrap; }" in rules
    assert erased.status_code == 200
