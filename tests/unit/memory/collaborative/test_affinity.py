"""How two items are compared by who chose them, and in which order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.collaborative import affinity as module
from credence.memory.collaborative.affinity import (
    affinities,
    told_affinities,
)
from credence.memory.collaborative.audience import SAMPLE, Audience, gathered, key_of

DAY = 86_400
YEAR = 365 * DAY
USUAL = 0.2  # what is usually left of company when it fades


def chosen_by(people: dict[int, tuple[float, int]]) -> Audience:
    """An audience of people by number, each with what they weigh and when they chose."""
    keys = np.array([key_of("t", str(number)) for number in people], dtype=np.uint64)
    weights = np.array([weight for weight, _ in people.values()], dtype=np.float64)
    return gathered(keys, weights, times=np.array([at for _, at in people.values()], np.uint32))


def liked_by(people: dict[int, float]) -> Audience:
    """An audience of people by number with what they weigh, who chose in the same second."""
    return chosen_by({number: (weight, 0) for number, weight in people.items()})


crowds = st.dictionaries(
    st.integers(0, 12),
    st.tuples(st.sampled_from([-0.5, 0.25, 1.0]), st.sampled_from([0, YEAR, YEAR + 9, 3 * YEAR])),
    max_size=9,
).map(chosen_by)


def by_hand(one: Audience, other: Audience) -> tuple[float, float, float]:
    """Person by person."""
    together = onward = soon = 0.0
    for person, weight, at in zip(one.people, one.weights, one.moments, strict=True):
        for theirs, their_weight, then in zip(
            other.people, other.weights, other.moments, strict=True
        ):
            if person != theirs:
                continue
            both = float(weight) * float(their_weight)
            together += both
            if np.isnan(at) or np.isnan(then):
                continue
            soon -= both * USUAL
            if then > at:
                onward += both
                soon += both * float(np.exp(-(then - at) / YEAR))
            elif then < at:
                onward -= both
            else:
                soon += both / 2
    norms = float(np.sqrt((one.mass + 2) * (other.mass + 2)))
    return together / norms, onward / norms, soon / norms


@given(st.lists(crowds, max_size=4), st.lists(crowds, max_size=4))
def test_it_is_what_each_person_did_added_up(ours: list[Audience], theirs: list[Audience]) -> None:
    found = affinities(ours, theirs)

    assert found.onward.shape == found.soon.shape == (len(ours), len(theirs))
    for row, one in enumerate(ours):
        for column, other in enumerate(theirs):
            told = [float(of_part[row, column]) for of_part in found]
            assert told == pytest.approx(by_hand(one, other))


@given(st.lists(crowds, max_size=4), st.lists(crowds, max_size=4))
def test_who_goes_on_does_not_come_back(ours: list[Audience], theirs: list[Audience]) -> None:
    there, back = affinities(ours, theirs), affinities(theirs, ours)

    assert np.allclose(there.onward, -back.onward.T)


def several(when: int, *, gap: int = 9 * DAY) -> Audience:
    """Three people, each on a day of their own."""
    return chosen_by({n: (1.0, when + n * gap) for n in range(3)})


def test_who_took_a_year_counts_e_fold_less_soon() -> None:
    first, second = several(0), several(YEAR)

    there, back = affinities([first], [second]), affinities([second], [first])

    assert there.onward[0, 0] == pytest.approx(3 / 5)
    assert there.soon[0, 0] == pytest.approx(3 / 5 * (1 / np.e - USUAL))
    assert back.onward[0, 0] == pytest.approx(-3 / 5)
    assert back.soon[0, 0] == pytest.approx(-3 / 5 * USUAL)


def test_a_day_that_most_share_orders_none_of_them() -> None:
    """Whoever comes later brings no order into an import."""
    day = {n: (1.0, 7 * DAY + n) for n in range(5)}
    next_day = {n: (1.0, 8 * DAY + n) for n in range(5)}
    imported = affinities([chosen_by(day)], [chosen_by(next_day)])

    returned = affinities(
        [chosen_by(day | {8: (1.0, 90 * DAY)})], [chosen_by(next_day | {8: (1.0, 95 * DAY)})]
    )

    for found, people, known in ((imported, 5, 0), (returned, 6, 1)):
        assert found.together[0, 0] == pytest.approx(people / (people + 2))
        assert found.onward[0, 0] == pytest.approx(known / (people + 2))
    assert not imported.soon.any()


def test_what_is_worked_out_a_little_at_a_time_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    crowd = [
        chosen_by({int(n): (1.0, int(rng.integers(9 * YEAR))) for n in rng.choice(90, 40)})
        for _ in range(12)
    ]
    whole = affinities(crowd[:5], crowd[5:])

    monkeypatch.setattr(module, "_AT_ONCE", 2)
    parts = affinities(crowd[:5], crowd[5:])

    assert whole.together.all()
    for part, of_whole in zip(parts, whole, strict=True):
        assert np.allclose(part, of_whole)


def test_where_times_were_not_kept_nothing_is_said_of_the_order() -> None:
    dated = several(0)
    undated = Audience(people=dated.people, weights=dated.weights, share=1.0, mass=dated.mass)

    found = affinities([dated, undated, None], [several(9), undated, chosen_by({})])

    assert np.argwhere(found.together).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    for of_order in (found.onward, found.soon):
        assert np.argwhere(of_order).tolist() == [[0, 0]]


def test_of_vast_audiences_a_sample_says_about_the_same() -> None:
    people = range(4_000)
    first = chosen_by({n: (1.0, (1_000 + n) * DAY) for n in people})
    second = chosen_by({n: (1.0, ((9_000 if n % 4 else 10) + n) * DAY) for n in people})

    assert first.share < 0.1
    assert affinities([first], [second]).onward[0, 0] == pytest.approx(0.5, abs=0.15)


@given(st.lists(crowds, max_size=4), st.lists(crowds, max_size=4))
def test_affinity_is_even_handed_and_no_more_than_one(
    ours: list[Audience], theirs: list[Audience]
) -> None:
    there, back = affinities(ours, theirs).together, affinities(theirs, ours).together

    assert there.shape == (len(ours), len(theirs))
    assert np.allclose(there, back.T)
    assert (np.abs(there) < 1).all()


def test_affinity_is_the_cosine_over_people_with_doubt() -> None:
    one, other = liked_by({1: 1.0, 2: 1.0}), liked_by({2: 1.0, 3: 1.0, 4: -0.5})

    assert affinities([one], [other]).together[0, 0] == pytest.approx(
        1 / np.sqrt((2 + 2) * (2.25 + 2))
    )


def test_what_is_told_of_an_affinity_does_not_say_how_much_a_newcomer_dislikes_it() -> None:
    four = dict.fromkeys(range(4), 1.0)
    known = liked_by(four | {9: 1.0})
    weights = np.linspace(-0.5, 1.0, 16)

    exact = {float(affinities([known], [liked_by(four | {9: w})]).together[0, 0]) for w in weights}
    told = told_affinities(known, [liked_by(four | {9: w}) for w in weights])

    assert len(exact) == 16
    assert sorted(set(told)) == [0.5, 0.6, 0.7]


def test_an_affinity_of_crowds_is_told_more_finely() -> None:
    one, other = (liked_by(dict.fromkeys(range(n, n + 60), 1.0)) for n in (0, 20))

    assert told_affinities(one, [other, None]) == (0.65, 0.0)
    assert told_affinities(None, [other]) == (0.0,)


def test_two_lovers_of_a_rare_item_prove_less_than_twenty() -> None:
    few, many = liked_by(dict.fromkeys(range(2), 1.0)), liked_by(dict.fromkeys(range(20), 1.0))

    assert affinities([few], [few]).together[0, 0] < affinities([many], [many]).together[0, 0]


def test_who_dislikes_one_and_likes_the_other_keeps_them_apart() -> None:
    liked, disliked = liked_by({1: 1.0, 2: 1.0}), liked_by({1: -0.5, 2: -0.5})

    assert affinities([liked], [disliked]).together[0, 0] < 0


def test_an_unknown_audience_has_no_affinity() -> None:
    known = liked_by({1: 1.0})

    assert affinities([None, known], [None, liked_by({})]).together.tolist() == [[0, 0], [0, 0]]
    assert affinities([], [known]).together.shape == (0, 1)


def test_vast_audiences_are_compared_by_a_sample_about_as_well_as_in_full() -> None:
    rng = np.random.default_rng(0)
    one = dict.fromkeys(rng.choice(20_000, 6_000, replace=False).tolist(), 1.0)
    other = dict.fromkeys([*list(one)[:3_000], *range(20_000, 23_000)], 1.0)

    sampled = affinities([liked_by(one)], [liked_by(other)]).together[0, 0]

    assert len(liked_by(one).people) == SAMPLE
    assert sampled == pytest.approx(0.5, abs=0.12)
