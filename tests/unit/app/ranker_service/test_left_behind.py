"""A ranking process's web application that was dropped leaves no models in the process."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import httpx
from pydantic import SecretStr

from credence.app.ranker_service.batcher import Pace
from credence.app.ranker_service.service import RankingService
from credence.app.ranker_service.speech import EXPLAIN_PATH, ORDER_PATH, PATH
from credence.app.ranker_service.web import create_service
from tests.unit.app.ranker_service.test_failed_model import Broken


async def test_a_service_goes_with_its_models_when_it_was_asked_everything() -> None:
    service = RankingService(Broken(), Pace())
    key = SecretStr("a-key-of-some-length")
    web = create_service(service, key=key)
    transport = httpx.ASGITransport(web)
    async with httpx.AsyncClient(transport=transport, base_url="http://ranker") as client:
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert (await client.get(path)).status_code in {200, 503}, path
        for path in (PATH, ORDER_PATH, EXPLAIN_PATH):
            assert (await client.post(path)).status_code == 401, path
    left: list[ref[Any]] = [ref(part) for part in (web, service, service.figures, key)]

    del web, service, key, transport, client
    gc.collect()

    assert [held() for held in left] == [None] * len(left)
