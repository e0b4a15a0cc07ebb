"""What is learnt from questions, and which tables of weights are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from credence.app.tenant_questions import TenantQuestion
from credence.cli.own_weights import LEAST, Ranked, learn, ranked_by
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.ranking.signals import SIGNALS
from credence.planner.ranking.weights import Weights, parse_weights, shipped_weights
from credence.replay.fitting import WITH_INSTRUCTION, WITHOUT_INSTRUCTION
from tests.unit.planner.ranking.cases import a_case


def company_decides(seed: int, *, asked: bool) -> TenantQuestion:
    case = a_case(asked=asked, heard=True, seed=seed)
    assert case.others is not None
    best = int(case.others.company.mean(axis=0).argmax())
    return TenantQuestion(user_id=f"user-{seed}", case=case, chosen=best)


def questions(asked: int, silent: int) -> list[TenantQuestion]:
    return [company_decides(n, asked=n < asked) for n in range(asked + silent)]


def ranked(asked: Sequence[TenantQuestion], in_use: Weights) -> Ranked:
    return asyncio.run(ranked_by(asked, SemanticRanker(in_use)))


def test_both_tables_are_learnt_where_enough_people_asked_for_something() -> None:
    asked, in_use = questions(LEAST, 40), shipped_weights()

    learnt = learn(asked, in_use, ranked(asked, in_use), seed=0, force=False)

    assert learnt.kept == (WITH_INSTRUCTION, WITHOUT_INSTRUCTION)
    for table, people in ((WITH_INSTRUCTION, LEAST), (WITHOUT_INSTRUCTION, LEAST + 40)):
        trial = learnt.trials[table]
        assert trial.fitted_on + trial.tried_on == people
        assert trial.log_loss.difference.mean < 0
    parse_weights({**learnt.document, "version": "any"})


def test_few_instructions_leave_their_table_as_it_is() -> None:
    asked, in_use = questions(LEAST - 1, 40), shipped_weights()

    learnt = learn(asked, in_use, ranked(asked, in_use), seed=0, force=True)

    own = parse_weights({**learnt.document, "version": "any"})
    assert learnt.kept == (WITHOUT_INSTRUCTION,)
    assert own.with_instruction == pytest.approx(in_use.with_instruction, rel=1e-3, abs=1e-3)
    at = SIGNALS.index("company_all")
    assert own.without_instruction[at] != pytest.approx(in_use.without_instruction[at], rel=0.01)


def test_the_same_questions_in_use_already_are_no_better_again() -> None:
    asked = questions(0, LEAST)
    shipped = shipped_weights()
    first = learn(asked, shipped, ranked(asked, shipped), seed=0, force=False)
    own = parse_weights({**first.document, "version": "1"})

    again = learn(asked, own, ranked(asked, own), seed=0, force=False)

    assert first.kept == (WITHOUT_INSTRUCTION,)
    assert again.kept == ()
