"""Ranks, measures, intervals and the split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.replay.bootstrap import (
    FEW,
    around,
    holm,
    interval,
    paired_difference,
    resampled_means,
)
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.metrics.measures import MEASURES, by_chance, headlines, measured, telling
from credence.replay.metrics.mrr import mrr
from credence.replay.metrics.ndcg import ndcg
from credence.replay.ranks import target_rank
from credence.replay.split import Half, half

RANKS = np.array([1, 2, 5, 6, 10])
TEN = tuple(str(index) for index in range(10))


def test_measures_of_known_ranks() -> None:
    assert hit_rate(RANKS, 5).tolist() == [1, 1, 1, 0, 0]
    assert ndcg(RANKS, 5) == pytest.approx([1, 1 / np.log2(3), 1 / np.log2(6), 0, 0])
    assert mrr(RANKS) == pytest.approx([1, 1 / 2, 1 / 5, 1 / 6, 1 / 10])


def test_a_constant_scorer_is_as_good_as_chance() -> None:
    ranks = np.array(
        [target_rank(np.zeros(10), TEN, "4", user_id=f"u{n}", seed=0) for n in range(5_000)]
    )

    assert hit_rate(ranks, 1).mean() == pytest.approx(0.1, abs=0.015)
    assert ndcg(ranks, 5).mean() == pytest.approx(0.295, abs=0.015)


def test_a_constant_scorer_has_every_rank_once_as_the_target_goes_round() -> None:
    for user in ("u1", "u2", "u3"):
        ranks = [target_rank(np.zeros(10), TEN, t, user_id=user, seed=0) for t in TEN]

        assert sorted(ranks) == list(range(1, 11))


def test_a_constant_scorer_gains_nothing_from_where_the_target_stands() -> None:
    first, last = ("4", "7"), ("7", "4")

    for user in ("u1", "u2", "u3"):
        ranks = {target_rank(np.zeros(2), c, "4", user_id=user, seed=0) for c in (first, last)}
        assert len(ranks) == 1


def test_scores_that_differ_by_rounding_alone_are_ties() -> None:
    scores = np.zeros(10)
    scores[4] = 1e-14

    ranks = [target_rank(scores, TEN, "4", user_id=f"u{n}", seed=0) for n in range(200)]

    assert np.mean(np.array(ranks) == 1) < 0.3


def test_a_score_that_failed_ranks_last() -> None:
    scores = np.array([0.1, np.nan, -5.0])

    assert target_rank(scores, ("a", "b", "c"), "b", user_id="u", seed=0) == 3


def test_the_rank_counts_better_scores() -> None:
    assert target_rank(np.array([3.0, 1.0, 2.0]), ("a", "b", "c"), "c", user_id="u", seed=0) == 2


def test_an_interval_is_about_as_wide_as_theory_says() -> None:
    values = np.repeat([0.0, 1.0], 200)

    found = interval(values, seed=0)

    assert found.mean == 0.5
    assert found.low == pytest.approx(0.5 - 1.96 * 0.5 / 20, abs=0.005)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.5 / 20, abs=0.005)


@pytest.mark.parametrize(("people", "rate"), [(1, 0.5), (5, 0.5), (10, 0.1), (60, 0.05)])
def test_the_interval_of_hits_holds_the_rate_of_few_people_too(people: int, rate: float) -> None:
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(400):
        hits = (rng.random(people) < rate).astype(np.float64)
        found = interval(hits, seed=0, resamples=10, lowest=0.0)
        held += found.low <= rate <= found.high

    assert held >= 0.9 * 400


def test_ten_hits_of_ten_are_no_certainty() -> None:
    found = interval(np.ones(10), seed=0, lowest=0.0)

    assert (found.mean, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.722, abs=1e-3)  # Wilson (1927)


@pytest.mark.parametrize("people", [3, FEW - 1, FEW])
def test_graded_values_of_few_people_have_an_interval_that_is_too_wide_rather_than_too_narrow(
    people: int,
) -> None:
    values = np.random.default_rng(0).uniform(0.4, 0.6, people)

    alone = interval(values, seed=0)
    known = interval(values, seed=0, lowest=0.0)
    apart = paired_difference(values, np.full(people, 0.4), seed=0, lowest=-1.0)

    assert (known == alone) is (people >= FEW)
    if people < FEW:
        assert known.low < 0.35
        assert apart.low < 0 < apart.high
    else:
        assert apart.low > 0


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(1).uniform(size=50)

    assert interval(values, seed=3) == interval(values, seed=3)
    assert interval(values, seed=3) != interval(values, seed=4)


def test_pairing_shows_a_small_constant_gain_that_the_means_alone_would_not() -> None:
    theirs = np.random.default_rng(0).uniform(size=80)

    gap = paired_difference(theirs + 0.02, theirs, seed=0)

    assert gap.above_zero
    assert interval(theirs, seed=0).high - interval(theirs, seed=0).low > 0.05


def test_no_difference_is_neither_above_nor_below() -> None:
    gap = paired_difference(np.ones(9), np.ones(9), seed=0)

    assert (gap.mean, gap.above_zero, gap.below_zero) == (0, False, False)


def test_intervals_of_nobody_and_of_unlike_people_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        interval(np.array([]), seed=0)
    with pytest.raises(ValueError, match="cannot pair"):
        paired_difference(np.ones(3), np.ones(4), seed=0)


def test_every_measure_has_a_column_under_its_name() -> None:
    columns = dict(zip(MEASURES, measured(RANKS).T, strict=True))

    assert list(columns) == [
        *("HR@1", "HR@3", "HR@5", "HR@10", "NDCG@1", "NDCG@3", "NDCG@5", "NDCG@10", "MRR")
    ]
    assert columns["HR@3"].tolist() == [1, 1, 0, 0, 0]
    assert columns["NDCG@10"].tolist() == ndcg(RANKS, 10).tolist()


def test_of_short_lists_no_measure_is_told_that_is_1_whatever_the_rank() -> None:
    for longest in (1, 2, 5, 10, 11, 4_000):
        every = dict(zip(MEASURES, measured(np.arange(1, longest + 1)).T, strict=True))
        told = telling(longest)
        assert "MRR" in told
        for name in MEASURES:
            constant = name.startswith("HR") and set(every[name].tolist()) == {1.0}
            assert (name in told) != constant


def test_of_a_catalogue_the_first_ten_are_told_first() -> None:
    assert headlines(10) == ("HR@1", "NDCG@5")
    assert headlines(11) == ("HR@10", "NDCG@10")


def test_chance_among_ten_is_what_the_protocol_says() -> None:
    chance = by_chance(np.full(7, 10))

    assert chance["HR@1"] == pytest.approx(0.1)
    assert [round(chance[f"NDCG@{k}"], 3) for k in (3, 5, 10)] == [0.213, 0.295, 0.454]


def test_chance_is_the_mean_over_lists_of_unlike_length() -> None:
    assert by_chance(np.array([2, 4]))["HR@1"] == pytest.approx((1 / 2 + 1 / 4) / 2)


def test_resampling_many_columns_at_once_is_resampling_each_alone() -> None:
    values = np.random.default_rng(2).uniform(size=(37, 3))

    together = resampled_means(values, seed=5, resamples=1_300)  # no whole number of batches

    for column in range(3):
        alone = interval(values[:, column], seed=5, resamples=1_300)
        found = around(float(values[:, column].mean()), together[:, column])
        assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=1e-12)


def test_resamples_of_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        resampled_means(np.empty((0, 3)), seed=0)


def test_holm_as_worked_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_makes_no_p_smaller_and_keeps_their_order(ps: list[float]) -> None:
    corrected = holm(ps)

    assert all(p <= after <= 1 for p, after in zip(ps, corrected, strict=True))
    by_p = [after for _, after in sorted(zip(ps, corrected, strict=True))]
    assert by_p == sorted(by_p)


def test_the_split_never_changes() -> None:
    halves = [half("reads", f"reads_u0000{n}") for n in range(8)]

    assert [one.value for one in halves] == [
        "train",
        "train",
        "exam",
        "exam",
        "train",
        "train",
        "train",
        "exam",
    ]


def test_the_split_is_about_even_and_differs_between_domains() -> None:
    users = [f"u{n}" for n in range(2_000)]

    reads, movietv = ([half(domain, user) for user in users] for domain in ("reads", "movietv"))

    assert 900 < reads.count(Half.TRAIN) < 1_100
    assert reads != movietv


def test_nobody_of_books_is_learnt_from() -> None:
    assert {half("books", f"u{n}") for n in range(100)} == {Half.EXAM}
