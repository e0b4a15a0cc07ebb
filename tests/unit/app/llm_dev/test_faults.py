"""Faults by name and share."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from credence.app.llm_dev.desk import STATUSES
from credence.app.llm_dev.faults import (
    MEANINGS,
    Fault,
    Faults,
    UnknownFault,
    parsed_shares,
)
from credence.app.llm_dev.misspeaking import SPOILS, spoilt
from credence.app.llm_dev.tokens import count
from credence.app.llm_dev.web import ENDINGS


def test_every_fault_has_a_meaning_and_one_place_where_it_is_made() -> None:
    made = [*STATUSES, *SPOILS, *ENDINGS, Fault.SLOW, Fault.OBEY]

    assert sorted(made) == sorted(Fault)
    assert set(MEANINGS) == set(Fault)


def test_shares_are_read_and_add_up() -> None:
    shares = parsed_shares(["429=0.03", "stall=0.02", "stall=0.01"])

    assert shares == pytest.approx({Fault.LIMITED: 0.03, Fault.STALL: 0.03})
    assert parsed_shares(["drop"]) == {Fault.DROP: 1.0}


def test_all_is_an_even_mix() -> None:
    shares = parsed_shares(["all=0.38", "429=0.1"])

    assert set(shares) == set(Fault)
    assert shares[Fault.STALL] == pytest.approx(0.02)
    assert shares[Fault.LIMITED] == pytest.approx(0.12)


@pytest.mark.parametrize("told", ["418", "stall=often", "stall=1.5", "stall=-1", "stall=nan", ""])
def test_what_is_no_fault_or_share_is_refused(told: str) -> None:
    with pytest.raises(UnknownFault):
        parsed_shares([told])


def test_more_than_every_call_is_refused() -> None:
    with pytest.raises(UnknownFault):
        Faults({Fault.STALL: 0.6, Fault.DROP: 0.6})


def test_faults_come_as_often_as_their_shares_say_and_again_with_the_same_seed() -> None:
    shares = {Fault.STALL: 0.2, Fault.DROP: 0.1}
    first, again = Faults(shares, seed=3), Faults(shares, seed=3)

    drawn = [first.draw() for _ in range(5_000)]

    assert [again.draw() for _ in range(5_000)] == drawn
    counts = Counter(drawn)
    assert counts[Fault.STALL] / 5_000 == pytest.approx(0.2, abs=0.03)
    assert counts[Fault.DROP] / 5_000 == pytest.approx(0.1, abs=0.03)
    assert counts[None] / 5_000 == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize("fault", [Fault.MALFORMED, Fault.TRUNCATED, Fault.FENCED, Fault.THINKING])
def test_spoilt_json_is_none(fault: Fault) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(spoilt(fault, '{"order": ["k1", "k2"]}').content or "")


def test_invented_ids_are_in_every_place_of_ids_and_nowhere_else() -> None:
    answer = {
        "steps": [{"operation": "consolidation", "targets": ["c1+c2"], "reason": "c1 is c2"}],
        "order": ["k1", "B"],
    }

    told = json.loads(spoilt(Fault.HALLUCINATED, json.dumps(answer)).content or "")

    step = told["steps"][0]
    assert step["targets"] == ["c90001+c90002"]
    assert (step["operation"], step["reason"]) == ("consolidation", "c1 is c2")
    assert told["order"] == ["k90001", "B90000"]


def test_a_runaway_is_about_a_hundred_thousand_tokens() -> None:
    assert count(spoilt(Fault.RUNAWAY, '{"order": []}').text) == 100_000
