"""Recording events over HTTP."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from tests.integration.app.shelf import ada, problem, read, sent, stock

VIEW = {"user_id": "ada", "action": "view", "item_id": "dune"}
JSON = {"Content-Type": "application/json"}


async def known(client: httpx.AsyncClient) -> None:
    await stock(client)
    await sent(client, "PUT", "/v1/users/ada", {})


async def test_a_single_event_is_recorded_and_wakes_the_planner(
    client: httpx.AsyncClient, application: Application
) -> None:
    await known(client)

    answer = await client.post("/v1/events", json=VIEW)

    assert answer.status_code == 201
    assert answer.json() == {
        "index": 0, "status": "recorded", "user_id": "ada", "seq": 1, "error": None
    }  # fmt: skip
    assert application.worker._woken.is_set()


async def test_the_same_key_and_body_are_recorded_once(client: httpx.AsyncClient) -> None:
    await known(client)
    key = {"Idempotency-Key": "k1"}

    first = await client.post("/v1/events", json=VIEW, headers=key)
    second = await client.post("/v1/events", json=VIEW, headers=key)
    other = await problem(client, "POST", "/v1/events", {**VIEW, "action": "click"}, headers=key)

    assert (first.status_code, second.status_code, other["status"]) == (201, 200, 409)
    assert second.json()["status"] == "duplicate"
    assert second.json()["seq"] == first.json()["seq"]
    assert other["errors"][0]["field"] == "idempotency_key"
    assert (await read(client, "/v1/users/ada"))["events"] == 1


async def test_a_repeated_batch_with_a_key_is_all_duplicates(client: httpx.AsyncClient) -> None:
    await known(client)
    body, key = {"events": [VIEW, VIEW]}, {"Idempotency-Key": "batch-1"}

    first = (await client.post("/v1/events", json=body, headers=key)).json()
    second = (await client.post("/v1/events", json=body, headers=key)).json()

    assert (first["recorded"], first["duplicate"]) == (2, 0)
    assert (second["recorded"], second["duplicate"]) == (0, 2)
    assert [r["seq"] for r in first["results"]] == [r["seq"] for r in second["results"]]


async def test_a_header_and_a_field_that_differ_are_refused(client: httpx.AsyncClient) -> None:
    await known(client)

    found = await problem(
        client,
        "POST",
        "/v1/events",
        {**VIEW, "idempotency_key": "a"},
        headers={"Idempotency-Key": "b"},
    )

    assert found["status"] == 422
    assert found["errors"][0]["field"] == "idempotency_key"


BAD_ROWS: dict[str, tuple[Any, str]] = {
    "not an object": ([], ""),
    "an unknown user": ({**VIEW, "user_id": "nobody"}, "user_id"),
    "an unknown item": ({**VIEW, "item_id": "nothing"}, "item_id"),
    "an unknown action": ({**VIEW, "action": "stare"}, "action"),
    "a number for an id": ({**VIEW, "user_id": 7}, "user_id"),
    "an empty id": ({**VIEW, "item_id": ""}, "item_id"),
    "a long id": ({**VIEW, "item_id": "x" * 201}, "item_id"),
    "a control character in an id": ({**VIEW, "item_id": "du\nne"}, "item_id"),
    "a NUL in an id": ({**VIEW, "item_id": "du\0ne"}, "item_id"),
    "a NUL in the text": ({**VIEW, "text": "a\0b"}, "text"),
    "a NUL in metadata": ({**VIEW, "metadata": {"a": [{"b": "c\0"}]}}, "metadata"),
    "a NUL in a metadata name": ({**VIEW, "metadata": {"a\0": 1}}, "metadata"),
    "a lone surrogate": ({**VIEW, "text": "\ud800"}, "text"),
    "a lone surrogate in metadata": ({**VIEW, "metadata": {"a": "\ud800"}}, "metadata"),
    "a long text": ({**VIEW, "text": "x" * 20_001}, "text"),
    "large metadata": ({**VIEW, "metadata": {"a": "x" * 20_001}}, "metadata"),
    "a naive time": ({**VIEW, "occurred_at": "2026-01-01T00:00:00"}, "occurred_at"),
    "a time in the future": ({**VIEW, "occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
    "a time before the calendar": (
        {**VIEW, "occurred_at": "0001-01-01T00:00:00+14:00"},
        "occurred_at",
    ),
    "no time at all": ({**VIEW, "occurred_at": "yesterday"}, "occurred_at"),
    "too low a rating": ({**VIEW, "action": "rating", "rating": -0.1}, "rating"),
    "too high a rating": ({**VIEW, "action": "rating", "rating": 5.1}, "rating"),
    "no rating": ({**VIEW, "action": "rating"}, "rating"),
    "an unknown field": ({**VIEW, "ratng": 5}, "ratng"),
    "an unknown field of broken text": ({**VIEW, "\ud800": 5}, ""),
    "an unknown impression": ({**VIEW, "impression_id": "never"}, "impression_id"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
async def test_a_bad_row_is_named_and_the_rest_of_its_batch_is_recorded(
    client: httpx.AsyncClient, name: str
) -> None:
    await known(client)
    row, field = BAD_ROWS[name]

    batch = json.dumps({"events": [VIEW, row, VIEW]})
    answer = await client.post("/v1/events", content=batch, headers=JSON)
    alone = await problem(client, "POST", "/v1/events", row)

    assert answer.status_code == 207
    made = answer.json()
    assert (made["recorded"], made["rejected"]) == (2, 1)
    assert [result["status"] for result in made["results"]] == ["recorded", "rejected", "recorded"]
    assert [result["seq"] for result in made["results"]] == [1, None, 2]
    assert made["results"][1]["error"]["field"] == field
    assert made["results"][1]["error"]["fix"]
    assert alone["errors"][0]["field"] == (field or "body")
    assert alone["status"] in {404, 422}
    assert (await read(client, "/v1/users/ada"))["events"] == 2


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_numbers_that_are_none_are_refused_everywhere(
    client: httpx.AsyncClient, number: str
) -> None:
    await known(client)
    start = '{"user_id": "ada", "action": "rating", "item_id": "dune", '
    bodies = {
        "/v1/events": [start + f'"rating": {number}}}', start + f'"metadata": {{"a": {number}}}}}'],
        "/v1/items": [
            f'{{"items": [{{"item_id": "a", "title": "A", "attributes": {{"a": {number}}}}}]}}'
        ],
        "/v1/recommendations": [f'{{"filters": {{"attributes": {{"a": {number}}}}}}}'],
    }
    for path, texts in bodies.items():
        for text in texts:
            answer = await client.post(path, content=text, headers=JSON)
            assert answer.status_code in {207, 422}, (path, answer.text)
            assert "finite" in answer.text


async def test_true_is_no_rating(client: httpx.AsyncClient) -> None:
    await known(client)

    found = await problem(
        client, "POST", "/v1/events", {**VIEW, "action": "rating", "rating": True}
    )

    assert (found["status"], found["errors"][0]["field"]) == (422, "rating")
    assert found["errors"][0]["fix"] == "send a number"


async def test_a_megabyte_of_text_is_refused_by_field_and_limit(client: httpx.AsyncClient) -> None:
    await known(client)

    found = await problem(client, "POST", "/v1/events", {**VIEW, "text": "x" * 1_000_000})

    assert found["status"] == 422
    assert found["errors"][0]["field"] == "text"
    assert "20000" in found["errors"][0]["fix"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "مرحبا بالعالم \u200f",
        "👩‍👩‍👧‍👦 🦄",
        "<script>alert(1)</script>",
        "a\\u0000b",
        "x" * 20_000,
    ],
    ids=["empty", "blank", "right-to-left", "emoji", "html", "escaped", "longest"],
)
async def test_text_comes_back_as_it_was_sent(client: httpx.AsyncClient, text: str) -> None:
    await known(client)

    event = {**VIEW, "text": text, "metadata": {text[:100]: text[:100]}}
    await sent(client, "POST", "/v1/events", event)

    page = await read(client, "/v1/users/ada/events")
    assert page["events"][0]["text"] == text
    assert page["events"][0]["metadata"] == {text[:100]: text[:100]}


async def test_events_out_of_order_are_remembered_by_time_and_paged_by_arrival(
    client: httpx.AsyncClient,
) -> None:
    await known(client)
    now = datetime.now(UTC)
    for days in (1, 3, 2):
        moment = (now - timedelta(days=days)).isoformat()
        await sent(client, "POST", "/v1/events", {**VIEW, "occurred_at": moment})

    first = await read(client, "/v1/users/ada/events?limit=2")
    second = await read(client, f"/v1/users/ada/events?limit=2&cursor={first['next_cursor']}")
    belief = await read(client, "/v1/users/ada/belief")

    assert [event["seq"] for event in first["events"] + second["events"]] == [3, 2, 1]
    assert [event["seq"] for event in belief["events"]] == [1, 3, 2]


async def test_an_event_can_cite_the_impression_it_came_from(client: httpx.AsyncClient) -> None:
    await ada(client)
    await sent(client, "PUT", "/v1/users/bob", {})
    made = await sent(client, "POST", "/v1/recommendations", {"user_id": "ada"})
    click = {**VIEW, "action": "click", "impression_id": made["impression_id"]}

    assert (await client.post("/v1/events", json=click)).status_code == 201
    found = await problem(client, "POST", "/v1/events", {**click, "user_id": "bob"})
    assert found["errors"][0]["field"] == "impression_id"


class TestWithUnknownAccepted:
    """The settings that take in events of people and items never seen."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(
            _env_file=None,  # type: ignore[call-arg]
            worker=False,
            unknown_users="create",
            unknown_items="accept",
        )

    async def test_people_are_created_and_items_are_linked_later(
        self, client: httpx.AsyncClient
    ) -> None:
        event = {"user_id": "new", "action": "like", "item_id": "later"}
        await sent(client, "POST", "/v1/events", event)
        await sent(client, "PUT", "/v1/items/later", {"title": "Later"})

        belief = await read(client, "/v1/users/new/belief")

        assert belief["events"][0]["title"] == "Later"


