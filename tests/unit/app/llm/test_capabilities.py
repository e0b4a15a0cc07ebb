"""What a complaint says about what an endpoint can do."""

from __future__ import annotations

from dataclasses import replace

from credence.app.adapters.llm.capabilities import Capabilities, Complaint, Shaping

ALL = Capabilities()


def _steps(complaint: Complaint) -> list[Capabilities]:
    """Everything that is tried while the same complaint comes back."""
    steps = [ALL]
    while (less := steps[-1].less(complaint, tried=steps)) is not None:
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


def test_no_complaint_goes_on_for_ever() -> None:
    complaint = Complaint(message="max_tokens, max_completion_tokens, temperature and the rest")
    steps = _steps(complaint)
    assert len(steps) == len(set(steps)) <= 12
