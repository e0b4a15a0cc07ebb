"""Reading beliefs over HTTP: now, then, differences, history, one chunk."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.integration.app.shelf import ada, believed, problem, read, sent

BELIEF = "/v1/users/ada/belief"
LATER = [
    {"user_id": "ada", "item_id": "emma", "action": "rating", "rating": 1, "text": "Dull."},
    {"user_id": "ada", "item_id": "persuasion", "action": "dislike"},
    {"user_id": "ada", "item_id": "left-hand", "action": "rating", "rating": 5},
]


async def twice(client: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ada's belief after one planner run and after two."""
    first = await believed(client)
    await sent(client, "POST", "/v1/events", {"events": LATER})
    await sent(client, "POST", f"{BELIEF}/advance")
    return first, await read(client, BELIEF)


async def test_before_any_run_events_are_there_and_pending(client: httpx.AsyncClient) -> None:
    await ada(client)

    belief = await read(client, BELIEF)

    assert (belief["revision"], belief["pending"]) == (0, 3)
    assert len(belief["events"]) == 3
    assert belief["chunks"] == []
    assert belief["profile"] is None


async def test_a_chunk_says_which_way_and_how_sure(client: httpx.AsyncClient) -> None:
    belief = await believed(client)

    for chunk in belief["chunks"]:
        assert chunk["statement"].split()[0] == ("likes" if chunk["strength"] > 0 else "dislikes")
        assert -1 <= chunk["low"] <= chunk["strength"] <= chunk["high"] <= 1
        assert 0 <= chunk["confidence"] < 1
        assert chunk["supporting"] + chunk["contradicting"] == chunk["likes"] + chunk["dislikes"]
    sizes = [abs(chunk["strength"]) for chunk in belief["chunks"]]
    assert sizes == sorted(sizes, reverse=True)
    ids = {chunk["chunk_id"] for chunk in belief["chunks"]}
    if belief["profile"] is not None:
        assert all(set(s["chunk_ids"]) <= ids for s in belief["profile"]["sentences"])


async def test_an_earlier_revision_reads_as_it_did_then(client: httpx.AsyncClient) -> None:
    first, second = await twice(client)

    by_revision = await read(client, f"{BELIEF}?revision=1")
    by_time = await client.get(BELIEF, params={"at": first["as_of"]})
    start = await read(client, f"{BELIEF}?revision=0")
    latest = await read(client, f"{BELIEF}?revision=2")

    for past in (by_revision, by_time.json()):
        assert past["revision"] == 1
        assert [event["seq"] for event in past["events"]] == [3, 2, 1]
        assert past["pending"] == 0
        assert past["profile"] == first["profile"]
        assert _without_drift(past) == _without_drift(first)
    assert start["chunks"] == []
    assert _without_drift(latest) == _without_drift(second)
    assert latest["events"] == second["events"]


async def test_pins_do_not_leak_into_the_past(client: httpx.AsyncClient) -> None:
    first = await believed(client)
    chunk = first["chunks"][0]["chunk_id"]
    await sent(client, "POST", f"{BELIEF}/chunks/{chunk}/pin")

    past = await read(client, f"{BELIEF}?revision=1")

    assert not any(c["pinned"] for c in past["chunks"])


async def test_a_time_before_the_first_run_has_no_chunks(client: httpx.AsyncClient) -> None:
    await believed(client)

    long_ago = await client.get(BELIEF, params={"at": "2001-01-01T00:00:00Z"})

    assert long_ago.json()["revision"] == 0
    assert long_ago.json()["events"] == []
    assert long_ago.json()["pending"] == 0


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("revision=9", 404, "revision"),
        ("revision=-1", 422, "revision"),
        ("revision=x", 422, "revision"),
        ("at=2026-01-01T00:00:00", 422, "at"),
        ("at=2026-01-01T00:00:00Z&revision=1", 422, "at"),
    ],
)
async def test_a_bad_question_about_the_past_is_told(
    client: httpx.AsyncClient, query: str, status: int, field: str
) -> None:
    await believed(client)

    found = await problem(client, "GET", f"{BELIEF}?{query}")

    assert (found["status"], found["errors"][0]["field"]) == (status, field)


async def test_the_difference_of_two_revisions_is_what_changed(client: httpx.AsyncClient) -> None:
    first, second = await twice(client)

    made = await read(client, f"{BELIEF}/diff?from=1")
    back = await read(client, f"{BELIEF}/diff?from=2&to=1")
    same = await read(client, f"{BELIEF}/diff?from=2&to=2")

    was = {chunk["chunk_id"] for chunk in first["chunks"]}
    now_is = {chunk["chunk_id"] for chunk in second["chunks"]}
    assert {chunk["chunk_id"] for chunk in made["added"]} == now_is - was
    assert {chunk["chunk_id"] for chunk in made["removed"]} == was - now_is
    assert made["added"]
    assert all(m["before"]["likes"] <= m["after"]["likes"] for m in made["changed"])
    assert {c["chunk_id"] for c in back["removed"]} == {c["chunk_id"] for c in made["added"]}
    assert (same["added"], same["removed"], same["changed"]) == ([], [], [])
    assert (await problem(client, "GET", f"{BELIEF}/diff?from=7"))["status"] == 404


