"""Try it where something is missing, wrong or hostile."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from credence.memory.errors import Invalid
from tests.integration.admin.try_page import (
    PAGE,
    get,
    table,
)
from tests.integration.app.shelf import ada, read, sent, stock


async def test_unknown_candidates_are_listed_and_the_others_ranked(
    signed_in: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    page = await get(signed_in, "candidates=dune%0Aghost%0Aemma%0Adune")

    assert sorted(table(page)) == ["dune", "emma"]
    assert "Some candidates do not exist" in page
    assert "ghost</bdi></code>" in page
    assert "1 repeated line " in page

    none = await get(signed_in, "candidates=ghost", status=422)
    assert "none of the candidates is in this tenant" in none
    assert "ghost</textarea>" in none


async def test_more_lines_than_it_takes_are_refused(
    signed_in: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    lines = "%0A".join(f"i{n}" for n in range(201))

    page = await get(signed_in, f"candidates={lines}", status=422)

    assert "takes at most 200 lines, and 201 are given" in page


async def test_what_was_typed_stays_when_something_is_wrong(
    signed_in: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    chunk = belief["chunks"][0]["chunk_id"]

    page = await get(
        signed_in,
        f"k=many&strength-{chunk}=loud&revision=77&ranker=oracle&candidates=dune&find=x",
        status=422,
    )

    for kept in ('value="many"', 'value="loud"', 'value="77"', "oracle", "dune</textarea>"):
        assert kept in page
    for named in ("How many", f"Strength of belief {chunk}", "Revision", "Ranker"):
        assert f"{named}</a>: " in page
    assert page.count('aria-invalid="true"') == 4


async def test_a_belief_that_was_not_there_then_is_refused_by_name(
    signed_in: httpx.AsyncClient, belief: dict[str, Any]
) -> None:
    chunk = belief["chunks"][0]["chunk_id"]

    page = await get(signed_in, f"revision=0&off={chunk}&instruction=keep+me", status=422)

    assert "Nothing was ranked" in page
    assert f"there is no belief &#39;{chunk}&#39; of this person at revision 0" in page
    assert "keep me</textarea>" in page
    assert f'name="off" value="{chunk}" checked aria-invalid="true"' in page


async def test_somebody_of_whom_nothing_is_believed(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await stock(client)
    await sent(client, "PUT", "/v1/users/ada", {})

    page = await get(signed_in)

    assert "No beliefs yet" in page
    assert "Nothing is known of the person" in page
    assert "Ranked by popularity" in page
    assert len(table(page)) == 6


async def test_a_catalogue_without_items(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await sent(client, "PUT", "/v1/users/ada", {})

    page = await get(signed_in)

    assert "Nothing to rank" in page
    assert "The first 0 of" not in page
    assert "Nothing to rank" in await get(signed_in, "ranker=semantic&same=on")


async def test_nobody_of_that_id_is_not_found(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get("/admin/t/default/people/@ghost/try")

    assert answer.status_code == 404


async def test_a_page_needs_a_session(client: httpx.AsyncClient) -> None:
    answer = await client.get(PAGE)

    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["location"]


async def test_a_ranker_that_cannot_be_built_is_named(
    signed_in: httpx.AsyncClient, belief: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(which: str, model: object) -> None:
        raise Invalid("the routed ranker cannot be built: no file", field="ranker", fix="mend it")

    monkeypatch.setattr("credence.app.admin.trying.trial.ranker_named", broken)
    page = await get(signed_in, "ranker=routed", status=422)

    assert "Ranker</a>: " in page
    assert "cannot be built" in page


async def test_hostile_words_show_as_text(
    signed_in: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await ada(client)
    evil = "<script>alert(1)</script>\u202e\"'><img src=x onerror=alert(2)>"
    rows = [
        {"item_id": "x<b>/..?&#", "title": evil + "y" * 4_000, "categories": ["horror"]},
        {"item_id": "plain", "title": "Plain", "categories": ["horror"]},
    ]
    await sent(client, "POST", "/v1/items", {"items": rows})
    event = {"user_id": "ada", "item_id": "x<b>/..?&#", "action": "review", "text": evil}
    await sent(client, "POST", "/v1/events", {"events": [event]})
    await sent(client, "POST", "/v1/users/ada/belief/advance")
    chunk = (await read(client, "/v1/users/ada/belief"))["chunks"][0]["chunk_id"]
    path = f"/v1/users/ada/belief/chunks/{chunk}"
    await sent(client, "PATCH", path, {"text": "<script>alert(3)</script>"})

    query = httpx.QueryParams(
        {
            "instruction": evil,
            "candidates": "x<b>/..?&#\nplain\n<script>ghost",
            "off": chunk,
            "find": "<script>",
        }
    )
    page = await get(signed_in, str(query))
    wrong = await get(
        signed_in,
        str(httpx.QueryParams({"ranker": "<script>", "off": "\"'><script>", "k": "<script>"})),
        status=422,
    )

    for shown in (page, wrong):
        own = re.findall(r"<script[^>]*>", shown)
        assert all(" src=" in tag for tag in own), own
        assert "<img" not in shown
        assert " style=" not in shown
    assert "&lt;script&gt;alert(1)" in page
    assert "x%3Cb%3E%2F..%3F%26%23" in page
    assert "&lt;script&gt;ghost" in page
