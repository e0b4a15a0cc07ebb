"""What the audit finds in what was asked: prompts that claim too much, questions that leak."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Outcome
from credence.replay.audit.leaked import leaked
from credence.replay.audit.prompts import prompts
from credence.replay.errors import MalformedData
from credence.replay.exam.leaks import Leak
from tests.unit.replay.audit.sittings import (
    DOMAIN,
    PLAINEST,
    clean,
    clean_run,
    first_record,
    rewritten,
    write_facts,
)


def log(folder: Path, **row: Any) -> None:
    (folder / "prompts").mkdir(exist_ok=True)
    text = json.dumps(row) + "\n"
    (folder / "prompts" / f"{PLAINEST}.jsonl").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "prompt",
    [
        "Based on your past preferences, rank these.",
        "The following patterns were identified: none.",
        "Learned preferences:\n-",
        "This reader usually prefers crime.",
    ],
)
def test_a_prompt_that_claims_to_know_a_stranger_fails_by_name(tmp_path: Path, prompt: str) -> None:
    evidence = clean_run(tmp_path)
    log(tmp_path, user_id="p1", memory=0, prompt=prompt)

    found = prompts(evidence)

    assert (found.outcome, found.people) == (Outcome.FAILED, ("p1",))


@pytest.mark.parametrize(
    "row",
    [
        {"memory": 0, "prompt": "Rank these. Nothing is known of this reader yet."},
        {"memory": 0, "prompt": "No patterns were found. No learned preferences."},
        {"memory": 3, "prompt": "Based on your past preferences, rank these."},
        {"prompt": "Based on your past preferences, rank these."},  # the history is not empty
    ],
)
def test_a_prompt_that_claims_what_is_known_passes(tmp_path: Path, row: dict[str, Any]) -> None:
    evidence = clean_run(tmp_path)
    log(tmp_path, user_id=evidence.exam.papers[0].user_id, **row)

    assert prompts(evidence).outcome is Outcome.PASSED


def test_a_system_that_asked_a_model_and_kept_no_prompts_is_noted(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    dear = replace(first_record(evidence), tokens_in=100)

    assert prompts(evidence).outcome is Outcome.NOT_APPLICABLE
    assert prompts(rewritten(evidence, PLAINEST, dear)).outcome is Outcome.NOTED


def test_a_log_without_prompts_is_refused_by_line(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path)
    log(tmp_path, user_id="p1")

    with pytest.raises(MalformedData, match=r"jsonl, line 1: no prompt"):
        prompts(evidence)


def leaking() -> Evidence:
    """The first person's instruction is the target's title."""
    first = clean().exam.papers[0]
    title = next(item.title for item in DOMAIN.items if item.item_id == first.target)
    people = tuple(
        replace(p, instruction=f"I want {title}!") if p.user_id == first.user_id else p
        for p in DOMAIN.people
    )
    return clean(domain=replace(DOMAIN, people=people))


def test_questions_without_leaks_pass(tmp_path: Path) -> None:
    assert leaked(clean_run(tmp_path)).outcome is Outcome.PASSED


def test_a_leak_is_noted_by_name() -> None:
    evidence = leaking()

    found = leaked(evidence)

    assert (found.outcome, found.people) == (Outcome.NOTED, (evidence.exam.papers[0].user_id,))
    assert f"{Leak.INSTRUCTION} 1" in found.detail


def test_a_leak_through_an_instruction_that_is_not_shown_is_none() -> None:
    evidence = leaking()

    found = leaked(replace(evidence, exam=replace(evidence.exam, instructed=False)))

    assert found.outcome is Outcome.PASSED


def test_a_leak_that_figures_can_leave_out_is_noted_and_another_fails(tmp_path: Path) -> None:
    evidence = clean_run(tmp_path, leaking())
    first = evidence.exam.papers[0].user_id

    unmarked = leaked(evidence)
    write_facts(tmp_path, evidence.exam, leak=(Leak.INSTRUCTION.value,))
    marked = leaked(evidence)
    (tmp_path / "people.jsonl").unlink()
    unknown = leaked(evidence)

    assert (unmarked.outcome, unmarked.people) == (Outcome.FAILED, (first,))
    assert (marked.outcome, marked.people) == (Outcome.NOTED, (first,))
    assert unknown.outcome is Outcome.FAILED
