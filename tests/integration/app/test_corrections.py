"""Corrections over HTTP: audited, guarded by revision, respected by later runs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.app.shelf import READING, ada, believed, problem, read, sent

BELIEF = "/v1/users/ada/belief"


async def test_a_pin_is_audited_and_undone(client: httpx.AsyncClient) -> None:
    chunk = (await believed(client))["chunks"][0]["chunk_id"]

    pinned = await sent(
        client, "POST", f"{BELIEF}/chunks/{chunk}/pin", {"actor": "eve", "reason": "asked"}
    )
    again = await sent(client, "POST", f"{BELIEF}/chunks/{chunk}/pin")
    detail = await read(client, f"{BELIEF}/chunks/{chunk}")
    undone = await sent(client, "POST", "/v1/users/ada/revisions/2/undo", {"actor": "eve"})

    assert (pinned["revision"], pinned["actor"], pinned["reason"]) == (2, "eve", "asked")
    assert (again["revision"], again["changes"]) == (2, [])
    assert detail["chunk"]["pinned"]
    assert [revision["actor"] for revision in detail["history"]][-1] == "eve"
    assert (undone["revision"], undone["undoes"]) == (3, 2)
    assert not (await read(client, f"{BELIEF}/chunks/{chunk}"))["chunk"]["pinned"]


async def test_unpinning_takes_a_pin_back(client: httpx.AsyncClient) -> None:
    chunk = (await believed(client))["chunks"][0]["chunk_id"]
    await sent(client, "POST", f"{BELIEF}/chunks/{chunk}/pin")

    await sent(client, "POST", f"{BELIEF}/chunks/{chunk}/unpin")

    assert not (await read(client, f"{BELIEF}/chunks/{chunk}"))["chunk"]["pinned"]


async def test_edited_words_and_strength_survive_the_next_run(client: httpx.AsyncClient) -> None:
    chunk = (await believed(client))["chunks"][0]["chunk_id"]

    edited = await sent(
        client,
        "PATCH",
        f"{BELIEF}/chunks/{chunk}",
        {"text": "stories of far worlds", "category": "setting", "strength": 0.8},
    )
    await sent(client, "POST", "/v1/events", {"events": READING})
    await sent(client, "POST", f"{BELIEF}/advance")

    now_is = (await read(client, f"{BELIEF}/chunks/{chunk}"))["chunk"]
    strengths = [c["strength_after"] for c in edited["changes"] if c["chunk_id"] == chunk]
    assert strengths[-1] == pytest.approx(0.8)
    assert (now_is["text"], now_is["category"]) == ("stories of far worlds", "setting")
    assert now_is["edited"]
    assert now_is["strength"] > 0.5


async def test_a_strength_of_nought_takes_no_side_wherever_it_is_told(
    client: httpx.AsyncClient,
) -> None:
    was = (await believed(client))["chunks"][0]

    edited = await sent(client, "PATCH", f"{BELIEF}/chunks/{was['chunk_id']}", {"strength": -0.001})

    said = f"undecided on {was['text']}"
    belief = await read(client, BELIEF)
    assert [c["statement"] for c in edited["changes"] if c["chunk_id"] == was["chunk_id"]] == [said]
    assert said in {chunk["statement"] for chunk in belief["chunks"]}
    sentences = belief["profile"]["sentences"] if belief["profile"] else []
    assert not [one for one in sentences if was["chunk_id"] in one["chunk_ids"]]


async def test_words_that_another_belief_has_are_refused_with_its_number(
    client: httpx.AsyncClient,
) -> None:
    chunks = (await believed(client))["chunks"]
    one, same = [chunk for chunk in chunks if chunk["strength"] > 0][:2]
    opposed = next(chunk for chunk in chunks if chunk["strength"] < 0)

    twice = await problem(
        client,
        "PATCH",
        f"{BELIEF}/chunks/{one['chunk_id']}",
        {"text": f" {same['text'].upper()} ", "strength": 0.5},
    )
    against = await problem(
        client, "PATCH", f"{BELIEF}/chunks/{one['chunk_id']}", {"text": opposed["text"]}
    )
    kept = await sent(
        client, "PATCH", f"{BELIEF}/chunks/{one['chunk_id']}", {"text": one["text"].upper()}
    )

    assert (twice["status"], twice["errors"][0]["field"]) == (409, "text")
    assert f"chunk {same['chunk_id']}" in twice["detail"]
    assert f"into chunk {same['chunk_id']}" in twice["errors"][0]["fix"]
    assert "merge" not in against["errors"][0]["fix"]
    assert "forget" in against["errors"][0]["fix"]
    assert kept["revision"] == 2


async def test_a_category_that_no_belief_has_is_refused_with_those_there_are(
    client: httpx.AsyncClient,
) -> None:
    await believed(client)

    found = await problem(client, "PATCH", f"{BELIEF}/chunks/1", {"category": "genr"})

    assert (found["status"], found["errors"][0]["field"]) == (422, "category")
    assert "genre" in found["errors"][0]["fix"]


@pytest.mark.parametrize("text", ["likes quick recipes", "doesn't like long recipes"])
async def test_words_that_take_a_side_themselves_are_refused(
    client: httpx.AsyncClient, text: str
) -> None:
    await believed(client)

    found = await problem(client, "PATCH", f"{BELIEF}/chunks/1", {"text": text})

    assert (found["status"], found["errors"][0]["field"]) == (422, "text")
    assert "give the topic alone, without like or dislike" in found["errors"][0]["fix"]
    assert "strength" in found["errors"][0]["fix"]
    assert (await read(client, BELIEF))["revision"] == 1


async def test_a_topic_that_only_begins_like_a_verb_is_taken(client: httpx.AsyncClient) -> None:
    await believed(client)

    await sent(client, "PATCH", f"{BELIEF}/chunks/1", {"text": "love stories"})

    assert "love stories" in {chunk["text"] for chunk in (await read(client, BELIEF))["chunks"]}


async def test_what_was_forgotten_by_hand_is_not_learnt_again(client: httpx.AsyncClient) -> None:
    first = (await believed(client))["chunks"][0]

    await sent(client, "POST", f"{BELIEF}/chunks/{first['chunk_id']}/forget")
    await sent(client, "POST", "/v1/events", {"events": READING})
    await sent(client, "POST", f"{BELIEF}/advance")

    belief = await read(client, BELIEF)
    assert first["text"] not in {chunk["text"] for chunk in belief["chunks"]}
    gone = (await read(client, f"{BELIEF}/chunks/{first['chunk_id']}"))["chunk"]
    assert gone["status"] == "rejected"
    found = await problem(client, "POST", f"{BELIEF}/chunks/{first['chunk_id']}/pin")
    assert found["status"] == 404


async def test_what_was_only_let_go_may_be_learnt_again(client: httpx.AsyncClient) -> None:
    first = (await believed(client))["chunks"][0]

    gone = await sent(
        client,
        "POST",
        f"{BELIEF}/chunks/{first['chunk_id']}/forget",
        {"for_good": False, "actor": "eve", "reason": "a phase"},
    )
    without = await read(client, BELIEF)
    detail = (await read(client, f"{BELIEF}/chunks/{first['chunk_id']}"))["chunk"]
    await sent(client, "POST", "/v1/events", {"events": READING})
    await sent(client, "POST", f"{BELIEF}/advance")

    assert (gone["actor"], gone["reason"]) == ("eve", "a phase")
    assert gone["changes"][0]["operation"] == "correction"
    assert detail["status"] == "forgotten"
    assert first["text"] not in {chunk["text"] for chunk in without["chunks"]}
    assert first["text"] in {chunk["text"] for chunk in (await read(client, BELIEF))["chunks"]}


async def test_two_likes_become_one_and_opposites_do_not(client: httpx.AsyncClient) -> None:
    chunks = (await believed(client))["chunks"]
    likes = [chunk["chunk_id"] for chunk in chunks if chunk["strength"] > 0]
    dislikes = [chunk["chunk_id"] for chunk in chunks if chunk["strength"] < 0]
    assert len(likes) >= 2, chunks
    assert dislikes, chunks

    opposed = await problem(
        client, "POST", f"{BELIEF}/chunks/{dislikes[0]}/merge", {"into": likes[0]}
    )
    itself = await problem(client, "POST", f"{BELIEF}/chunks/{likes[0]}/merge", {"into": likes[0]})
    await sent(client, "POST", f"{BELIEF}/chunks/{likes[1]}/merge", {"into": likes[0]})

    assert (opposed["status"], itself["status"]) == (409, 409)
    gone = (await read(client, f"{BELIEF}/chunks/{likes[1]}"))["chunk"]
    assert (gone["status"], gone["merged_into"]) == ("merged", likes[0])


async def test_a_correction_of_an_older_revision_changes_nothing(
    client: httpx.AsyncClient,
) -> None:
    chunk = (await believed(client))["chunks"][0]["chunk_id"]

    stale = await problem(client, "POST", f"{BELIEF}/chunks/{chunk}/pin", {"if_revision": 0})
    fresh = await sent(client, "POST", f"{BELIEF}/chunks/{chunk}/pin", {"if_revision": 1})

    assert stale["status"] == 409
    assert stale["errors"][0]["field"] == "if_revision"
    assert fresh["revision"] == 2


async def test_undoing_a_run_takes_its_chunks_back(client: httpx.AsyncClient) -> None:
    before = await believed(client)

    await sent(client, "POST", "/v1/users/ada/revisions/1/undo")
    belief = await read(client, BELIEF)

    assert before["chunks"]
    assert belief["chunks"] == []
    assert belief["profile"] is None
    assert (belief["revision"], belief["pending"]) == (2, 0)
    conflict = await problem(client, "POST", "/v1/users/ada/revisions/1/undo")
    missing = await problem(client, "POST", "/v1/users/ada/revisions/9/undo")
    assert (conflict["status"], missing["status"]) == (409, 404)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "chunks/1", {}, 422),
        ("PATCH", "chunks/1", {"strength": 1}, 422),
        ("PATCH", "chunks/1", {"strength": "strong"}, 422),
        ("PATCH", "chunks/1", {"text": ""}, 422),
        ("PATCH", "chunks/1", {"text": "a\0b"}, 422),
        ("PATCH", "chunks/1", {"category": "x"}, 422),
        ("PATCH", "chunks/999", {"category": "x"}, 404),
        ("PATCH", "chunks/0", {"category": "x"}, 422),
        ("POST", "chunks/999/forget", None, 404),
        ("POST", "chunks/1/merge", {}, 422),
        ("POST", "chunks/1/merge", {"into": 999}, 404),
        ("POST", "chunks/1/pin", {"why": "x"}, 422),
    ],
)
async def test_a_bad_correction_is_told_and_changes_nothing(
    client: httpx.AsyncClient, method: str, path: str, body: Any, status: int
) -> None:
    await believed(client)

    found = await problem(client, method, f"{BELIEF}/{path}", body)

    assert found["status"] == status
    assert (await read(client, BELIEF))["revision"] == 1


async def test_who_asks_for_a_run_stands_in_its_detail(client: httpx.AsyncClient) -> None:
    await ada(client)

    named = await sent(client, "POST", f"{BELIEF}/advance", {"actor": "eve", "reason": "stale"})
    unnamed = await sent(client, "POST", f"{BELIEF}/advance")
    history = (await read(client, f"{BELIEF}/history"))["revisions"]

    assert named["detail"]["asked"] == {"actor": "eve", "reason": "stale"}
    assert unnamed["detail"]["asked"] == {"actor": "api", "reason": None}
    assert [one["reason"] for one in history] == [f"{named['reason']}; asked for by eve: stale"]
    refused = await client.post(f"{BELIEF}/advance", json={"actor": "x" * 201})
    assert refused.status_code == 422
