"""What the ranking process answers in place of a ranking or of words."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from credence.app.ranker_service import refusals
from credence.app.ranker_service.wordless import SAID, FoundNoWords, Wordless


@pytest.mark.parametrize("why", SAID)
async def test_why_there_are_no_words_is_sent_in_words_of_a_closed_list(why: Wordless) -> None:
    app = FastAPI()
    refusals.install(app)

    @app.get("/")
    async def ask() -> None:
        raise FoundNoWords(why, "words of somebody")

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ranker") as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.json()["detail"]) == (422, SAID[why])
    assert answer.json()["type"] == f"urn:credence:problem:{why}"
    assert "somebody" not in answer.text
