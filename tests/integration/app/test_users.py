"""People over HTTP: creation, export, erasure."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import func, select

from credence.app.bootstrap import Application
from credence.memory.tables import MADE_ANONYMOUS, OF_A_PERSON, metadata
from credence.memory.unit_of_work import unit_of_work
from tests.integration.app.shelf import believed, problem, read, sent
from tests.integration.memory.llm import a_call


async def test_a_person_is_created_once_and_attributes_are_replaced(
    client: httpx.AsyncClient,
) -> None:
    created = await client.put("/v1/users/ada", json={"attributes": {"plan": "free"}})
    replaced = await client.put("/v1/users/ada", json={"attributes": {"plan": "paid"}})

    assert (created.status_code, replaced.status_code) == (201, 200)
    assert replaced.json()["created_at"] == created.json()["created_at"]
    assert (await read(client, "/v1/users/ada"))["attributes"] == {"plan": "paid"}
    assert (await problem(client, "GET", "/v1/users/bob"))["status"] == 404


async def test_pages_hold_every_person_once_in_order(client: httpx.AsyncClient) -> None:
    names = ["ada", "bob", "cleo"]
    for name in names:
        await sent(client, "PUT", f"/v1/users/{name}", {})

    first = await read(client, "/v1/users?limit=2")
    second = await read(client, f"/v1/users?limit=2&cursor={first['next_cursor']}")

    assert [user["user_id"] for user in first["users"] + second["users"]] == names
    assert second["next_cursor"] is None


async def test_erasure_leaves_no_residue_in_any_table(
    client: httpx.AsyncClient, application: Application
) -> None:
    await believed(client)
    await _consumed_without_its_item(client)
    await sent(client, "PUT", "/v1/users/bob", {})
    await sent(client, "POST", "/v1/recommendations", {"user_id": "ada"})
    await _with_a_call(application)

    receipt = await sent(client, "DELETE", "/v1/users/ada")

    assert receipt["rows"].pop("planner_threads") == 0  # no run is interrupted
    assert receipt["rows"].keys() == {table.name for table in (*OF_A_PERSON, *MADE_ANONYMOUS)}
    assert all(receipt["rows"].values()), receipt
    async with application.engine.connect() as connection:
        for table in metadata.sorted_tables:
            if "user_id" in table.c:
                query = select(func.count()).where(table.c.user_id == "ada")
                assert (await connection.execute(query)).scalar_one() == 0, table.name
    assert (await problem(client, "GET", "/v1/users/ada"))["status"] == 404
    assert (await problem(client, "DELETE", "/v1/users/ada"))["status"] == 404
    assert (await read(client, "/v1/users/bob"))["user_id"] == "bob"


async def test_an_export_has_every_row_that_erasure_would_count(
    client: httpx.AsyncClient, application: Application
) -> None:
    await believed(client)
    await _with_a_call(application)
    await _consumed_without_its_item(client)
    await sent(client, "POST", "/v1/recommendations", {"user_id": "ada", "instruction": "short"})

    exported = await read(client, "/v1/users/ada/export")
    receipt = await sent(client, "DELETE", "/v1/users/ada")

    assert {name: len(exported[name]) for name in receipt["rows"]} == receipt["rows"]
    assert [row["item_id"] for row in exported["unlinked"]] == ["it"]
    assert exported["events"][1]["text"] == "Superb world building and a gripping story."
    assert exported["impressions"][0]["instruction"] == "short"
    assert [(row["run_id"], row["price"]) for row in exported["llm_calls"]] == [("r1", 0.5)]
    assert "tenant_id" not in exported["users"][0]
    assert exported["contributions"][0]["praised"] is not None
    assert not {"words", "person_key"} & exported["contributions"][0].keys()


async def test_an_export_reads_on_past_its_first_page(client: httpx.AsyncClient) -> None:
    await sent(client, "PUT", "/v1/users/ada", {})
    events = [{"user_id": "ada", "action": "view"} for _ in range(501)]
    await sent(client, "POST", "/v1/events", {"events": events})

    exported = await read(client, "/v1/users/ada/export")

    assert [event["seq"] for event in exported["events"]] == list(range(1, 502))
    assert (await problem(client, "GET", "/v1/users/bob/export"))["status"] == 404


async def test_objects_nested_too_deep_are_refused_wherever_they_come_in(
    client: httpx.AsyncClient,
) -> None:
    deep: object = 1
    for _ in range(260):
        deep = {"a": deep}
    item = {"title": "Dune", "attributes": deep}
    event = {"user_id": "ada", "action": "view", "metadata": deep}

    for method, path, body in (
        ("PUT", "/v1/users/ada", {"attributes": deep}),
        ("PUT", "/v1/items/dune", item),
        ("PATCH", "/v1/items/dune", {"attributes": deep}),
        ("POST", "/v1/events", event),
        ("POST", "/v1/recommendations", {"filters": {"attributes": deep}}),
    ):
        found = await problem(client, method, path, body)
        assert (found["status"], "32" in found["errors"][0]["fix"]) == (422, True), path
    just_parsed = '{"attributes": ' + '{"a": ' * 900 + "1" + "}" * 901
    told = {"Content-Type": "application/json"}
    answer = await client.put("/v1/users/ada", content=just_parsed, headers=told)
    assert answer.status_code == 422
    batch = await client.post("/v1/items", json={"items": [{"item_id": "dune", **item}]})
    assert batch.json()["results"][0]["status"] == "rejected"
    assert (await read(client, "/v1/users"))["users"] == []


async def test_an_id_with_a_slash_is_refused_and_never_taken_for_a_place_below(
    client: httpx.AsyncClient,
) -> None:
    event = {"user_id": "bob/belief", "action": "view"}

    for method, path, body in (
        ("PUT", "/v1/users/bob%2Fbelief", {}),
        ("PUT", "/v1/users/bob/events", {}),
        ("DELETE", "/v1/users/bob/belief", None),
        ("GET", "/v1/users/a%2Fb/belief", None),
        ("GET", "/v1/users/a/b/export", None),
        ("POST", "/v1/events", event),
        ("POST", "/v1/recommendations", {"user_id": "bob/belief"}),
    ):
        found = await problem(client, method, path, body)
        assert (found["status"], found["errors"][0]["field"]) == (422, "user_id"), path
        assert "slash" in found["errors"][0]["fix"]


@pytest.mark.parametrize("name", [".", ".."])
async def test_an_id_that_no_address_can_hold_is_refused_and_what_has_it_can_still_go(
    client: httpx.AsyncClient, name: str
) -> None:
    address = f"/v1/users/{name.replace('.', '%2E')}"

    for method, path, body in (
        ("PUT", address, {}),
        ("POST", "/v1/events", {"user_id": name, "action": "view"}),
    ):
        found = await problem(client, method, path, body)
        assert (found["status"], found["errors"][0]["field"]) == (422, "user_id"), path
        assert "not . or .." in found["errors"][0]["fix"]
    assert (await problem(client, "DELETE", address))["status"] == 404
    assert (await client.put("/v1/users/.ada..", json={})).status_code == 201


async def test_pages_go_on_after_ids_of_any_script(client: httpx.AsyncClient) -> None:
    names = sorted(["👩\u200d👩\u200d👧", "a\u00a0b", "\u200fright-to-left", "zoe"])
    for name in names:
        await sent(client, "PUT", f"/v1/users/{name}", {})
    seen: list[str] = []
    cursor = ""
    for _ in names:
        page = await read(client, f"/v1/users?limit=1{cursor}")
        seen += [user["user_id"] for user in page["users"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert sorted(seen) == names


async def _with_a_call(application: Application) -> None:
    """A model was asked on behalf of Ada."""
    async with unit_of_work(application.engine) as uow:
        await uow.llm_calls.add("default", [a_call()], user_id="ada", run_id="r1")


async def _consumed_without_its_item(client: httpx.AsyncClient) -> None:
    """An event of Ada's whose item is deleted before the planner reads it."""
    review = {"user_id": "ada", "item_id": "it", "action": "review", "text": "Lyrical prose."}
    await sent(client, "POST", "/v1/events", review)
    await sent(client, "DELETE", "/v1/items/it")
    await sent(client, "POST", "/v1/users/ada/belief/advance")
