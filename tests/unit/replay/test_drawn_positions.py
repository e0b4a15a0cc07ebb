"""Where earlier choices and their negatives are drawn from."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.positions import Position, positions
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_domain, an_item

ITEMS = 60  # the n-th is taken by n people of the training half, on the n-th day
TARGET = str(ITEMS)


def took(index: int) -> Interaction:
    return Interaction(
        item_id=str(index),
        rating=4.0,
        review=f"a story of number {index}.",
        timestamp=datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=index),
    )


def a_ladder() -> Domain:
    """Popularity and date rise together, so the nearest by both are known."""
    ids = (f"l{n}" for n in range(10_000))
    training = [user_id for user_id in ids if half("ladder", user_id) is Half.TRAIN][:ITEMS]
    people = tuple(
        ReplayPerson(
            user_id=user_id,
            history=tuple(took(index) for index in range(first + 1, ITEMS)),
            instruction="a story",
            target=TARGET,
            candidates=(TARGET, "0"),
            candidates_matched=None,
        )
        for first, user_id in enumerate(training)
    )
    return Domain(name="ladder", items=tuple(an_item(n) for n in range(ITEMS + 1)), people=people)


def earlier_if_even(done: Interaction) -> Interaction:
    index = int(done.item_id)
    return replace(done, timestamp=took(index - 1_000 * (index % 2 == 0)).timestamp)


STORY = tuple(took(index) for index in (2, 12, 22, 52, 32))  # the fifth alone is a choice


def of(user_id: str, found: tuple[Position, ...]) -> list[Position]:
    return [position for position in found if position.user_id == user_id]


def negatives(position: Position) -> list[int]:
    return [int(c) for at, c in enumerate(position.candidates) if at != position.chosen]


def test_matched_negatives_are_near_in_popularity_and_date_and_even_ones_are_not() -> None:
    domain = a_ladder()
    even, matched = set[int](), set[int]()
    for seed in range(20):
        (one, other) = of("reader", positions(domain, seed=seed, more={"reader": STORY}))
        assert (one.candidates[one.chosen], other.candidates[other.chosen]) == ("32", "32")
        even |= set(negatives(one))
        matched |= set(negatives(other))

    taken = {int(done.item_id) for done in STORY}
    assert all(abs(item - 32) <= 14 for item in matched)
    assert len(matched) > 15  # and among them it is the draw that says
    assert {*range(5), *range(50, 60)} & even
    assert not taken & (even | matched)


def test_popularity_and_date_both_count() -> None:
    domain = a_ladder()
    # the same counts, but the even items were all taken long before
    people = tuple(
        replace(person, history=tuple(earlier_if_even(done) for done in person.history))
        for person in domain.people
    )
    domain = replace(domain, people=people)

    (_, matched) = of("reader", positions(domain, seed=0, more={"reader": STORY}))

    # of even items, the old half, those of date ranks near 16 are near in popularity too
    assert sum(item % 2 == 0 for item in negatives(matched)) >= 6


@pytest.mark.parametrize("each", [1, 2, 50])
def test_no_more_choices_are_drawn_of_a_person_than_asked_for(each: int) -> None:
    domain = a_domain(20)

    found = positions(domain, seed=0, each=each)

    for person in domain.people:
        mine = of(person.user_id, found)
        if half("toy", person.user_id) is Half.EXAM:
            assert mine == []
            continue
        points = Counter(p.before for p in mine)
        exams = points.pop(len(person.history))
        assert exams == 1
        assert len(points) == min(each, 4)  # of eight, four have enough before them
        assert set(points.values()) == {2}  # an even list and a matched one


def test_further_people_sat_no_exam_and_leave_everybody_else_as_they_are() -> None:
    domain = a_ladder()

    without = positions(domain, seed=3)
    found = positions(domain, seed=3, more={"z": STORY, "a": STORY[:4]})

    assert found[: len(without)] == without
    added = found[len(without) :]
    assert {position.user_id for position in added} == {"z"}  # of "a" too little is known
    assert all(position.before < len(position.history) for position in added)
    assert all(TARGET not in position.candidates[:1] for position in added)


def test_what_was_asked_is_of_the_chosen_item_alone() -> None:
    asked = defaultdict(set)
    for position in positions(a_ladder(), seed=0, more={"reader": STORY}):
        if position.before < len(position.history):
            done = position.history[position.before]
            asked[done.item_id].add(position.instruction)

    assert asked
    assert all(said == {f"a story of number {item}."} for item, said in asked.items())


def test_who_took_nearly_everything_has_no_list_to_choose_from() -> None:
    everything = tuple(took(index) for index in range(ITEMS - 7))

    found = positions(a_ladder(), seed=0, more={"reader": everything, "other": STORY})

    assert of("reader", found) == []
    assert of("other", found)
