"""Whose prompt it is, and what it holds."""

from __future__ import annotations

from typing import Any

import pytest

from credence.app.llm_dev.brain import WHAT_THIS_IS, Brain
from credence.app.llm_dev.speech import ChatRequest, asked
from credence.app.llm_dev.tokens import PromptCache, count, first
from credence.planner.llm.fence import document
from tests.unit.app.llm_dev.documents import an_event, to_extract, to_write

ROLES = ("planner", "extractor")


def _request(system: str, *users: str, schema: str | None = None) -> ChatRequest:
    body: dict[str, Any] = {
        "model": "any",
        "messages": [{"role": "system", "content": system}]
        + [{"role": "user", "content": user} for user in users],
    }
    if schema:
        form = {"name": schema, "schema": {"type": "object"}}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return ChatRequest.model_validate(body)


@pytest.mark.parametrize(
    ("system", "schema", "role"),
    [
        ("Role: planner\nYou ...", None, "planner"),
        ("Role: planner", "credence_extractor", "extractor"),
        ("Role: planner", "other", "planner"),
        ("Role: poet", None, None),
        ("You play the Role: planner", None, None),
    ],
)
def test_the_role_is_the_schemas_else_the_first_lines(
    system: str, schema: str | None, role: str | None
) -> None:
    assert asked(_request(system, "x", schema=schema), ROLES).role == role


def test_the_data_is_the_first_document_as_later_ones_are_faults_of_an_answer() -> None:
    one, two = (document(to_extract(an_event(number))) for number in (1, 2))

    found = asked(_request("Role: extractor", one, two, "once more, please"), ROLES)

    assert found.data is not None
    assert '"e1"' in found.data


def test_parts_of_a_message_are_one_text() -> None:
    parts = [{"type": "text", "text": "Role: "}, {"type": "text", "text": "planner"}]
    request = ChatRequest.model_validate(
        {"model": "any", "messages": [{"role": "developer", "content": parts}]}
    )

    assert asked(request, ROLES).role == "planner"


async def test_to_a_prompt_that_is_none_of_ours_it_says_what_it_is(brain: Brain) -> None:
    data = to_extract().model_dump_json()

    assert await brain.answer(None, data) == WHAT_THIS_IS
    assert await brain.answer("extractor", None) == WHAT_THIS_IS
    assert await brain.answer("flat", data) == WHAT_THIS_IS


async def test_data_of_another_form_is_told_and_not_quoted(brain: Brain) -> None:
    for told in ("no JSON: hunter2", to_write().model_dump_json().replace("2026", "hunter2")):
        for role in brain.minds:
            said = await brain.answer(role, told)

            assert said.startswith(WHAT_THIS_IS + " The data of this prompt could not be read")
            assert "hunter2" not in said


def test_a_token_is_four_bytes_rounded_up() -> None:
    assert [count(text) for text in ("", "a", "abcd", "abcde", "€€")] == [0, 1, 1, 2, 2]
    assert first("abcdefghij", 2) == "abcdefgh"
    assert first("abc€", 1) == "abc"  # no half of a sign


def test_only_a_beginning_under_the_same_system_message_was_cached() -> None:
    cache = PromptCache()

    assert cache.cached("one", "0123456789") == 0
    assert cache.cached("one", "01234567xx") == 2
    assert cache.cached("two", "0123456789") == 0
    assert cache.cached("one", "01234567xx") == 2  # ten bytes: two whole tokens
