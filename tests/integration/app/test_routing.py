"""How a list was routed: in the answer when it is asked for, and in the list read again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from credence.app.bootstrap import Application
from credence.memory.tables import impressions
from tests.integration.app.routed import a_bundle, client_of, routed_counter, semantic_counter
from tests.integration.app.shelf import BOOKS, believed, problem, read, sent, stock

PATH = "/v1/recommendations"
ASK: dict[str, Any] = {"user_id": "ada", "instruction": "a frozen world", "explain": True}


def parts_of(made: dict[str, Any]) -> dict[str, float]:
    """Every figure of a list's routing by name."""
    routing = made["routing"]
    figures = {f"weight of {name}": share for name, share in routing["weights"].items()}
    for part in routing["items"]:
        figures[f"expert on {part['item_id']}"] = part["expert_score"]
        figures[f"complement on {part['item_id']}"] = part["complement_score"]
    return {**figures, "share": routing["complement_share"]}


@pytest_asyncio.fixture
async def routed(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that ranks by a small routed model."""
    counter = routed_counter(application, a_bundle())
    async with client_of(application, counter) as made:
        yield made


async def test_an_explained_list_says_what_expert_and_complement_gave_each_item(
    routed: httpx.AsyncClient,
) -> None:
    await believed(routed)

    made = await sent(routed, "POST", PATH, {**ASK, "candidates": sorted(BOOKS), "k": 4})

    routing = made["routing"]
    assert (made["ranker"], made["encoder"]) == ("routed-test", "all-MiniLM-L6-v2")
    assert routing["expert"] == next(iter(routing["weights"]))
    assert routing["weights"].keys() == {"generalist", "books"}
    assert sum(routing["weights"].values()) == pytest.approx(1)
    assert 0 < routing["complement_share"] < 1
    assert routing["alpha"] is None
    assert [part["item_id"] for part in routing["items"]] == [i["item_id"] for i in made["items"]]
    apart = [
        item["score"] - part["expert_score"] - part["complement_score"] - part["heeded"]
        for item, part in zip(made["items"], routing["items"], strict=True)
    ]
    assert apart == pytest.approx([apart[0]] * 4, abs=1e-5)
    assert made["items"][0]["reasons"]


async def test_a_reward_model_that_steers_shows_its_part(application: Application) -> None:
    counter = routed_counter(application, a_bundle(steered=True))
    async with client_of(application, counter) as client:
        await believed(client)
        made = await sent(client, "POST", PATH, ASK)

    assert 0 < made["routing"]["alpha"] < 1


async def test_without_explain_and_without_routing_there_is_none(
    routed: httpx.AsyncClient, application: Application
) -> None:
    await believed(routed)

    silent = await sent(routed, "POST", PATH, {**ASK, "explain": False})
    async with client_of(application, semantic_counter(application)) as semantic:
        plain = await sent(semantic, "POST", PATH, ASK)

    assert silent["routing"] is None
    assert plain["routing"] is None
    again = await read(routed, f"{PATH}/{plain['impression_id']}")
    assert (again["ranker"], again["routing"]) == (plain["ranker"], None)


async def test_a_batch_is_routed_ask_by_ask(routed: httpx.AsyncClient) -> None:
    await believed(routed)
    asks = [ASK, {**ASK, "explain": False}, {"session": ["dune"], "explain": True}]

    batch = await sent(routed, "POST", f"{PATH}/batch", {"requests": asks})

    made = [row["recommendation"] for row in batch["results"]]
    assert [one["routing"] is None for one in made] == [False, True, False]
    alone = await sent(routed, "POST", PATH, ASK)
    assert parts_of(made[0]) == pytest.approx(parts_of(alone), abs=1e-5)


@pytest.mark.parametrize("explain", [True, False])
async def test_a_list_is_read_again_as_it_was_shown(
    routed: httpx.AsyncClient, *, explain: bool
) -> None:
    belief = await believed(routed)

    made = await sent(routed, "POST", PATH, {**ASK, "explain": explain, "k": 2})
    again = await read(routed, f"{PATH}/{made['impression_id']}")
    told = made if explain else await sent(routed, "POST", PATH, {**ASK, "k": 2})

    kept = {"item_id", "title", "score", "rank"}
    assert again["items"] == [{key: item[key] for key in kept} for item in made["items"]]
    for key in ("impression_id", "flags", "ranker", "encoder", "belief_revision"):
        assert again[key] == made[key]
    assert again["belief_revision"] == belief["revision"]
    assert (again["user_id"], again["instruction"]) == ("ada", ASK["instruction"])
    assert again["shown_at"]
    assert parts_of(again) == pytest.approx(parts_of(told), abs=0 if explain else 1e-5)
    assert again["routing"].keys() == told["routing"].keys()


async def test_a_list_of_nobody_names_its_session_and_items_deleted_since(
    routed: httpx.AsyncClient,
) -> None:
    await stock(routed)
    ask = {"session": ["dune"], "candidates": ["emma", "it"]}

    made = await sent(routed, "POST", PATH, ask)
    await sent(routed, "DELETE", "/v1/items/it")
    again = await read(routed, f"{PATH}/{made['impression_id']}")

    assert (again["user_id"], again["session"], again["belief_revision"]) == (None, ["dune"], None)
    assert {item["item_id"]: item["title"] for item in again["items"]} == {
        "emma": "Emma",
        "it": None,
    }


@pytest.mark.parametrize("name", ["never", "batch", "%20", "ä", "x" * 200])
async def test_an_unknown_impression_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    found = await problem(client, "GET", f"{PATH}/{name}")

    assert (found["status"], found["errors"][0]["field"]) == (404, "impression_id")
    assert found["type"] == "urn:credence:problem:recommendation-not-found"


async def test_the_route_is_exported_and_erased_with_the_person(
    routed: httpx.AsyncClient, application: Application
) -> None:
    await believed(routed)
    made = await sent(routed, "POST", PATH, ASK)

    exported = await read(routed, "/v1/users/ada/export")
    await sent(routed, "DELETE", "/v1/users/ada")

    assert exported["impressions"][0]["routing"]["expert"] == made["routing"]["expert"]
    gone = await problem(routed, "GET", f"{PATH}/{made['impression_id']}")
    assert gone["status"] == 404
    async with application.engine.connect() as connection:
        assert (await connection.execute(select(impressions))).all() == []


async def test_a_list_without_a_route_stores_null(application: Application) -> None:
    async with client_of(application, semantic_counter(application)) as semantic:
        await stock(semantic)
        await sent(semantic, "POST", PATH, {})
    await application.shelf.impressions.settle()

    async with application.engine.connect() as connection:
        query = select(impressions.c.item_ids).where(impressions.c.routing.is_(None))
        assert len((await connection.execute(query)).all()) == 1
