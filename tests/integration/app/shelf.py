"""A small world for tests: six books, and a person who likes science fiction."""

from __future__ import annotations

import json
from typing import Any

import httpx

BOOKS = {
    "dune": ("Dune", "A desert planet, its spice and a messiah.", ["science fiction"]),
    "emma": ("Emma", "A matchmaker learns to see.", ["romance", "classics"]),
    "it": ("It", "A clown under the town.", ["horror"]),
    "left-hand": ("The Left Hand of Darkness", "An envoy on a frozen world.", ["science fiction"]),
    "persuasion": ("Persuasion", "A second chance at love.", ["romance", "classics"]),
    "hyperion": ("Hyperion", "Pilgrims tell tales on the way.", ["science fiction"]),
}
READING: list[dict[str, Any]] = [
    {"user_id": "ada", "item_id": "dune", "action": "rating", "rating": 5},
    {
        "user_id": "ada",
        "item_id": "hyperion",
        "action": "review",
        "rating": 4.5,
        "text": "Superb world building and a gripping story.",
    },
    {"user_id": "ada", "item_id": "it", "action": "dislike", "text": "Too much gore."},
]


async def stock(client: httpx.AsyncClient) -> None:
    """Put the books into the catalogue."""
    rows = [
        {
            "item_id": key,
            "title": title,
            "description": words,
            "categories": categories,
            "attributes": {"language": "en"},
        }
        for key, (title, words, categories) in BOOKS.items()
    ]
    await sent(client, "POST", "/v1/items", {"items": rows})


async def ada(client: httpx.AsyncClient) -> None:
    """Books, Ada, and her events, not yet looked at by the planner."""
    await stock(client)
    await sent(client, "PUT", "/v1/users/ada", {})
    await sent(client, "POST", "/v1/events", {"events": READING})


async def believed(client: httpx.AsyncClient) -> dict[str, Any]:
    """Ada after one planner run; her belief."""
    await ada(client)
    await sent(client, "POST", "/v1/users/ada/belief/advance")
    belief: dict[str, Any] = await read(client, "/v1/users/ada/belief")
    return belief


async def sent(client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    """The answer to a request that must succeed."""
    answer = await client.request(method, path, json=body)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def read(client: httpx.AsyncClient, path: str) -> Any:
    return await sent(client, "GET", path)


async def problem(
    client: httpx.AsyncClient, method: str, path: str, body: Any = None, **more: Any
) -> dict[str, Any]:
    """The problem that a request runs into; every one has the same shape."""
    headers = {"Content-Type": "application/json", **more.pop("headers", {})}
    content = None if body is None else json.dumps(body)  # in ASCII, lone surrogates and all
    answer = await client.request(method, path, content=content, headers=headers, **more)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    assert {"type", "title", "status", "detail", "instance", "errors"} == found.keys()
    assert all(error["message"] and error["fix"] for error in found["errors"])
    return found
