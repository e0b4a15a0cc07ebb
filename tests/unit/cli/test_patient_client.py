"""A demo on a busy machine waits for a server that says "not now"; a command tells it at once."""

from __future__ import annotations

import httpx
import pytest

from credence.cli.api import Api
from credence.cli.refusals import Unusable


class Busy:
    """Says 503 so many times, then answers."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.keys: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers.get("idempotency-key"))
        self.left -= 1
        if self.left >= 0:
            return httpx.Response(503, json={"detail": "not now"}, headers={"retry-after": "0"})
        return httpx.Response(200, json={"done": True})


def asked(server: Busy, *, patient: bool) -> Api:
    client = httpx.AsyncClient(transport=httpx.MockTransport(server), base_url="http://busy")
    return Api(client, patient=patient)


async def test_a_patient_client_asks_again_under_the_same_key() -> None:
    server = Busy(3)

    assert await asked(server, patient=True).post("/v1/events", {}) == {"done": True}

    assert len(server.keys) == 4
    assert len(set(server.keys)) == 1
    assert server.keys[0]


async def test_patience_ends() -> None:
    with pytest.raises(Unusable, match="not now"):
        await asked(Busy(99), patient=True).get("/health/ready")


async def test_others_are_told_at_once() -> None:
    server = Busy(1)

    with pytest.raises(Unusable, match="not now"):
        await asked(server, patient=False).post("/v1/events", {})
    assert server.keys == [None]
