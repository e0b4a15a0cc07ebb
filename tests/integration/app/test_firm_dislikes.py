"""Somebody who only rated one topic, and badly: no list may be led by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tests.integration.app.shelf import read, sent

TOPICS = (
    "space opera with starships",
    "regency romance in the country",
    "haunted house horror",
    "baking bread at home",
    "mountain climbing memoir",
    "garden design for small plots",
    "detective in old Vienna",
    "jazz piano history",
)
HORROR, BAKING = 2, 3
NEW = [f"{topic}-5" for topic in range(len(TOPICS))]  # one book a topic, read by nobody


@pytest.fixture(autouse=True)
async def shelf(client: httpx.AsyncClient) -> None:
    rows = [
        {
            "item_id": f"{topic}-{n}",
            "title": f"{words.title()} no. {n}",
            "description": f"A book about {words}, volume {n}.",
            "categories": [words.split()[0]],
        }
        for n in range(6)
        for topic, words in enumerate(TOPICS)
    ]
    await sent(client, "POST", "/v1/items", {"items": rows})


async def reader(
    client: httpx.AsyncClient, rated: Sequence[tuple[int, float, str]]
) -> dict[str, Any]:
    """What is believed of somebody who rated and wrote this of books of these topics."""
    events = [
        {
            "user_id": "ada",
            "item_id": f"{topic}-{n}",
            "action": "rating",
            "rating": rating,
            "text": words,
        }
        for n, (topic, rating, words) in enumerate(rated)
    ]
    await sent(client, "PUT", "/v1/users/ada", {})
    await sent(client, "POST", "/v1/events", {"events": events})
    await sent(client, "POST", "/v1/users/ada/belief/advance")
    belief: dict[str, Any] = await read(client, "/v1/users/ada/belief")
    return belief


async def listed(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    ask = {"user_id": "ada", "k": 8, "candidates": NEW, "explain": True, "reasons": 50}
    made: dict[str, Any] = await sent(client, "POST", "/v1/recommendations", {**ask, **more})
    return made


def heeded(made: dict[str, Any]) -> dict[str, float]:
    """Nats added to each item; without routing or anything heeded, none."""
    parts = made["routing"]["items"]
    return {part["item_id"]: part["heeded"] for part in parts if part["heeded"] is not None}


@pytest.mark.parametrize("instruction", ["", "something good for the weekend"])
async def test_what_somebody_rates_1_alone_is_last_and_reasons_say_why(
    client: httpx.AsyncClient, instruction: str
) -> None:
    belief = await reader(client, [(HORROR, 1, "I hate haunted house horror.")] * 4)

    made = await listed(client, instruction=instruction)

    dislikes = [c["chunk_id"] for c in belief["chunks"] if c["strength"] < -0.4]
    assert dislikes
    [*_, last] = made["items"]
    assert last["item_id"] == NEW[HORROR]
    first = last["reasons"][0]
    assert (first["source"], first["direction"]) == ("chunk", "down")
    assert first["id"] in dislikes
    assert max(r["change"] for r in last["reasons"] if r["source"] == "event") < 0.05
    added = heeded(made)
    assert added[NEW[HORROR]] < -1
    assert all(value == 0 for item_id, value in added.items() if item_id != NEW[HORROR])


async def test_whoever_asks_for_it_is_given_it(client: httpx.AsyncClient) -> None:
    await reader(client, [(HORROR, 1, "I hate haunted house horror.")] * 4)

    made = await listed(client, instruction="a book about haunted houses for my sister, please")

    assert made["items"][0]["item_id"] == NEW[HORROR]


async def test_of_somebody_of_two_minds_what_they_like_leads_and_what_they_hate_is_last(
    client: httpx.AsyncClient,
) -> None:
    hated = [(HORROR, 1.0, "I hate haunted house horror.")] * 4
    await reader(client, [*hated, *[(BAKING, 5.0, "I love baking bread.")] * 2])

    made = await listed(client)

    shown = [item["item_id"] for item in made["items"]]
    assert (shown[0], shown[-1]) == (NEW[BAKING], NEW[HORROR])


async def test_without_a_firm_dislike_nothing_is_heeded(client: httpx.AsyncClient) -> None:
    await reader(client, [(BAKING, 5, "I love baking bread.")] * 4)

    made = await listed(client)

    assert heeded(made) == {}
    for item, part in zip(made["items"], made["routing"]["items"], strict=True):
        assert item["item_id"] == part["item_id"]
    constant = [
        item["score"] - part["expert_score"] - part["complement_score"]
        for item, part in zip(made["items"], made["routing"]["items"], strict=True)
    ]
    assert constant == pytest.approx([constant[0]] * len(constant), abs=1e-5)


async def test_a_dislike_that_is_taken_back_lowers_nothing_any_more(
    client: httpx.AsyncClient,
) -> None:
    belief = await reader(client, [(HORROR, 1, "I hate haunted house horror.")] * 4)
    before = heeded(await listed(client))
    for chunk in belief["chunks"]:
        path = f"/v1/users/ada/belief/chunks/{chunk['chunk_id']}/forget"
        await sent(client, "POST", path, {})

    after = await listed(client)

    assert before[NEW[HORROR]] < -1
    assert heeded(after) == {}
