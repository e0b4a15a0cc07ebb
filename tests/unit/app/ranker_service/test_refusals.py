"""What the ranking process answers in place of a ranking or of words."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI

from credence.app.ranker_service import refusals
from credence.app.ranker_service.wordless import SAID, FoundNoWords, Wordless
from credence.inference.errors import NoAnswer


async def answer_to(error: Exception) -> httpx.Response:
    """What is answered where a route raises this."""
    app = FastAPI()
    refusals.install(app)

    @app.get("/")
    async def ask() -> None:
        raise error

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ranker") as client:
        return await client.get("/")


@pytest.mark.parametrize("why", SAID)
async def test_why_there_are_no_words_is_sent_in_words_of_a_closed_list(why: Wordless) -> None:
    answer = await answer_to(FoundNoWords(why, "words of somebody"))

    assert (answer.status_code, answer.json()["detail"]) == (422, SAID[why])
    assert answer.json()["type"] == f"urn:credence:problem:{why}"
    assert "somebody" not in answer.text


async def test_a_list_without_an_answer_is_told_what_to_send_and_not_what_the_models_say() -> None:
    answer = await answer_to(NoAnswer("words of somebody"))

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:credence:problem:no-answer")
    assert "send numbers" in answer.json()["detail"]
    assert "somebody" not in answer.text
