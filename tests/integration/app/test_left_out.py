"""What an instruction asks to be left out is not what a list is full of: real Postgres, encoder
and ranker."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.app.shelf import sent

HORROR = {
    "the-haunting": "A haunted house horror about a ghost that terrifies a family",
    "night-terror": "Slasher horror: a masked killer hunts teenagers at night",
    "the-crypt": "Gothic horror of vampires and a cursed crypt",
}
OTHERS = {
    "warm-bakery": "A warm comedy about a village bakery",
    "star-pilot": "Science fiction adventure of a young star pilot",
    "quiet-lake": "A quiet literary novel about a family by a lake",
    "old-trail": "A western about a sheriff and an old trail",
}


@pytest.fixture
async def stocked(client: httpx.AsyncClient) -> httpx.AsyncClient:
    for item_id, text in (HORROR | OTHERS).items():
        await sent(client, "PUT", f"/v1/items/{item_id}", {"title": text, "description": text})
    return client


async def _asked(
    client: httpx.AsyncClient, instruction: str
) -> tuple[list[str], dict[str, object]]:
    body = {"instruction": instruction, "candidates": [*HORROR, *OTHERS], "k": 7}
    made = await sent(client, "POST", "/v1/recommendations", body)
    return [item["item_id"] for item in made["items"]], made


@pytest.mark.parametrize(
    "words", ["no horror", "I hate horror", "something warm, no horror please"]
)
async def test_what_is_not_wanted_comes_last(stocked: httpx.AsyncClient, words: str) -> None:
    wanted, _ = await _asked(stocked, "horror")
    assert set(wanted[:3]) == set(HORROR)

    found, made = await _asked(stocked, words)

    assert set(found[-3:]) == set(HORROR)
    assert made["unwanted"] == ["horror"]
    assert "unwanted" in made["flags"]  # type: ignore[operator]


async def test_what_else_is_asked_for_leads(stocked: httpx.AsyncClient) -> None:
    found, _ = await _asked(stocked, "a western, not science fiction and no horror")

    assert found[0] == "old-trail"
    assert found.index("star-pilot") > 2


async def test_what_nobody_named_is_said_too(stocked: httpx.AsyncClient) -> None:
    body = {"session": ["nowhere", "warm-bakery", "nowhere"], "k": 2}
    made = await sent(stocked, "POST", "/v1/recommendations", body)

    assert made["unknown_session_items"] == ["nowhere"]
    assert "unknown_session_items" in made["flags"]
    assert made["unwanted"] == []


async def test_a_list_that_is_found_by_the_rest_of_the_words_leaves_it_out(
    stocked: httpx.AsyncClient,
) -> None:
    made = await sent(
        stocked, "POST", "/v1/recommendations", {"instruction": "no horror, no westerns", "k": 3}
    )

    assert {item["item_id"] for item in made["items"]}.isdisjoint({*HORROR, "old-trail"})
