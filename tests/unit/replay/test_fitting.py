"""From questions with answers to weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from credence.planner.ranking.case import RankingCase
from credence.planner.ranking.signals import OF_INSTRUCTION, SIGNALS
from credence.planner.ranking.weights import parse_weights, shipped_weights
from credence.replay.fitting import Question, examples, fitted, unseen_domains
from tests.unit.planner.ranking.cases import a_case, no_others


def company_decides(seed: int, *, asked: bool = True) -> Question:
    """The candidate with the best company was chosen."""
    case: RankingCase = a_case(asked=asked, heard=True, seed=seed)
    assert case.others is not None
    best = int(case.others.company.mean(axis=0).argmax())
    return Question(domain="toy" if seed % 2 else "other", case=case, chosen=best)


QUESTIONS = [company_decides(seed) for seed in range(120)]


def test_what_decided_gets_the_weight() -> None:
    document = fitted(examples(QUESTIONS))

    for table in ("with_instruction", "without_instruction"):
        weights = document[table]
        assert weights["company"] + weights["company_all"] > 0.5
        assert weights["others_words"] < 0.2
    assert not any(document["without_instruction"][name] for name in OF_INSTRUCTION)
    assert len(parse_weights(document).with_instruction) == len(SIGNALS)


def test_no_weight_of_what_others_say_turns_against_an_item() -> None:
    rarest = [
        replace(one, chosen=int(one.case.others.people.argmin()))
        for one in QUESTIONS
        if one.case.others is not None
    ]

    document = fitted(examples(rarest))

    assert document["with_instruction"]["people"] == 0


def test_each_question_is_asked_again_without_others_order_and_without_others() -> None:
    silent = Question(domain="toy", case=a_case(seed=1), chosen=0)

    kinds = examples([QUESTIONS[0], silent])

    both = kinds["with_instruction"]
    assert both.full.tolist() == [True, False, False, True]
    of_others = [SIGNALS.index("company"), SIGNALS.index("people")]
    assert both.signals[:2][:, :, of_others].all()
    assert not both.signals[2:][:, :, of_others].any()
    of_order = [SIGNALS.index("followed"), SIGNALS.index("followed_soon_all")]
    assert both.signals[0][:, of_order].all()
    assert not both.signals[1:][:, :, of_order].any()


def test_every_domain_has_an_equal_say() -> None:
    one_and_many = [QUESTIONS[0], *QUESTIONS[1::2]]
    kinds = examples(one_and_many)["with_instruction"]

    choices = kinds.choices(np.ones(len(SIGNALS)), np.ones(len(kinds.chosen), dtype=np.bool_))

    assert choices.shares.sum() == pytest.approx(1)
    assert choices.shares[kinds.domains == "other"].sum() == pytest.approx(0.5)


def test_where_nobody_asks_the_weights_for_asking_stay_as_shipped() -> None:
    questions = [company_decides(seed, asked=False) for seed in range(20)]

    weights = parse_weights(fitted(examples(questions)))

    assert weights.with_instruction == pytest.approx(shipped_weights().with_instruction, rel=1e-3)


def test_others_who_say_nothing_change_no_fit() -> None:
    alone = [Question(domain="toy", case=a_case(seed=n), chosen=n % 6) for n in range(20)]
    silent = [replace(one, case=replace(one.case, others=no_others(6, 3))) for one in alone]

    one, other = fitted(examples(alone)), fitted(examples(silent))

    for table in ("scale", "with_instruction", "without_instruction"):
        assert one[table] == pytest.approx(other[table], abs=1e-4)


def test_each_domain_is_measured_by_the_others() -> None:
    measured = unseen_domains(examples(QUESTIONS))

    assert set(measured["with_instruction"]) == {"toy", "other"}
    assert measured["with_instruction"]["toy"]["hit_rate_at_1"] > 0.4
