"""Input that is surely a mistake is refused, with the field and what to do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from credence.app.settings import Settings
from tests.integration.app.shelf import ada, believed, problem, read, sent, stock

RATED: dict[str, Any] = {"user_id": "ada", "action": "rating", "item_id": "dune", "rating": 5}
UNSEEN = [" ", "\u200b", "\u2060\ufeff", "\u00a0\u3164"]


@pytest.mark.parametrize(
    ("body", "field", "fix"),
    [
        ({"k": True}, "k", "whole number"),
        ({"k": "5"}, "k", "whole number"),
        ({"k": 5.5}, "k", "whole number"),
        ({"reasons": "5"}, "reasons", "whole number"),
        ({"explain": 1}, "explain", "true or false"),
        ({"explain": "yes"}, "explain", "true or false"),
        ({"instruction": 5}, "instruction", "text"),
    ],
)
async def test_an_ask_takes_no_value_for_another(
    client: httpx.AsyncClient, body: dict[str, Any], field: str, fix: str
) -> None:
    await stock(client)

    found = await problem(client, "POST", "/v1/recommendations", body)

    assert (found["status"], found["errors"][0]["field"]) == (422, field)
    assert fix in found["errors"][0]["fix"]


@pytest.mark.parametrize("written", ["2", "2.0", "2e0"])
async def test_a_whole_number_may_be_written_as_any_number_is(
    client: httpx.AsyncClient, written: str
) -> None:
    await stock(client)

    made = await client.post(
        "/v1/recommendations",
        content='{"k": ' + written + "}",
        headers={"Content-Type": "application/json"},
    )
    ask = (await read(client, "/openapi.json"))["components"]["schemas"]["AskIn"]

    assert (made.status_code, len(made.json()["items"])) == (200, 2)
    told = ask["properties"]["k"]
    assert (told["type"], told["minimum"], told["maximum"]) == ("integer", 1, 100)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("pin", {"if_revision": "1"}, "if_revision"),
        ("pin", {"if_revision": True}, "if_revision"),
        ("forget", {"for_good": "no"}, "for_good"),
        ("merge", {"into": "2"}, "into"),
    ],
)
async def test_a_correction_takes_no_value_for_another(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    await believed(client)

    found = await problem(client, "POST", f"/v1/users/ada/belief/chunks/1/{path}", body)

    assert (found["status"], found["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("moment", [1_700_000_000, 1.5, "1700000000", "2026-05-01", True])
async def test_a_time_is_text_in_iso_8601_with_a_zone(
    client: httpx.AsyncClient, moment: object
) -> None:
    await ada(client)

    found = await problem(client, "POST", "/v1/events", {**RATED, "occurred_at": moment})
    taken = await sent(
        client, "POST", "/v1/events", {**RATED, "occurred_at": "2026-05-01T12:00:00+02:00"}
    )

    assert (found["status"], found["errors"][0]["field"]) == (422, "occurred_at")
    assert "2026-05-01T12:00:00Z" in found["errors"][0]["fix"]
    assert taken["status"] == "recorded"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"action": "rating", "rating": 4}, "item_id"),
        ({"action": "like"}, "item_id"),
        ({"action": "review", "text": "  "}, "item_id"),
        ({"action": "skip", "item_id": "dune", "rating": 5}, "rating"),
        ({"action": "dislike", "item_id": "dune", "rating": 4}, "rating"),
        ({"action": "like", "item_id": "dune", "rating": 2}, "rating"),
    ],
)
async def test_an_event_about_nothing_or_of_two_minds_is_refused(
    client: httpx.AsyncClient, event: dict[str, Any], field: str
) -> None:
    await ada(client)

    found = await problem(client, "POST", "/v1/events", {"user_id": "ada", **event})

    assert (found["status"], found["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    "event",
    [
        {"action": "view"},
        {"action": "click", "metadata": {"page": "home"}},
        {"action": "like", "text": "quiet books"},
        {"action": "skip", "item_id": "dune", "rating": 1},
        {"action": "dislike", "item_id": "dune", "rating": 3},
        {"action": "like", "item_id": "dune", "rating": 3},
        {"action": "purchase", "item_id": "dune", "rating": 1},
        {"action": "rating", "item_id": "dune", "rating": 5},
    ],
)
async def test_an_event_that_may_be_meant_is_recorded(
    client: httpx.AsyncClient, event: dict[str, Any]
) -> None:
    await ada(client)

    made = await sent(client, "POST", "/v1/events", {"user_id": "ada", **event})

    assert made["status"] == "recorded"


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

    @pytest.mark.parametrize("item_id", ["../../etc", ".", "..", "a/../b", "a/neighbors", *UNSEEN])
    async def test_an_item_that_nobody_could_ever_store_is_refused(
        self, client: httpx.AsyncClient, item_id: str
    ) -> None:
        event = {"user_id": "ada", "action": "like", "item_id": item_id}

        found = await problem(client, "POST", "/v1/events", event)

        assert (found["status"], found["errors"][0]["field"]) == (422, "item_id")

    @pytest.mark.parametrize("user_id", UNSEEN)
    async def test_a_person_whom_nobody_could_tell_from_others_is_refused(
        self, client: httpx.AsyncClient, user_id: str
    ) -> None:
        event = {"user_id": user_id, "action": "like", "item_id": "dune"}

        found = await problem(client, "POST", "/v1/events", event)

        assert (found["status"], found["errors"][0]["field"]) == (422, "user_id")


@pytest.mark.parametrize("text", UNSEEN)
async def test_ids_and_titles_that_show_nothing_are_refused(
    client: httpx.AsyncClient, text: str
) -> None:
    rows = [{"item_id": text, "title": "A"}, {"item_id": "a", "title": text}]

    made = (await client.post("/v1/items", json={"items": rows})).json()
    user = await problem(client, "PUT", f"/v1/users/{text.replace(' ', '%20')}", {})

    assert [row["status"] for row in made["results"]] == ["rejected", "rejected"]
    assert [row["errors"][0]["field"] for row in made["results"]] == ["item_id", "title"]
    assert (user["status"], user["errors"][0]["field"]) == (422, "user_id")


async def test_a_body_that_is_missing_or_no_object_is_named(client: httpx.AsyncClient) -> None:
    bodies: list[Any] = [[], "text", 3]
    for method, path in (
        ("PUT", "/v1/users/ada"),
        ("PUT", "/v1/items/dune"),
        ("POST", "/v1/recommendations"),
        ("POST", "/v1/events"),
        ("PATCH", "/v1/users/ada/belief/chunks/1"),
    ):
        for body in bodies:
            found = await problem(client, method, path, body)
            (error,) = found["errors"]
            assert (found["status"], error["field"]) == (422, "body"), (path, found)
            assert error["fix"] == "send a JSON object"
            assert "instance of" not in found["detail"]
    none = (await client.put("/v1/users/ada")).json()
    assert none["errors"][0]["field"] == "body"
    assert none["errors"][0]["message"] == "no body was sent"


async def test_a_field_may_have_the_name_of_a_place(client: httpx.AsyncClient) -> None:
    await ada(client)

    made = (await client.post("/v1/events", json={"events": [{**RATED, "path": 1}]})).json()

    assert made["results"][0]["error"]["field"] == "path"


async def test_a_time_whose_plus_was_lost_says_how_to_write_it(client: httpx.AsyncClient) -> None:
    await believed(client)
    path = "/v1/users/ada/belief"

    found = await problem(client, "GET", f"{path}?at=2026-05-01T12:00:00+00:00")
    other = await problem(client, "GET", f"{path}?at=yesterday")
    late = await problem(client, "GET", "/v1/outcomes?since=2026-05-01T12:00:00+00:00")

    for one in (found, late):
        assert "%2B" in one["errors"][0]["fix"]
        assert "Z" in one["errors"][0]["fix"]
    assert "ISO 8601" in other["errors"][0]["fix"]
    assert (await client.get(f"{path}?at=2026-05-01T12:00:00%2B00:00")).status_code == 200


async def test_a_parameter_that_an_address_does_not_read_is_refused(
    client: httpx.AsyncClient,
) -> None:
    await believed(client)

    misspelt = await problem(client, "GET", "/v1/users?limitt=2&limit=1")
    none = await problem(client, "GET", "/v1/users/ada?limit=2")
    posted = await client.post("/v1/events?dry_run=1", json=RATED)

    assert [error["field"] for error in misspelt["errors"]] == ["limitt"]
    assert "write limit" in misspelt["errors"][0]["fix"]
    assert "cursor" in misspelt["errors"][0]["fix"]
    assert "takes no parameters" in none["errors"][0]["fix"]
    assert (posted.status_code, posted.json()["errors"][0]["field"]) == (422, "dry_run")
    assert (await read(client, "/v1/users/ada"))["events"] == 3


async def test_every_route_below_v1_refuses_unknown_parameters_and_no_probe_does(
    client: httpx.AsyncClient,
) -> None:
    document = await read(client, "/openapi.json")
    values = {"user_id": "ada", "item_id": "dune", "impression_id": "x"}
    for path, methods in document["paths"].items():
        at = path.format_map({**values, "chunk_id": 1, "revision": 1})
        for method in methods:
            answer = await client.request(method, f"{at}?no_such=1", json={})
            refused = answer.status_code == 422 and "no_such" in answer.text
            assert refused == path.startswith("/v1/"), (method, path, answer.text)
