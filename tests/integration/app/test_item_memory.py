"""What people together say of items, as clients see it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.memory.model import Person
from tests.integration.app.shelf import problem, read, sent, stock

WORDS = (
    "Superb world building, though the pacing is slow.",
    "The world building is gorgeous. I loved every page.",
    "Vivid, rich world building and a gripping story.",
    "World building at its best, and such lyrical prose.",
)


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


async def said(client: httpx.AsyncClient, application: Application, rows: list[Any]) -> None:
    """Events of people who may be new, taken through planner and keeper."""
    for user in sorted({row["user_id"] for row in rows}):
        await sent(client, "PUT", f"/v1/users/{user}", {})
    await sent(client, "POST", "/v1/events", {"events": rows})
    await application.worker.drain()
    await application.keeper.settle()


def reviews(item_id: str, *, people: int, first: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "user_id": f"reader-{first + n}",
            "item_id": item_id,
            "action": "review",
            "rating": 4.5,
            "text": WORDS[(first + n) % len(WORDS)],
        }
        for n in range(people)
    ]


async def test_an_item_tells_what_enough_people_say_of_it(
    client: httpx.AsyncClient, application: Application
) -> None:
    await stock(client)
    await said(client, application, reviews("dune", people=2))
    assert (await read(client, "/v1/items/dune"))["memory"] is None

    await said(client, application, reviews("dune", people=2, first=2))
    memory = (await read(client, "/v1/items/dune"))["memory"]

    assert memory["people"] >= 3
    assert memory["rating"] == 4.5
    assert memory["liking"] > 0.5
    assert "world-building" in [phrase["topic"] for phrase in memory["phrases"]]
    assert all(p["praised"] + p["criticised"] >= 3 for p in memory["phrases"])


async def test_neighbors_are_what_the_same_people_choose(
    client: httpx.AsyncClient, application: Application
) -> None:
    await stock(client)
    for item_id, people in (("dune", 4), ("hyperion", 4), ("emma", 2)):
        rows = [
            {"user_id": f"reader-{n}", "item_id": item_id, "action": "like"} for n in range(people)
        ]
        await said(client, application, rows)

    found = await read(client, "/v1/items/dune/neighbors")

    assert [n["item_id"] for n in found["neighbors"]] == ["hyperion"]
    assert found["neighbors"][0]["people"] == 4
    assert found["neighbors"][0]["affinity"] == 0.7  # of 4 / (4 + 2)
    assert (await read(client, "/v1/items/it/neighbors"))["neighbors"] == []
    assert (await problem(client, "GET", "/v1/items/nowhere/neighbors"))["status"] == 404
    assert (await problem(client, "GET", "/v1/items/dune/neighbors?limit=0"))["status"] == 422


async def test_what_others_say_moves_a_list_and_is_told_as_a_reason(
    client: httpx.AsyncClient, application: Application
) -> None:
    await stock(client)
    ask = {
        "instruction": "gorgeous world building with lyrical prose",
        "candidates": ["dune", "hyperion", "left-hand"],
        "explain": True,
    }
    before = await sent(client, "POST", "/v1/recommendations", ask)
    assert all(not item["reasons"] for item in before["items"])

    await said(client, application, reviews("hyperion", people=4))
    after = await sent(client, "POST", "/v1/recommendations", ask)

    scores = {item["item_id"]: item["score"] for item in before["items"]}
    hyperion = next(item for item in after["items"] if item["item_id"] == "hyperion")
    others = next(reason for reason in hyperion["reasons"] if reason["source"] == "others")
    assert hyperion["score"] > scores["hyperion"]
    assert others["change"] == pytest.approx(hyperion["score"] - scores["hyperion"], abs=1e-6)
    assert others["direction"] == "up"
    assert "world-building" in others["text"]


async def test_an_own_review_does_not_come_back_to_its_writer(
    client: httpx.AsyncClient, application: Application
) -> None:
    await stock(client)
    await said(client, application, reviews("hyperion", people=3))
    await sent(client, "PUT", "/v1/users/ada", {})
    ada = Person("default", "ada")
    before = (await application.shelf.memories(ada, ["hyperion"], phrases=True))["hyperion"]

    own = {
        "user_id": "ada",
        "item_id": "hyperion",
        "action": "view",
        "text": "A zyzzogeton of a book.",
    }
    await said(client, application, [own])

    for_ada = (await application.shelf.memories(ada, ["hyperion"], phrases=True))["hyperion"]
    for_bob = (
        await application.shelf.memories(Person("default", "bob"), ["hyperion"], phrases=True)
    )["hyperion"]
    assert for_bob.people == before.people + 1
    assert (for_ada.people, for_ada.phrases) == (before.people, before.phrases)
    assert for_ada.words == pytest.approx(before.words, abs=2e-3)
    assert for_bob.words != pytest.approx(before.words, abs=2e-3)


async def test_nobody_has_a_memory_where_it_is_switched_off(
    client: httpx.AsyncClient, application: Application
) -> None:
    worker = application.worker
    worker.context = replace(worker.context, words=None)
    await stock(client)

    await said(client, application, reviews("dune", people=4))

    assert (await read(client, "/v1/items/dune"))["memory"] is None
