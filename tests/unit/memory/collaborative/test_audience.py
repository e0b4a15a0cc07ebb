"""Who chose an item, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.collaborative.audience import (
    Audience,
    gathered,
    key_of,
    packed,
    packed_times,
    times_of,
    unpacked,
)


def chosen_by(people: dict[int, float]) -> Audience:
    """An audience of people by number, each under the key they have everywhere, who chose in the
    order of their numbers."""
    keys = np.array([key_of("t", str(number)) for number in people], dtype=np.uint64)
    weights = np.array(list(people.values()), dtype=np.float64)
    return gathered(keys, weights, times=np.array(list(people), dtype=np.uint32))


@given(st.dictionaries(st.integers(0, 40), st.sampled_from([-0.5, 0.5, 1.0]), min_size=1))
def test_without_a_person_it_is_as_if_they_had_never_come(people: dict[int, float]) -> None:
    person, weight = next(iter(people.items()))
    never = chosen_by({number: w for number, w in people.items() if number != person})

    without = chosen_by(people).without(key_of("t", str(person)), weight)

    assert np.array_equal(without.people, never.people)
    assert np.array_equal(without.weights, never.weights)
    assert without.times is not None
    assert never.times is not None
    assert np.array_equal(without.times, never.times)
    assert without.mass == pytest.approx(never.mass)


def test_an_audience_is_the_same_after_storage() -> None:
    before = chosen_by({1: 1.0, 2: -0.5, 3: 0.25})

    after = unpacked(packed(before), packed_times(before), share=before.share, mass=before.mass)

    assert np.array_equal(after.people, before.people)
    assert np.array_equal(after.weights, before.weights)
    assert after.times is not None
    assert before.times is not None
    assert np.array_equal(after.times, before.times)
    assert len(packed(before)) == 36


def test_an_audience_from_before_times_were_kept_has_none() -> None:
    before = chosen_by({1: 1.0})

    after = unpacked(packed(before), None, share=before.share, mass=before.mass)

    assert after.times is None
    assert after.without(int(after.people[0]), 1.0).times is None
    assert packed_times(after) is None


def test_times_are_whole_seconds_and_stay_within_what_can_be_kept() -> None:
    moments = [
        datetime(2026, 1, 1, 12, 0, 0, 999_999, tzinfo=UTC),
        datetime(1900, 1, 1, tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
    ]

    assert times_of(moments).tolist() == [1_767_268_800, 0, 2**32 - 1]
    assert times_of([]).tolist() == []


def test_a_person_has_another_key_in_another_tenant() -> None:
    assert key_of("a", "bc") != key_of("ab", "c")
    assert key_of("a", "anna") == key_of("a", "anna")


def test_an_audience_whose_people_were_written_anew_has_no_times() -> None:
    """The version before writes people and leaves times as they are."""
    old, new = chosen_by({1: 1.0, 2: 1.0}), chosen_by({1: 1.0, 2: 1.0, 3: 1.0})

    after = unpacked(packed(new), packed_times(old), share=1.0, mass=3.0)

    assert after.times is None
    assert np.isnan(after.moments).tolist() == [True] * 3


def test_moments_are_of_those_who_came_on_a_day_of_their_own() -> None:
    day = 86_400

    def known(*days: float) -> list[bool]:
        people = np.arange(len(days), dtype=np.uint64)
        times = np.array([at * day for at in days], dtype=np.uint32)
        made = gathered(people, np.ones(len(days)), times=times)
        return [not np.isnan(moment) for moment in made.moments]

    assert known(1, 2, 3) == [True, True, True]
    assert known(1, 1, 2, 2) == [True] * 4
    assert known(1, 1.5, 1.9, 2) == [False, False, False, True]
    assert known(5) == [False]
    assert known() == []
