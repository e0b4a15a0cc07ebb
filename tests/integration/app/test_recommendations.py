"""Recommendations over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.app.shelf import BOOKS, READING, believed, problem, read, sent, stock

PATH = "/v1/recommendations"


async def test_a_known_person_gets_unseen_items_first_to_last(client: httpx.AsyncClient) -> None:
    await believed(client)

    made = await sent(client, "POST", PATH, {"user_id": "ada", "k": 2})

    shown = [item["item_id"] for item in made["items"]]
    assert len(shown) == 2
    assert not set(shown) & {event["item_id"] for event in READING}
    assert [item["rank"] for item in made["items"]] == [1, 2]
    assert made["items"][0]["score"] >= made["items"][1]["score"]
    assert made["flags"] == []


async def test_reasons_name_what_is_believed_and_what_was_done(client: httpx.AsyncClient) -> None:
    belief = await believed(client)
    body = {"user_id": "ada", "candidates": sorted(BOOKS), "explain": True, "reasons": 100}

    made = await sent(client, "POST", PATH, body)
    few = await sent(client, "POST", PATH, {**body, "reasons": 1})

    texts = {
        (reason["source"], reason["id"]): reason["text"]
        for item in made["items"]
        for reason in item["reasons"]
    }
    statements = {("chunk", chunk["chunk_id"]): chunk["statement"] for chunk in belief["chunks"]}
    assert texts.items() >= {("event", 1): "rated 5: Dune", ("event", 3): "disliked: It"}.items()
    assert {key: text for key, text in texts.items() if key[0] == "chunk"}.items() <= (
        statements.items()
    )
    for item, short in zip(made["items"], few["items"], strict=True):
        assert [r["text"] for r in short["reasons"]] == [item["reasons"][0]["text"]]
        sizes = [abs(reason["change"]) for reason in item["reasons"]]
        assert sizes == sorted(sizes, reverse=True)
        for reason in item["reasons"]:
            assert reason["direction"] == ("up" if reason["change"] > 0 else "down")


async def test_without_explain_there_are_no_reasons(client: httpx.AsyncClient) -> None:
    await believed(client)

    made = await sent(client, "POST", PATH, {"user_id": "ada"})

    assert all(item["reasons"] == [] for item in made["items"])


async def test_a_recommendation_changes_no_belief(client: httpx.AsyncClient) -> None:
    await believed(client)
    await sent(client, "POST", "/v1/events", READING[0])
    before = await read(client, "/v1/users/ada")

    await sent(client, "POST", PATH, {"user_id": "ada", "instruction": "a ghost story"})

    assert await read(client, "/v1/users/ada") == before
    assert before["pending"] == 1


async def test_a_session_stands_in_for_a_person(client: httpx.AsyncClient) -> None:
    await stock(client)

    made = await sent(
        client,
        "POST",
        PATH,
        {"session": ["dune", "gone", "hyperion"], "explain": True, "k": 1},
    )

    assert made["items"][0]["item_id"] == "left-hand"
    assert {reason["id"] for reason in made["items"][0]["reasons"]} <= {"dune", "hyperion"}
    assert made["items"][0]["reasons"][0]["source"] == "session"
    assert made["items"][0]["reasons"][0]["text"].startswith("in this session: ")
    assert made["belief_revision"] is None


@pytest.mark.parametrize("body", [{}, {"user_id": "nobody"}, {"session": ["gone"]}])
async def test_somebody_unknown_gets_a_list_that_says_so(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    await stock(client)

    made = await sent(client, "POST", PATH, body)
    asked = await sent(client, "POST", PATH, {**body, "instruction": "love story", "k": 2})

    assert len(made["items"]) == len(BOOKS)
    assert {"cold_start", "popular"} <= set(made["flags"])
    assert ("unknown_user" in made["flags"]) == ("user_id" in body)
    assert {item["item_id"] for item in asked["items"]} == {"emma", "persuasion"}
    assert "popular" not in asked["flags"]


async def test_a_list_that_is_empty_says_so_now_and_later(client: httpx.AsyncClient) -> None:
    await stock(client)
    nothing = {"filters": {"categories": ["cookery"]}}

    for more in ({}, {"instruction": "space"}, {"candidates": ["dune"]}):
        made = await sent(client, "POST", PATH, {**nothing, **more})
        again = await read(client, f"{PATH}/{made['impression_id']}")
        assert made["items"] == []
        assert "nothing_found" in made["flags"]
        assert "popular" not in made["flags"]
        assert again["flags"] == [flag for flag in made["flags"] if flag != "unknown_categories"]
    assert "nothing_found" not in (await sent(client, "POST", PATH, {}))["flags"]


async def test_categories_that_no_item_has_are_told(client: httpx.AsyncClient) -> None:
    await stock(client)
    filters = {"categories": ["Classics", "classics", "horror", "Classics"]}

    made = await sent(client, "POST", PATH, {"filters": filters, "k": 1})
    alone = {"filters": {"categories": ["Classics"]}}
    empty = await sent(client, "POST", PATH, alone)
    batch = await sent(client, "POST", f"{PATH}/batch", {"requests": [alone, {}]})
    known = await sent(client, "POST", PATH, {"filters": {"categories": ["classics", "horror"]}})

    assert [len(one["items"]) for one in (made, empty)] == [1, 0]
    assert made["unknown_categories"] == empty["unknown_categories"] == ["Classics"]
    assert "unknown_categories" in made["flags"]
    assert {"unknown_categories", "nothing_found"} <= set(empty["flags"])
    told = [result["recommendation"]["unknown_categories"] for result in batch["results"]]
    assert told == [["Classics"], []]
    assert known["unknown_categories"] == []
    assert "unknown_categories" not in known["flags"]


async def test_an_empty_catalogue_gives_an_empty_list(client: httpx.AsyncClient) -> None:
    assert (await sent(client, "POST", PATH, {"instruction": "anything"}))["items"] == []


async def test_filters_hold_for_found_and_for_named_candidates(client: httpx.AsyncClient) -> None:
    await stock(client)
    body = {"filters": {"categories": ["horror", "classics"], "attributes": {"language": "en"}}}

    for more in ({}, {"instruction": "space"}, {"candidates": sorted(BOOKS)}):
        made = await sent(client, "POST", PATH, {**body, **more})
        assert {item["item_id"] for item in made["items"]} == {"it", "emma", "persuasion"}


@pytest.mark.parametrize(
    ("wanted", "passing"),
    [
        ({"tags": ["x"]}, ["both"]),
        ({"tags": []}, ["bare", "both"]),
        ({"flag": True}, ["both"]),
        ({"flag": 1}, ["bare"]),
        ({"none": None}, ["both"]),
        ({"deep": {"a": 1}}, ["both"]),
        ({"year": 1965.0}, ["both"]),
    ],
    ids=str,
)
async def test_a_filter_means_the_same_for_named_found_and_popular_items(
    client: httpx.AsyncClient, wanted: dict[str, Any], passing: list[str]
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "item_id": "both",
            "title": "Both",
            "attributes": {
                "tags": ["x", "y"],
                "flag": True,
                "none": None,
                "deep": {"a": 1, "b": 2},
                "year": 1965,
            },
        },
        {"item_id": "bare", "title": "Bare", "attributes": {"tags": [], "flag": 1}},
    ]
    await sent(client, "POST", "/v1/items", {"items": rows})
    filters = {"filters": {"attributes": wanted}}

    for more in ({"candidates": ["both", "bare"]}, {"instruction": "anything"}, {}):
        made = await sent(client, "POST", PATH, {**filters, **more})
        assert sorted(item["item_id"] for item in made["items"]) == passing, more


async def test_unknown_candidates_are_listed_and_refused_only_if_all_are(
    client: httpx.AsyncClient,
) -> None:
    await stock(client)

    made = await sent(client, "POST", PATH, {"candidates": ["x", "dune", "y"]})
    found = await problem(client, "POST", PATH, {"candidates": ["x", "y"]})

    assert [item["item_id"] for item in made["items"]] == ["dune"]
    assert made["unknown_candidates"] == ["x", "y"]
    assert "unknown_candidates" in made["flags"]
    assert (found["status"], found["errors"][0]["field"]) == (422, "candidates")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"candidates": []}, "candidates"),
        ({"candidates": ["dune", "emma", "dune"]}, "candidates"),
        ({"candidates": [f"i{n}" for n in range(10_000)]}, "candidates"),
        ({"candidates": "dune"}, "candidates"),
        ({"candidates": ["du\0ne"]}, "candidates.0"),
        ({"k": 0}, "k"),
        ({"k": 101}, "k"),
        ({"k": "many"}, "k"),
        ({"user_id": "ada", "session": ["dune"]}, "session"),
        ({"instruction": "x" * 20_001}, "instruction"),
        ({"instruction": "a\0b"}, "instruction"),
        ({"filters": {"attributes": {"a": "\0"}}}, "filters.attributes"),
        ({"filters": {"kind": "x"}}, "filters.kind"),
        ({"explain": "perhaps"}, "explain"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_bad_ask_names_the_field(
    client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    await stock(client)

    found = await problem(client, "POST", PATH, body)
    batch = await client.post(f"{PATH}/batch", json={"requests": [{"k": 1}, body]})

    assert found["status"] == 422
    assert found["errors"][0]["field"] == field
    assert batch.status_code == 207
    assert [row["status"] for row in batch.json()["results"]] == ["made", "rejected"]
    assert batch.json()["results"][1]["errors"][0]["field"] == field


async def test_more_than_there_are_gives_all(client: httpx.AsyncClient) -> None:
    await stock(client)

    made = await sent(client, "POST", PATH, {"candidates": ["dune", "emma"], "k": 100})

    assert len(made["items"]) == 2
    assert made["pool"] == 2


async def test_a_batch_answers_like_single_asks(client: httpx.AsyncClient) -> None:
    await believed(client)
    asks = [{"user_id": "ada", "instruction": f"wish {n}", "explain": True} for n in range(20)] + [
        {"candidates": ["never"]}
    ]

    batch = await client.post(f"{PATH}/batch", json={"requests": asks})

    assert batch.status_code == 207
    made = batch.json()
    assert (made["made"], made["rejected"]) == (20, 1)
    for index in (0, 7, 19):
        alone = await sent(client, "POST", PATH, asks[index])
        together = made["results"][index]["recommendation"]
        assert [i["item_id"] for i in alone["items"]] == [i["item_id"] for i in together["items"]]
    assert len({r["recommendation"]["impression_id"] for r in made["results"][:20]}) == 20
    too_many = await problem(client, "POST", f"{PATH}/batch", {"requests": [{}] * 101})
    assert too_many["status"] == 422
