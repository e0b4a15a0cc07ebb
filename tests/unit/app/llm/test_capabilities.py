"""What a complaint says about what an endpoint can do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credence.app.adapters.llm.capabilities import Capabilities, Complaint, Shaping

ALL = Capabilities()


def _steps(complaint: Complaint) -> list[Capabilities]:
    """Everything that is tried while the same complaint comes back."""
    steps = [ALL]
    while (less := steps[-1].less(complaint, tokens=9_800, tried=steps)) is not None:
        steps.append(less)
    return steps


def test_without_a_hint_the_schema_is_given_up_step_by_step() -> None:
    assert [one.shaping for one in _steps(Complaint())] == list(Shaping)


def test_a_named_parameter_is_given_up_first() -> None:
    assert _steps(Complaint(message="Unknown field: temperature"))[1] == replace(
        ALL, temperature=False
    )


def test_the_parameter_that_a_server_names_counts_for_more_than_its_words() -> None:
    complaint = Complaint(param="response_format", message="in {temperature: 0, max_tokens: 3}")
    assert _steps(complaint)[1] == replace(ALL, shaping=Shaping.OBJECT)


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens, max_completion_tokens, temperature and the rest",
        "max_tokens: at most 4096, or 2048, or 1024",
    ],
)
def test_no_complaint_goes_on_for_ever(message: str) -> None:
    steps = _steps(Complaint(message=message))
    assert len(steps) == len(set(steps)) <= 12


LIMITS = {
    "OpenAI": (
        "max_tokens is too large: 9800. This model supports at most 4096 completion tokens, "
        "whereas you provided 9800.",
        4096,
    ),
    "Groq": (
        "`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is "
        "less than the `context_window` for this model",
        8192,
    ),
    "DeepSeek": ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
    "Anthropic": (
        "max_tokens: 9800 > 4096, which is the maximum allowed number of output tokens for "
        "claude-3-haiku-20240307",
        4096,
    ),
    "a validator": (
        "[(['body', 'max_tokens'], 'Input should be less than or equal to 2048')]",
        2048,
    ),
}


@pytest.mark.parametrize(("message", "most"), LIMITS.values(), ids=LIMITS)
def test_a_limit_of_answers_is_kept_to_and_nothing_else_is_tried(message: str, most: int) -> None:
    first, then, *_ = _steps(Complaint(message=message, param="max_tokens"))[1:]

    assert first == replace(ALL, ceiling=most)
    assert (first.granted(9_800), first.granted(300)) == (most, 300)
    assert then == replace(first, halved=True)
    assert {one.shaping for one in _steps(Complaint(message=message))} == {Shaping.SCHEMA}


TOGETHER = {
    "vLLM": "This model's maximum context length is 16384 tokens. However, you requested 17800 "
    "tokens (8000 in the messages, 9800 in the completion).",
    "vLLM of late": "'max_tokens' or 'max_completion_tokens' is too large: 9800. This model's "
    "maximum context length is 16384 tokens and your request has 8000 input tokens.",
    "Anthropic": "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, "
    "decrease input length or `max_tokens` and try again",
}


@pytest.mark.parametrize("message", TOGETHER.values(), ids=TOGETHER)
def test_what_is_too_much_with_the_prompt_is_halved_once(message: str) -> None:
    assert _steps(Complaint(message=message)) == [ALL, replace(ALL, halved=True)]
    assert replace(ALL, halved=True).granted(9_800) == 4_900


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in "
        "35569 tokens. Please reduce the length of the messages.",
        "the request exceeds the available context size, try increasing it",
    ],
)
def test_a_prompt_too_long_by_itself_is_not_asked_in_another_form(message: str) -> None:
    assert _steps(Complaint(message=message)) == [ALL]


SCARCE = {
    "OpenAI": "Could not finish the message because max_tokens or model output limit was reached. "
    "Please try again with higher max_tokens.",
    "a least": "max_tokens is too small: it must be at least 16.",
    "Azure": "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16.",
    "Azure of late": "Invalid 'max_completion_tokens': integer below minimum value. Expected a "
    "value >= 1024, but got 300 instead.",
    "Anthropic": "`max_tokens` must be greater than `thinking.budget_tokens`.",
    "in signs": "max_tokens must be >= 1024",
    "a bare comparison": "max_tokens: 300 < 1024, which is the minimum allowed",
    "what it is": "max_tokens (300) is lower than the minimum of 1024",
    "what it must not be": "max_tokens cannot be less than 1024",
    "a thinking budget": "max_tokens must exceed the thinking budget of 1024",
    "no number": "max_tokens must be higher",
}


@pytest.mark.parametrize("message", SCARCE.values(), ids=SCARCE)
def test_too_few_tokens_are_no_limit_and_nothing_else_is_tried(message: str) -> None:
    complaint = Complaint(message=message)

    assert complaint.of_scarcity
    assert not complaint.of_budget
    assert complaint.ceiling(9_800) is None
    assert _steps(complaint) == [ALL]


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens must be at least 1 and at most 8192",
        "max_tokens (9800) is greater than the limit, 8192",
        "max_tokens must not be less than 1 or greater than 8192",
        "max_tokens must be >= 1 and <= 8192",
        "max_tokens is not less than or equal to 8192",
        "Invalid 'max_completion_tokens': integer above maximum value. Expected a value <= 8192, "
        "but got 9800 instead.",
    ],
)
def test_a_range_or_an_excess_is_not_too_few(message: str) -> None:
    complaint = Complaint(message=message)

    assert not complaint.of_scarcity
    assert _steps(complaint)[1] == replace(ALL, ceiling=8_192)


@pytest.mark.parametrize(
    ("param", "message"),
    [
        (
            "max_tokens",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
        ),
        ("", "max_tokens is not supported by this model, use max_completion_tokens; up to 32768"),
        ("", "limit output with max_completion_tokens instead of max_tokens; at least 16"),
        ("max_tokens", "it is deprecated: an upper limit is set by max_completion_tokens"),
    ],
)
def test_a_parameter_of_another_name_is_no_limit(param: str, message: str) -> None:
    complaint = Complaint(param=param, message=message)
    assert _steps(complaint)[1] == replace(ALL, budget="max_completion_tokens")
    assert not complaint.of_budget
    assert not complaint.of_scarcity


def test_what_is_too_large_under_either_name_is_halved() -> None:
    complaint = Complaint(
        message="'max_tokens' or 'max_completion_tokens' is too large. Ask for less instead."
    )
    assert _steps(complaint) == [ALL, replace(ALL, halved=True)]
