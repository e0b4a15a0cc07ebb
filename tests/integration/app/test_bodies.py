"""Bodies that are not JSON, or do not say so: one answer on every route that takes one."""

from __future__ import annotations

import httpx
import pytest

ROUTES = (
    ("POST", "/v1/events"),
    ("POST", "/v1/items"),
    ("PUT", "/v1/items/dune"),
    ("PATCH", "/v1/items/dune"),
    ("PUT", "/v1/users/ada"),
    ("POST", "/v1/recommendations"),
    ("POST", "/v1/recommendations/batch"),
    ("POST", "/v1/users/ada/belief/advance"),
    ("PATCH", "/v1/users/ada/belief/chunks/1"),
)
BROKEN = {
    b'{"user_id": ': "well-formed",
    b"\xff\xfe{": "UTF-8",
    b"[" * 100_000: "less deep",
    b'{"k": ' + b"9" * 5_000 + b"}": "fewer digits",
}


@pytest.mark.parametrize("told", ["application/json", "application/ld+json; charset=utf-8"])
async def test_what_is_no_json_gets_one_answer_with_a_fix_everywhere(
    client: httpx.AsyncClient, told: str
) -> None:
    for method, path in ROUTES:
        for body, fix in BROKEN.items():
            answer = await client.request(
                method, path, content=body, headers={"Content-Type": told}
            )
            assert answer.status_code == 422, (path, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            (error,) = answer.json()["errors"]
            assert error["field"] == "body"
            assert fix in error["fix"], path


@pytest.mark.parametrize(
    "told", [None, "application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]
)
async def test_a_body_that_does_not_say_it_is_json_is_refused_by_the_header(
    client: httpx.AsyncClient, told: str | None
) -> None:
    headers = {} if told is None else {"Content-Type": told}
    for method, path in ROUTES:
        answer = await client.request(method, path, content=b"{}", headers=headers)
        assert answer.status_code == 415, (path, answer.text)
        (error,) = answer.json()["errors"]
        assert error["field"] == "Content-Type"
        assert "application/json" in error["fix"]


async def test_no_body_needs_no_type(client: httpx.AsyncClient) -> None:
    await client.put("/v1/users/ada", json={})

    assert (await client.post("/v1/users/ada/belief/advance")).status_code == 200
