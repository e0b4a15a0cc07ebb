"""Undoing over HTTP what events have answered since."""

from __future__ import annotations

import httpx

from tests.integration.app.shelf import problem, read, sent, stock

BELIEF = "/v1/users/ada/belief"


async def learnt(client: httpx.AsyncClient, *texts: str) -> None:
    rows = [{"user_id": "ada", "action": "review", "text": text} for text in texts]
    await sent(client, "POST", "/v1/events", {"events": rows})
    await sent(client, "POST", f"{BELIEF}/advance")


async def told(client: httpx.AsyncClient) -> list[str]:
    return [chunk["statement"] for chunk in (await read(client, BELIEF))["chunks"]]


async def rejected_and_answered(client: httpx.AsyncClient) -> tuple[int, int]:
    """Ada, who was believed to like horror, said no, and then why; the two chunks."""
    await stock(client)
    await sent(client, "PUT", "/v1/users/ada", {})
    await learnt(client, "I love horror.")
    (wrong,) = (await read(client, BELIEF))["chunks"]
    await sent(client, "POST", f"{BELIEF}/chunks/{wrong['chunk_id']}/forget")
    await learnt(client, "I hate horror.", "I really hate horror.")
    (opposite,) = (await read(client, BELIEF))["chunks"]
    assert opposite["statement"] == "dislikes horror"
    return wrong["chunk_id"], opposite["chunk_id"]


async def test_a_rejection_is_not_undone_while_the_opposite_is_believed(
    client: httpx.AsyncClient,
) -> None:
    wrong, opposite = await rejected_and_answered(client)

    refused = await problem(client, "POST", "/v1/users/ada/revisions/2/undo")
    kept = await told(client)
    await sent(client, "POST", f"{BELIEF}/chunks/{opposite}/forget", {"for_good": False})
    await sent(client, "POST", "/v1/users/ada/revisions/2/undo")

    assert (refused["status"], refused["errors"][0]["field"]) == (409, "revision")
    assert f"chunk {opposite} says 'dislikes horror'" in refused["detail"]
    assert f"forget chunk {opposite}" in refused["errors"][0]["fix"]
    assert kept == ["dislikes horror"]
    assert await told(client) == ["likes horror"]
    assert (await read(client, f"{BELIEF}/chunks/{wrong}"))["chunk"]["status"] == "active"