async def test_bodies_that_are_no_batch_are_refused(client: httpx.AsyncClient) -> None:
    bodies: list[Any] = [[], "text", 3, {"events": {}}, {"events": []}, {"events": [VIEW], "x": 1}]
    for body in bodies:
        assert (await problem(client, "POST", "/v1/events", body))["status"] == 422
    assert (await problem(client, "POST", "/v1/events", {"events": [VIEW] * 1001}))["status"] == 422
    assert (await problem(client, "POST", "/v1/events"))["status"] == 422


@pytest.mark.parametrize("body", [{"event": []}, {}, {"data": {"events": []}}])
async def test_a_body_of_neither_form_is_told_both(client: httpx.AsyncClient, body: object) -> None:
    found = await problem(client, "POST", "/v1/events", body)

    assert (found["status"], [error["field"] for error in found["errors"]]) == (422, ["events"])
    assert "send one event" in found["errors"][0]["fix"]
    assert '{"events": [...]}' in found["errors"][0]["fix"]


async def test_of_many_at_once_with_one_key_one_is_recorded(client: httpx.AsyncClient) -> None:
    await known(client)
    key = {"Idempotency-Key": "k1"}

    answers = await asyncio.gather(
        *(client.post("/v1/events", json=VIEW, headers=key) for _ in range(8))
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert {answer.json()["seq"] for answer in answers} == {1}
    assert (await read(client, "/v1/users/ada"))["events"] == 1


async def test_batches_at_once_for_the_same_people_number_without_gaps(
    client: httpx.AsyncClient,
) -> None:
    await known(client)
    await sent(client, "PUT", "/v1/users/bob", {})
    views = [VIEW, {**VIEW, "user_id": "bob"}]

    await asyncio.gather(
        *(
            client.post("/v1/events", json={"events": order * 10})
            for order in (views, views[::-1]) * 3
        )
    )

    for user in ("ada", "bob"):
        page = await read(client, f"/v1/users/{user}/events?limit=200")
        assert [event["seq"] for event in page["events"]] == list(range(60, 0, -1))
