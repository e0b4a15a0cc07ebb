"""Who chose an item, and how two items are compared by it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.collaborative.audience import (
    SAMPLE,
    Audience,
    affinities,
    gathered,
    key_of,
    packed,
    told_affinities,
    unpacked,
)


def chosen_by(people: dict[int, float]) -> Audience:
    """An audience of people by number, each under the key they have everywhere."""
    keys = np.array([key_of("t", str(number)) for number in people], dtype=np.uint64)
    return gathered(keys, np.array(list(people.values()), dtype=np.float64))


crowds = st.dictionaries(
    st.integers(0, 20), st.sampled_from([-0.5, 0.25, 0.5, 1.0]), min_size=0, max_size=12
).map(chosen_by)


@given(st.lists(crowds, max_size=4), st.lists(crowds, max_size=4))
def test_affinity_is_even_handed_and_no_more_than_one(
    ours: list[Audience], theirs: list[Audience]
) -> None:
    there, back = affinities(ours, theirs), affinities(theirs, ours)

    assert there.shape == (len(ours), len(theirs))
    assert np.allclose(there, back.T)
    assert (np.abs(there) < 1).all()


def test_affinity_is_the_cosine_over_people_with_doubt() -> None:
    one, other = chosen_by({1: 1.0, 2: 1.0}), chosen_by({2: 1.0, 3: 1.0, 4: -0.5})

    assert affinities([one], [other])[0, 0] == pytest.approx(1 / np.sqrt((2 + 2) * (2.25 + 2)))


def test_what_is_told_of_an_affinity_does_not_say_how_much_a_newcomer_dislikes_it() -> None:
    four = dict.fromkeys(range(4), 1.0)
    known = chosen_by(four | {9: 1.0})
    weights = np.linspace(-0.5, 1.0, 16)

    exact = {float(affinities([known], [chosen_by(four | {9: w})])[0, 0]) for w in weights}
    told = told_affinities(known, [chosen_by(four | {9: w}) for w in weights])

    assert len(exact) == 16
    assert sorted(set(told)) == [0.5, 0.6, 0.7]


def test_an_affinity_of_crowds_is_told_more_finely() -> None:
    one, other = (chosen_by(dict.fromkeys(range(n, n + 60), 1.0)) for n in (0, 20))

    assert told_affinities(one, [other, None]) == (0.65, 0.0)
    assert told_affinities(None, [other]) == (0.0,)


def test_two_lovers_of_a_rare_item_prove_less_than_twenty() -> None:
    few, many = chosen_by(dict.fromkeys(range(2), 1.0)), chosen_by(dict.fromkeys(range(20), 1.0))

    assert affinities([few], [few])[0, 0] < affinities([many], [many])[0, 0]


def test_who_dislikes_one_and_likes_the_other_keeps_them_apart() -> None:
    liked, disliked = chosen_by({1: 1.0, 2: 1.0}), chosen_by({1: -0.5, 2: -0.5})

    assert affinities([liked], [disliked])[0, 0] < 0


def test_an_unknown_audience_has_no_affinity() -> None:
    known = chosen_by({1: 1.0})

    assert affinities([None, known], [None, chosen_by({})]).tolist() == [[0, 0], [0, 0]]
    assert affinities([], [known]).shape == (0, 1)


@given(st.dictionaries(st.integers(0, 40), st.sampled_from([-0.5, 0.5, 1.0]), min_size=1))
def test_without_a_person_it_is_as_if_they_had_never_come(people: dict[int, float]) -> None:
    person, weight = next(iter(people.items()))
    never = chosen_by({number: w for number, w in people.items() if number != person})

    without = chosen_by(people).without(key_of("t", str(person)), weight)

    assert np.array_equal(without.people, never.people)
    assert np.array_equal(without.weights, never.weights)
    assert without.mass == pytest.approx(never.mass)


def test_vast_audiences_are_compared_by_a_sample_about_as_well_as_in_full() -> None:
    rng = np.random.default_rng(0)
    one = dict.fromkeys(rng.choice(20_000, 6_000, replace=False).tolist(), 1.0)
    other = dict.fromkeys([*list(one)[:3_000], *range(20_000, 23_000)], 1.0)

    sampled = affinities([chosen_by(one)], [chosen_by(other)])[0, 0]

    assert len(chosen_by(one).people) == SAMPLE
    assert sampled == pytest.approx(0.5, abs=0.12)


def test_an_audience_is_the_same_after_storage() -> None:
    before = chosen_by({1: 1.0, 2: -0.5, 3: 0.25})

    after = unpacked(packed(before), share=before.share, mass=before.mass)

    assert np.array_equal(after.people, before.people)
    assert np.array_equal(after.weights, before.weights)
    assert len(packed(before)) == 36


def test_a_person_has_another_key_in_another_tenant() -> None:
    assert key_of("a", "bc") != key_of("ab", "c")
    assert key_of("a", "anna") == key_of("a", "anna")
