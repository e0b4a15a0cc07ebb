"""The catalogue over HTTP."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.app.shelf import BOOKS, problem, read, sent, stock


async def test_an_item_is_created_replaced_patched_read_and_deleted(
    client: httpx.AsyncClient,
) -> None:
    created = await client.put("/v1/items/dune", json={"title": "Dun"})
    replaced = await client.put(
        "/v1/items/dune", json={"title": "Dune", "attributes": {"year": 1965}}
    )
    patched = await sent(client, "PATCH", "/v1/items/dune", {"categories": ["science fiction"]})
    stored = await read(client, "/v1/items/dune")
    deleted = await client.delete("/v1/items/dune")

    assert (created.status_code, replaced.status_code, deleted.status_code) == (201, 200, 204)
    assert stored == {**patched, "memory": None}
    assert stored["attributes"] == {"year": 1965}
    assert stored["categories"] == ["science fiction"]
    assert (await problem(client, "GET", "/v1/items/dune"))["status"] == 404
    assert (await problem(client, "DELETE", "/v1/items/dune"))["status"] == 404
    assert (await problem(client, "PATCH", "/v1/items/dune", {}))["status"] == 404


async def test_ids_may_hold_slashes_and_any_script(client: httpx.AsyncClient) -> None:
    for item_id in ("https:%2F%2Fshop.example%2Fdune", "книга-1", "本 1"):
        put = await client.put(f"/v1/items/{item_id}", json={"title": "Dune"})
        assert put.status_code == 201
        assert (await read(client, f"/v1/items/{item_id}"))["title"] == "Dune"


@pytest.mark.parametrize("item_id", [".", "..", "film/../x", "./x", "x/..", "x/neighbors"])
async def test_ids_that_no_address_can_hold_are_refused(
    client: httpx.AsyncClient, item_id: str
) -> None:
    address = f"/v1/items/{item_id.replace('.', '%2E')}"

    alone = await problem(client, "PUT", address, {"title": "Dune"})
    batch = await client.post("/v1/items", json={"items": [{"item_id": item_id, "title": "Dune"}]})

    for error in (alone["errors"][0], batch.json()["results"][0]["errors"][0]):
        assert error["field"] == "item_id"
        assert ".." in error["fix"] or "/neighbors" in error["fix"]
    assert (await read(client, "/v1/items"))["items"] == []


async def test_dots_beside_others_are_fine(client: httpx.AsyncClient) -> None:
    for item_id in ("...", ".a/b..", "neighbors", "a//b", "x/neighbors/y"):
        await sent(client, "PUT", f"/v1/items/{item_id}", {"title": "Dune"})
        assert (await read(client, f"/v1/items/{item_id}"))["item_id"] == item_id


async def test_null_changes_nothing_and_says_so(client: httpx.AsyncClient) -> None:
    await sent(client, "PUT", "/v1/items/dune", {"title": "Dune", "description": "Sand."})

    found = await problem(client, "PATCH", "/v1/items/dune", {"description": None})

    assert (found["status"], found["errors"][0]["field"]) == (422, "description")
    assert "leave it out" in found["errors"][0]["fix"]
    cleared = await sent(client, "PATCH", "/v1/items/dune", {"description": ""})
    assert (cleared["title"], cleared["description"]) == ("Dune", "")


async def test_pages_hold_every_item_once_in_order(client: httpx.AsyncClient) -> None:
    await stock(client)
    seen: list[str] = []
    cursor = ""
    for _ in range(len(BOOKS)):
        page = await read(client, f"/v1/items?limit=2{cursor}")
        seen += [item["item_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == sorted(BOOKS)
    assert page["next_cursor"] is None


async def test_a_bad_row_keeps_no_other_item_from_being_stored(client: httpx.AsyncClient) -> None:
    rows = [{"item_id": "a", "title": "A"}, {"item_id": "b"}, {"item_id": "a", "title": "A2"}]

    answer = await client.post("/v1/items", json={"items": rows})

    assert answer.status_code == 207
    made = answer.json()
    assert (made["created"], made["replaced"], made["rejected"]) == (1, 0, 1)
    assert [row["status"] for row in made["results"]] == ["stored", "rejected", "stored"]
    assert made["results"][1]["errors"][0]["field"] == "title"
    assert (await read(client, "/v1/items/a"))["title"] == "A2"


async def test_limits_of_a_batch_and_of_pages_are_told(client: httpx.AsyncClient) -> None:
    row = {"item_id": "a", "title": "A"}

    assert (await problem(client, "POST", "/v1/items", {"items": [row] * 1001}))["status"] == 422
    assert (await problem(client, "POST", "/v1/items", {"items": []}))["status"] == 422
    assert (await problem(client, "POST", "/v1/items", {}))["errors"][0]["field"] == "items"
    assert (await problem(client, "GET", "/v1/items?limit=0"))["status"] == 422
    assert (await problem(client, "GET", "/v1/items?limit=201"))["status"] == 422
    for cursor in ("nonsense", "e30", "MQ", "bnVsbA"):
        found = await problem(client, "GET", f"/v1/items?cursor={cursor}")
        assert found["errors"][0]["field"] == "cursor"
