"""How many tokens an answer may have, where servers and models want fewer or more."""

from __future__ import annotations

import pytest

from credence.planner.llm.asking import TOO_LONG, Outcome
from tests.integration.llm.gateway.acts import complains, says
from tests.integration.llm.gateway.scripted_server import Act, Asked, Writer
from tests.integration.llm.gateway.world import GOOD, GOOD_TEXT, World, world

PLAIN = says(GOOD_TEXT)
CUT = says("", finish="length")


def gives_at_most(most: int) -> Act:
    """As OpenAI with a model of short answers."""

    async def act(asked: Asked, writer: Writer) -> None:
        tokens = asked.body["max_tokens"]
        if tokens > most:
            said = (
                f"max_tokens is too large: {tokens}. This model supports at most {most} completion "
                f"tokens, whereas you provided {tokens}."
            )
            await complains(said, param="max_tokens")(asked, writer)
        else:
            await PLAIN(asked, writer)

    return act


def has_room_for(tokens: int, then: Act = PLAIN) -> Act:
    """As vLLM, whose context holds prompt and answer; 8,000 tokens are the prompt's."""

    async def act(asked: Asked, writer: Writer) -> None:
        wanted = asked.body["max_tokens"]
        if wanted > tokens:
            said = (
                f"This model's maximum context length is {8_000 + tokens} tokens. However, you "
                f"requested {8_000 + wanted} tokens (8000 in the messages, {wanted} in the "
                "completion). Please reduce the length of the messages or completion."
            )
            await complains(said)(asked, writer)
        else:
            await then(asked, writer)

    return act


def _budgets(it: World) -> list[int]:
    return [asked.body["max_tokens"] for asked in it.server.asked]


async def test_a_reasoning_model_has_tokens_beside_those_of_its_answer() -> None:
    async with world(always=PLAIN, reasoning_tokens=8_000) as it:
        await it.ask()

        assert _budgets(it) == [8_300]


@pytest.mark.parametrize(
    ("reasoning", "budgets"), [(0, [300, 2_300, 300]), (4_000, [4_300, 8_600, 4_300])]
)
async def test_what_was_cut_off_is_asked_for_again_with_more(
    reasoning: int, budgets: list[int]
) -> None:
    async with world(CUT, always=PLAIN, reasoning_tokens=reasoning) as it:
        assert (await it.ask()).value == GOOD
        await it.ask()

        assert _budgets(it) == budgets
        repair = it.server.asked[1].body["messages"][-1]["content"]
        assert "cut off before it began; reason less" in repair
        assert "CREDENCE" not in repair


async def test_what_was_cut_off_twice_names_the_setting() -> None:
    async with world(CUT, CUT) as it:
        error = await it.unanswered()

        assert "CREDENCE_LLM_REASONING_TOKENS" in error.why
        assert _budgets(it) == [300, 2_300]


async def test_an_answer_that_a_server_had_to_cut_is_asked_for_with_more() -> None:
    """As OpenAI with models that reason: it rejects what it could not finish."""
    unfinished = complains(
        "Could not finish the message because max_tokens or model output limit was reached. "
        "Please try again with higher max_tokens."
    )
    async with world(unfinished, PLAIN, unfinished, unfinished) as it:
        answer = await it.ask()
        error = await it.unanswered()

        assert [call.outcome for call in answer.calls] == [Outcome.REJECTED, Outcome.ANSWERED]
        assert "CREDENCE_LLM_REASONING_TOKENS" in error.why
        assert _budgets(it) == [300, 2_300] * 2
        assert {asked.shaping for asked in it.server.asked} == {"json_schema"}


async def test_what_was_malformed_but_whole_has_no_more() -> None:
    async with world(says("no JSON"), PLAIN) as it:
        await it.ask()

        assert _budgets(it) == [300, 300]


async def test_the_limit_that_a_server_names_is_kept_to_from_then_on() -> None:
    async with world(always=gives_at_most(4_096), reasoning_tokens=9_000) as it:
        answer = await it.ask()
        again = await it.ask()

        assert [call.outcome for call in answer.calls] == [Outcome.REJECTED, Outcome.ANSWERED]
        assert [call.outcome for call in again.calls] == [Outcome.ANSWERED]
        assert _budgets(it) == [9_300, 4_096, 4_096]
        assert {asked.shaping for asked in it.server.asked} == {"json_schema"}


async def test_where_prompt_and_answer_do_not_go_together_half_is_asked_from_then_on() -> None:
    async with world(always=has_room_for(6_000), reasoning_tokens=9_000) as it:
        await it.ask()
        again = await it.ask()

        assert [call.outcome for call in again.calls] == [Outcome.ANSWERED]
        assert _budgets(it) == [9_300, 4_650, 4_650]


async def test_a_question_is_too_long_where_half_does_not_fit_either() -> None:
    async with world(always=has_room_for(100)) as it:
        error = await it.unanswered()
        await it.unanswered()

        assert error.why == TOO_LONG
        assert _budgets(it) == [300, 150] * 2  # what did not help is not remembered
        assert it.model.state == "closed"


async def test_that_twice_as_much_was_too_much_is_not_held_against_what_fits() -> None:
    cut_once = [has_room_for(2_000, then=CUT)]

    async def act(asked: Asked, writer: Writer) -> None:
        await (cut_once.pop() if cut_once else has_room_for(2_000))(asked, writer)

    async with world(always=act) as it:
        await it.ask()
        await it.ask()

        assert _budgets(it) == [300, 2_300, 1_150, 300]


async def test_a_limit_that_names_no_number_is_met_by_half_or_told_as_what_it_is() -> None:
    async with world(always=complains("max_tokens exceeds what this model gives")) as it:
        error = await it.unanswered()

        assert "too few tokens" in error.why
        assert "CREDENCE_LLM_REASONING_TOKENS" in error.why
        assert _budgets(it) == [300, 150]