async def test_history_pages_hold_every_revision_once_latest_first(
    client: httpx.AsyncClient,
) -> None:
    await twice(client)
    chunk = (await read(client, BELIEF))["chunks"][0]["chunk_id"]
    await sent(client, "POST", f"{BELIEF}/chunks/{chunk}/pin")

    first = await read(client, f"{BELIEF}/history?limit=2")
    second = await read(client, f"{BELIEF}/history?limit=2&cursor={first['next_cursor']}")

    revisions = first["revisions"] + second["revisions"]
    assert [revision["revision"] for revision in revisions] == [3, 2, 1]
    assert second["next_cursor"] is None
    for revision in revisions:
        assert revision["reason"]
        assert revision["changes"]
        assert all(change["reason"] for change in revision["changes"])
    learnt = [c for c in revisions[-1]["changes"] if c["operation"] == "extraction"]
    assert learnt
    assert all(c["strength_before"] is None and c["events"] for c in learnt)
    assert all(datetime.fromisoformat(revision["at"]).tzinfo for revision in revisions)


async def test_a_chunk_names_the_events_it_rests_on(client: httpx.AsyncClient) -> None:
    belief = await believed(client)

    for chunk in belief["chunks"]:
        detail = await read(client, f"{BELIEF}/chunks/{chunk['chunk_id']}")
        assert detail["chunk"]["text"] == chunk["text"]
        assert len(detail["evidence"]) == chunk["likes"] + chunk["dislikes"]
        assert all(piece["words"] and piece["event"]["title"] for piece in detail["evidence"])
        assert [revision["revision"] for revision in detail["history"]] == [1]
        for revision in detail["history"]:
            assert {c["chunk_id"] for c in revision["changes"]} == {chunk["chunk_id"]}


async def test_what_does_not_exist_is_404(client: httpx.AsyncClient) -> None:
    await believed(client)
    for path in ("", "/diff?from=0", "/history", "/chunks/1"):
        assert (await problem(client, "GET", f"/v1/users/bob/belief{path}"))["status"] == 404
    assert (await problem(client, "GET", f"{BELIEF}/chunks/999"))["status"] == 404
    assert (await problem(client, "POST", "/v1/users/bob/belief/advance"))["status"] == 404


async def test_planner_runs_are_paged_latest_first_skips_included(
    client: httpx.AsyncClient,
) -> None:
    await twice(client)
    await sent(client, "POST", f"{BELIEF}/advance")

    first = await read(client, "/v1/users/ada/planner-runs?limit=2")
    second = await read(client, f"/v1/users/ada/planner-runs?limit=2&cursor={first['next_cursor']}")

    runs = first["runs"] + second["runs"]
    assert len(runs) == 3
    assert [run["revision"] for run in runs if run["outcome"] == "committed"][-2:] == [2, 1]
    assert all(run["reason"] and run["signals"] and run["duration_ms"] > 0 for run in runs)
    assert (await problem(client, "GET", "/v1/users/bob/planner-runs"))["status"] == 404


async def test_a_belief_read_beside_corrections_is_of_one_revision(
    client: httpx.AsyncClient,
) -> None:
    chunk = (await believed(client))["chunks"][0]["chunk_id"]

    async def toggle() -> None:
        for _ in range(15):
            await sent(client, "POST", f"{BELIEF}/chunks/{chunk}/pin")
            await sent(client, "POST", f"{BELIEF}/chunks/{chunk}/unpin")

    async def look() -> list[tuple[int, bool]]:
        seen = []
        for _ in range(60):
            belief = await read(client, BELIEF)
            pinned = any(c["pinned"] for c in belief["chunks"])
            seen.append((belief["revision"], pinned))
        return seen

    _, *looks = await asyncio.gather(toggle(), look(), look())

    torn = [pair for seen in looks for pair in seen if pair[1] != (pair[0] % 2 == 0)]
    assert torn == []  # revision 1 is not pinned, 2 is, 3 is not


def _without_drift(belief: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Chunks less what the passing of milliseconds does to strengths."""
    names = ("chunk_id", "statement", "category", "likes", "dislikes", "pinned", "edited")
    chunks = sorted(belief["chunks"], key=lambda chunk: chunk["chunk_id"])
    return [(*(chunk[name] for name in names), round(chunk["strength"], 4)) for chunk in chunks]
