"""What the tables of the clock are made from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from scripts.clock.lately import how_lately, kinds_of, of_the_month
from scripts.clock.told import Ranked, World, times_are_of_items

from credence.replay.fitting import Question
from credence.replay.people import Interaction
from credence.replay.positions import Position, positions
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
        "the same day": {"bert": now},
        "later": {"bert": now + DAY},
        "nobody's": {},
    }

    told = how_lately(a_question(*times), now, times)

    new, old, mine, the_same_day, later, nobodys = told
    assert (new > old).all()
    assert new[0] == pytest.approx(np.log1p(np.exp(-1 / 30) + np.exp(-2 / 30)))
    assert new[3] == pytest.approx(-np.log1p(1.0))
    for nothing in (mine, the_same_day, later):
        assert np.array_equal(nothing, nobodys)
    assert not nobodys[:3].any()
    assert nobodys[3] < old[3]


def done(item_id: str, day: int, hour: int = 0) -> Interaction:
    at = datetime(2026, 5, day, hour, tzinfo=UTC)
    return Interaction(item_id=item_id, rating=None, review="", timestamp=at)


def test_times_that_everybody_shares_are_those_of_items() -> None:
    came_out = {"a": 3, "b": 9, "c": 20}
    shared = {
        user_id: [done(item_id, day, hour) for item_id, day in came_out.items()]
        for hour, user_id in enumerate(("anna", "bert", "carl"))
    }
    own = shared | {"carl": [done(item_id, day + 1) for item_id, day in came_out.items()]}

    assert times_are_of_items(shared)
    assert not times_are_of_items(own)
    assert not times_are_of_items({"anna": shared["anna"]})


def a_world(donors: dict[str, list[Interaction]], target: Interaction) -> World:
    anything: Any = None
    return World(
        encoded=anything,
        encoder=anything,
        words=anything,
        crowd=anything,
        donors={**donors, "anna": [done("mine", 1), target]},
        targets={"anna": target},
        seed=0,
    )


def test_a_list_of_the_month_is_of_what_others_had_lately_chosen() -> None:
    fresh = [f"new{number:02}" for number in range(12)]
    bert = [done(item_id, 20) for item_id in (*fresh, "mine")]
    donors = {"bert": [*bert, done("later", 30)], "carl": [done("chosen", 19)]}
    world = a_world(donors, done("chosen", 25))
    position = Position(
        user_id="anna",
        history=(done("mine", 1),),
        before=1,
        instruction=None,
        candidates=("other", "chosen"),
        chosen=1,
    )
    times = {
        item_id: {
            u: d.timestamp.timestamp()
            for u, s in world.donors.items()
            for d in s
            if d.item_id == item_id and d.timestamp
        }
        for item_id in (*fresh, "mine", "later", "chosen")
    }

    found = of_the_month(position, world, times)

    assert found is not None
    assert (found.candidates[0], found.chosen) == ("chosen", 0)
    assert len(set(found.candidates)) == 10
    assert set(found.candidates[1:]) <= set(fresh)
    assert found == of_the_month(position, world, times)
    del times["chosen"]["carl"]
    assert of_the_month(position, world, times) is None


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
