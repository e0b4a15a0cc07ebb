"""What the tables of the clock are made from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scripts.clock.lately import how_lately, kinds_of
from scripts.clock.told import Ranked

from credence.replay.fitting import Question
from credence.replay.positions import positions
from tests.unit.planner.ranking import cases
from tests.unit.replay.worlds import a_domain

DAY = 86_400.0


def a_question(*ids: str, user_id: str = "anna") -> Question:
    case = replace(cases.a_case(candidates=len(ids)), candidate_ids=ids)
    return Question(domain="toy", user_id=user_id, case=case, chosen=0)


def test_what_counts_is_how_lately_others_had_chosen_an_item_by_then() -> None:
    now = 1_000 * DAY
    times = {
        "new": {"bert": now - DAY, "carl": now - 2 * DAY},
        "old": {"bert": now - 700 * DAY, "carl": now - 900 * DAY},
        "mine": {"anna": now - DAY},
        "later": {"bert": now + DAY},
        "nobody's": {},
    }

    told = how_lately(a_question(*times), now, times)

    new, old, mine, later, nobodys = told
    assert (new > old).all()
    assert new[0] == pytest.approx(np.log1p(np.exp(-1 / 30) + np.exp(-2 / 30)))
    assert new[3] == pytest.approx(-np.log1p(1.0))
    for nothing in (mine, later):
        assert np.array_equal(nothing, nobodys)
    assert not nobodys[:3].any()
    assert nobodys[3] < old[3]


def test_of_each_choice_the_second_list_is_the_matched_one() -> None:
    drawn = positions(a_domain(), seed=0)

    kinds = kinds_of(drawn)

    of_choice: dict[tuple[str, int], list[str]] = {}
    for one, kind in zip(drawn, kinds, strict=True):
        of_choice.setdefault((one.user_id, one.before), []).append(kind)
    assert {tuple(found) for found in of_choice.values()} == {("random",), ("random", "matched")}


def test_people_count_once_with_the_mean_over_their_lists() -> None:
    ranked = Ranked(seed=0)
    first, last = np.array([3.0, 2.0, 1.0]), np.array([1.0, 2.0, 3.0])
    for scores in (first, first, first, last):
        ranked.add("ours", a_question("a", "b", "c"), scores)
        ranked.add("theirs", a_question("a", "b", "c"), last)
    ranked.add("ours", a_question("a", "b", "c", user_id="bert"), last)
    ranked.add("theirs", a_question("a", "b", "c", user_id="bert"), last)

    ours, theirs = ranked.rows(["ours", "theirs"], less={"ours": "theirs"})

    assert "| ours | 0.375 " in ours
    assert "+0.375" in ours
    assert "| theirs | 0.000 " in theirs
