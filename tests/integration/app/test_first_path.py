"""The whole path over HTTP: items, a person, events, the planner, recommendations, the belief."""

from __future__ import annotations

import httpx

from tests.integration.app.shelf import ada, read, sent


async def test_events_become_a_belief_and_the_belief_moves_recommendations(
    client: httpx.AsyncClient,
) -> None:
    await ada(client)

    run = await sent(client, "POST", "/v1/users/ada/belief/advance")
    belief = await read(client, "/v1/users/ada/belief")
    made = await sent(
        client,
        "POST",
        "/v1/recommendations",
        {"user_id": "ada", "candidates": ["left-hand", "persuasion", "emma"], "explain": True},
    )

    assert run["outcome"] == "committed"
    assert (belief["revision"], belief["pending"]) == (1, 0)
    assert [event["seq"] for event in belief["events"]] == [3, 2, 1]
    assert belief["chunks"]
    assert made["items"][0]["item_id"] == "left-hand"
    assert made["items"][0]["reasons"]
    assert made["belief_revision"] == 1
