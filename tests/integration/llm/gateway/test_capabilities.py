"""Which form of request an endpoint takes is found out once."""

from __future__ import annotations

from typing import Any

import pytest

from credence.planner.llm.asking import Outcome
from tests.integration.llm.gateway.acts import complains, reply, says
from tests.integration.llm.gateway.scripted_server import Asked, Writer
from tests.integration.llm.gateway.world import GOOD, GOOD_TEXT, SECRET_WORDS, world

PLAIN = says(GOOD_TEXT)
TAKEN = [Outcome.ANSWERED]


async def knows_objects_only(asked: Asked, writer: Writer) -> None:
    """As llama.cpp of old: an object, but no schema."""
    if asked.shaping == "json_schema":
        await complains("'response_format.type' must be 'json_object'")(asked, writer)
    else:
        await PLAIN(asked, writer)


async def knows_no_format(asked: Asked, writer: Writer) -> None:
    """As a server that closes its request model."""
    if asked.shaping is not None:
        fault = {"loc": ["body", "response_format"], "msg": "Extra inputs are not permitted"}
        detail = [fault | {"input": {"max_tokens": 1, "temperature": 0}}]
        await reply(422, {"detail": detail})(asked, writer)
    else:
        await PLAIN(asked, writer)


async def reasons(asked: Asked, writer: Writer) -> None:
    """As OpenAI's reasoning models."""
    if "max_tokens" in asked.body:
        await complains(
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )(asked, writer)
    elif "temperature" in asked.body:
        await complains(
            "Unsupported value: 'temperature' does not support 0 with this model.",
            param="temperature",
        )(asked, writer)
    else:
        await PLAIN(asked, writer)


async def test_a_server_of_schemas_is_held_to_a_strict_one() -> None:
    async with world(always=PLAIN) as it:
        answer = await it.ask()

        (asked,) = it.server.asked
        held = asked.body["response_format"]["json_schema"]
        assert answer.value == GOOD
        assert asked.path == "/v1/chat/completions"
        assert asked.headers["authorization"] == "Bearer sk-a-key-that-nobody-may-see"
        assert held["strict"] is True
        assert held["schema"]["required"] == ["order", "mood"]
        assert held["schema"]["additionalProperties"] is False
        assert asked.system == "Rank what is given."
        assert SECRET_WORDS in asked.body["messages"][1]["content"]
        assert (asked.body["max_tokens"], asked.body["temperature"]) == (300, 0)


@pytest.mark.parametrize(
    ("server", "first", "then"),
    [
        (PLAIN, ["json_schema"], "json_schema"),
        (knows_objects_only, ["json_schema", "json_object"], "json_object"),
        (knows_no_format, ["json_schema", "json_object", None], None),
    ],
)
async def test_what_a_server_takes_is_remembered(
    server: Any, first: list[str | None], then: str | None
) -> None:
    async with world(always=server) as it:
        answer = await it.ask()
        again = await it.ask()

        assert [asked.shaping for asked in it.server.asked] == [*first, then]
        assert [call.outcome for call in answer.calls] == [Outcome.REJECTED] * (
            len(first) - 1
        ) + TAKEN
        assert [call.outcome for call in again.calls] == TAKEN
        assert ("JSON schema" in it.server.asked[-1].system) == (then != "json_schema")


async def test_max_completion_tokens_and_no_temperature_are_remembered() -> None:
    async with world(always=reasons) as it:
        await it.ask()
        await it.ask()

        assert len(it.server.asked) == 4
        last = it.server.asked[-1].body
        assert last["max_completion_tokens"] == 300
        assert not {"max_tokens", "temperature"} & set(last)
        assert last["response_format"]["type"] == "json_schema"


async def test_what_does_not_help_is_not_remembered() -> None:
    refuses = complains("response_format is beyond me")
    async with world(refuses, refuses, refuses, always=PLAIN) as it:
        error = await it.unanswered()
        await it.ask()

        assert "status 400" in error.why
        shapings = [asked.shaping for asked in it.server.asked]
        assert shapings == ["json_schema", "json_object", None, "json_schema"]


async def test_a_server_that_passes_the_schema_by_is_told_it_in_the_prompt() -> None:
    async with world(says("The best is a."), always=PLAIN) as it:
        await it.ask()
        await it.ask()

        told = ["JSON schema" in asked.system for asked in it.server.asked]
        assert told == [False, True, True]
        assert {asked.shaping for asked in it.server.asked} == {"json_schema"}


async def test_a_question_too_long_is_not_asked_in_other_forms() -> None:
    too_long = complains("This model's maximum context length is 8192 tokens.")
    async with world(too_long) as it:
        error = await it.unanswered()

        assert error.why == "the question is longer than the model takes"
        assert it.ledger.outcomes == [Outcome.REJECTED]


async def test_an_unknown_model_is_a_matter_of_settings() -> None:
    unknown = complains("The model `m` does not exist.", status=404)
    async with world(always=unknown) as it:
        error = await it.unanswered()

        assert "settings of the model's address and name" in error.why


async def test_a_redirect_is_not_followed() -> None:
    async with world(reply(307, b"", {"Location": "http://127.0.0.1:9/"})) as it:
        error = await it.unanswered()

        assert "status 307" in error.why
        assert it.ledger.outcomes == [Outcome.REJECTED]


async def test_a_server_without_a_key_is_sent_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "from-elsewhere")
    async with world(always=PLAIN, key=None) as it:
        await it.ask()

        headers = it.server.asked[0].headers
        assert "authorization" not in headers
        assert "from-elsewhere" not in headers.values()
