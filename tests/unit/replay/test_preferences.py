"""Pairs of what a person went on to like and to dislike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from credence.replay.people import Domain, Interaction
from credence.replay.positions import Position
from credence.replay.preferences import DISLIKED, LIKED, preferences
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_domain


def a_rated_domain() -> Domain:
    """Everybody rates what they took 5 and 1 in turn."""
    domain = a_domain(20)
    people = tuple(
        replace(
            person,
            history=tuple(
                replace(done, rating=1.0 if at % 2 else 5.0)
                for at, done in enumerate(person.history)
            ),
        )
        for person in domain.people
    )
    return replace(domain, people=people)


def rating_of(position: Position, at: int) -> tuple[int, float | None]:
    """When the candidate was taken, and how it was rated."""
    ids = [done.item_id for done in position.history]
    place = ids.index(position.candidates[at])
    return place, position.history[place].rating


def test_the_first_was_liked_and_the_second_not_both_after_what_may_be_seen() -> None:
    found = preferences(a_rated_domain(), seed=0, each=3)

    assert found
    assert {half("toy", position.user_id) for position in found} == {Half.TRAIN}
    for position in found:
        (when, liked), (other, disliked) = rating_of(position, LIKED), rating_of(position, DISLIKED)
        assert (liked, disliked) == (5.0, 1.0)
        assert position.before == min(when, other) >= 4
        assert position.instruction is None
        assert position.chosen == LIKED


def test_the_rest_was_never_taken_by_that_person() -> None:
    targets = {person.user_id: person.target for person in a_rated_domain().people}
    for position in preferences(a_rated_domain(), seed=0, each=2):
        taken = {done.item_id for done in position.history} | {targets[position.user_id]}

        assert len(set(position.candidates)) == 10
        assert not taken & set(position.candidates[2:])
        assert targets[position.user_id] not in position.candidates


def test_what_was_taken_later_is_no_candidate() -> None:
    domain = a_rated_domain()
    usual = preferences(domain, seed=0, each=2)
    drawn = frozenset(item for position in usual for item in position.candidates[2:4])
    people = tuple(replace(person, taken=drawn) for person in domain.people)

    found = preferences(replace(domain, people=people), seed=0, each=2)

    assert found
    assert not any(drawn & {*position.candidates[2:]} for position in found)


@pytest.mark.parametrize("each", [1, 3])
def test_no_more_pairs_of_a_person_than_asked_for(each: int) -> None:
    found = preferences(a_rated_domain(), seed=0, each=each)

    people = [position.user_id for position in found]
    assert {people.count(user_id) for user_id in people} == {each}
    pairs = [(p.user_id, *p.candidates[:2]) for p in found]
    assert len(set(pairs)) == len(pairs)


def test_who_rates_everything_alike_or_nothing_prefers_nothing() -> None:
    domain = a_rated_domain()
    for rating in (None, 4.5):
        people = tuple(
            replace(p, history=tuple(replace(done, rating=rating) for done in p.history))
            for p in domain.people
        )

        assert preferences(replace(domain, people=people), seed=0, each=3) == ()


def test_further_people_are_asked_too() -> None:
    ratings = np.array([3, 3, 3, 3, 5, 1])
    story = tuple(
        Interaction(item_id=str(n), rating=float(rating), review="", timestamp=None)
        for n, rating in enumerate(ratings)
    )

    found = preferences(a_domain(4), seed=0, each=5, more={"reader": story})

    (position,) = found
    assert (position.user_id, position.candidates[:2], position.before) == ("reader", ("4", "5"), 4)
