"""A process whose routed model failed says so, and not that it is about to end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from credence.app.ranker_service.batcher import Gathers, Pace
from credence.app.ranker_service.service import RankingService
from credence.app.ranker_service.speech import ORDER_PATH, PATH
from credence.app.ranker_service.web import create_service
from credence.inference.errors import NoAnswer
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists


class Broken:
    version = "7"
    dimension = 8

    def gathering(self) -> Gathers:
        raise AssertionError("it ranks nothing")

    def rank_many(self, cases: Sequence[ListCase]) -> list[RankedLists | NoAnswer]:
        return []

    def warm_up(self) -> None:
        raise RuntimeError("its device is lost")


@pytest.mark.parametrize("path", [PATH, ORDER_PATH])
async def test_what_is_asked_of_it_is_told_why_nothing_is_taken(path: str) -> None:
    service = RankingService(Broken(), Pace())
    transport = httpx.ASGITransport(create_service(service, key=None))
    async with (
        service.running(),
        httpx.AsyncClient(transport=transport, base_url="http://ranker") as client,
    ):
        while service.state == "starting":  # noqa: ASYNC110  nobody tells when it is over
            await asyncio.sleep(0)
        answer = await client.post(path)
        health = await client.get("/health/ready")

    assert (answer.status_code, answer.json()["type"]) == (503, "urn:credence:problem:model-failed")
    assert "the model failed" in answer.json()["detail"]
    assert "connection" not in answer.headers
    assert health.json() == {"status": "failed", "model": "7", "language_models": None}
