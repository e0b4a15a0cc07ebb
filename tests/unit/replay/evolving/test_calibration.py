"""Strength against later behaviour, where the answer is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credence.replay.bootstrap import Interval
from credence.replay.evolving.figures.calibration import (
    ALL,
    BELIEF,
    OPEN,
    PEOPLE,
    PERSON,
    RESCALED,
    Calibration,
    Reliability,
    Score,
    calibration,
)
from credence.replay.evolving.walked import Believed, Borne, Walked
from tests.unit.replay.evolving.walks import a_walk

_EVENTS = 6  # later ones on each claim


def a_claim(
    strength: float,
    liked: int,
    disliked: int,
    *,
    chunk: int = 1,
    confidence: float = 0.5,
    leaning: bool = False,
) -> Borne:
    likes, dislikes = range(20, 20 + liked), range(40, 40 + disliked)
    return Borne(chunk, strength, confidence, leaning, tuple(likes), tuple(dislikes))


def a_look(
    *borne: Borne, likes: int = 3, dislikes: int = 1, opened: tuple[int, int] | None = None
) -> Believed:
    """`opened` are the likes and dislikes of open topics; None: all are."""
    open_likes, open_dislikes = (likes, dislikes) if opened is None else opened
    return Believed(
        known=3,
        ahead=10,
        likes=likes,
        dislikes=dislikes,
        open_likes=open_likes,
        open_dislikes=open_dislikes,
        active=9,
        borne=borne,
    )


def followed(user_id: str, *looks: Believed) -> Walked:
    return replace(a_walk(user_id, [1]), believed=looks)


def simulated(
    seed: int, *, people: int = 100, told: Callable[[float], float] = lambda truth: truth
) -> list[Walked]:
    """Chunks liked with probability (1 + truth) / 2 an event, of which the belief says `told`."""
    rng = np.random.default_rng(seed)
    walks = []
    for number in range(people):
        claims = []
        for chunk, truth in enumerate(rng.uniform(-0.95, 0.95, 12), start=1):
            liked = int(rng.binomial(_EVENTS, (1 + truth) / 2))
            claims.append(
                a_claim(
                    told(float(truth)),
                    liked,
                    _EVENTS - liked,
                    chunk=chunk,
                    confidence=float(rng.uniform(0, 0.9)),
                )
            )
        walks.append(followed(f"u{number}", a_look(*claims)))
    return walks


def measured(walks: Sequence[Walked]) -> Calibration:
    found = calibration(walks, seed=0)
    assert found is not None
    return found


def whole(walks: Sequence[Walked], part: str = ALL) -> Reliability:
    return next(one for one in measured(walks).parts if one.part == part)


def scores(part: Reliability) -> dict[str, Score]:
    return {score.predictor: score for score in part.scores}


def skill(part: Reliability, over: str, *, rescaled: bool = False) -> Interval:
    score = scores(part)[over]
    found = score.rescaled if rescaled else score.skill
    assert found is not None
    return found


def test_two_people_by_hand() -> None:
    # In the bin of 0.5 stand a's claim, which counts 1, and one of b's two, which count half each.
    walks = [
        followed("a", a_look(a_claim(0.5, 1, 0), likes=3, dislikes=1)),
        followed("b", a_look(a_claim(-0.5, 0, 1), a_claim(0.5, 1, 1, chunk=2))),
    ]

    part = whole(walks)

    low, high = part.bins
    assert (low.low, low.high, low.people, low.claims) == pytest.approx((-0.6, -0.4, 1, 1))
    assert (low.strength, low.sign, low.interval) == (-0.5, -1.0, None)
    assert (high.people, high.claims) == (2, 2)
    assert high.sign == pytest.approx(2 / 3)
    assert part.error.mean == pytest.approx(0.25)
    assert part.bias.mean == pytest.approx(0.0)
    assert [part.people, part.chunks, part.claims, part.evidence] == [2, 3, 3, 4]
    by = {name: score.brier.mean for name, score in scores(part).items()}
    assert by[BELIEF] == pytest.approx((0.0625 + (0.0625 + 0.3125) / 2) / 2)
    assert by[PERSON] == pytest.approx((0.3**2 + (0.7**2 + (0.7**2 + 0.3**2) / 2) / 2) / 2)
    # Each is told the other's mean: 0.25 of b, 1 of a.
    assert by[PEOPLE] == pytest.approx((0.75**2 + (1.0 + 0.5) / 2) / 2)


def test_beliefs_that_say_what_happens_have_no_error_but_noise() -> None:
    part = whole(simulated(1))

    assert part.error.mean < 0.06
    assert part.error.mean < 2 * part.noise
    assert part.bias.low < 0 < part.bias.high
    for bin_ in part.bins:
        assert bin_.interval is not None
        assert abs(bin_.sign - bin_.strength) < 0.1
    assert all(skill(part, name).above_zero for name in (PERSON, PEOPLE))
    by = scores(part)
    assert by[RESCALED].brier.mean == pytest.approx(by[BELIEF].brier.mean, abs=0.002)


def test_what_is_off_by_the_same_everywhere_has_an_error_and_no_noise() -> None:
    # Everybody has other claims, so how many are in a bin differs between resamples.
    rng = np.random.default_rng(0)
    walks = []
    for number in range(40):
        likes = rng.integers(3, 11, size=rng.integers(1, 5))
        claims = [
            a_claim(2 * int(liked) / 10 - 1 - 0.4, int(liked), 10 - int(liked), chunk=chunk)
            for chunk, liked in enumerate(likes)
        ]
        walks.append(followed(f"u{number}", a_look(*claims)))

    part = whole(walks)

    assert len(part.bins) > 5
    assert [part.error.low, part.error.mean, part.error.high] == pytest.approx([0.4] * 3)
    assert part.noise == pytest.approx(0.0, abs=1e-9)


def test_what_is_right_but_for_noise_has_about_the_error_that_noise_alone_makes() -> None:
    parts = [whole(simulated(seed, people=40)) for seed in range(16)]

    error = np.mean([part.error.mean for part in parts])
    assert np.mean([part.noise for part in parts]) == pytest.approx(error, rel=0.15)


def test_beliefs_that_say_the_opposite_are_as_wrong_as_can_be() -> None:
    part = whole(simulated(1, told=lambda truth: -truth))

    assert part.error.low > 0.8
    assert part.error.low > 10 * part.noise
    assert skill(part, PEOPLE).below_zero
    assert skill(part, PEOPLE, rescaled=True).above_zero, "others tell which way they are wrong"


def test_timid_beliefs_are_off_by_their_scale_alone() -> None:
    timid, true = whole(simulated(2, told=lambda t: t / 2)), whole(simulated(2))

    assert timid.error.low > true.error.high
    assert scores(timid)[RESCALED].brier.mean == pytest.approx(
        scores(true)[RESCALED].brier.mean, abs=1e-9
    )


def test_beliefs_that_know_nothing_have_no_skill_however_rescaled() -> None:
    rng = np.random.default_rng(0)
    part = whole(simulated(3, told=lambda truth: float(rng.uniform(-0.9, 0.9))))

    assert abs(skill(part, PEOPLE, rescaled=True).mean) < 0.01
    assert skill(part, PEOPLE).below_zero


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    parts = [whole(simulated(seed, people=30)) for seed in range(10)]

    assert sum(part.bias.low <= 0 <= part.bias.high for part in parts) >= 8
    bins = [bin_ for part in parts for bin_ in part.bins if bin_.interval is not None]
    covered = [b.interval.low <= b.strength <= b.interval.high for b in bins if b.interval]
    assert sum(covered) / len(covered) > 0.85


def test_open_topics_are_a_part_without_those_that_can_be_read_one_way_alone() -> None:
    walks = [
        followed(
            name,
            a_look(
                a_claim(-0.3, 0, 4, leaning=True), a_claim(0.3, 1, 1, chunk=2), likes=1, dislikes=5
            ),
        )
        for name in "ab"
    ]

    assert [bin_.sign for bin_ in whole(walks).bins] == [-1.0, 0.0]
    assert [bin_.sign for bin_ in whole(walks, OPEN).bins] == [0.0]
    assert whole(walks, OPEN).claims == 2


def test_of_open_topics_a_person_is_told_what_they_thought_of_open_topics() -> None:
    look = a_look(
        a_claim(-0.3, 0, 1, leaning=True),
        a_claim(0.3, 1, 0, chunk=2),
        likes=3,
        dislikes=6,
        opened=(3, 0),
    )
    parts = measured([followed(name, look) for name in "ab"]).parts

    told = {part.part: scores(part)[PERSON].brier.mean for part in parts}
    assert told.pop(ALL) == pytest.approx((0.35**2 + 0.65**2) / 2)
    assert told == pytest.approx(dict.fromkeys(told, 0.125**2))
    assert OPEN in told


def test_thirds_by_confidence_hold_every_open_claim_once() -> None:
    closed = a_look(a_claim(0.4, 1, 0, leaning=True))
    walks = [replace(one, believed=(*(one.believed or ()), closed)) for one in simulated(4)]
    parts = measured(walks).parts

    thirds = [part for part in parts if part.part not in (ALL, OPEN)]
    assert len(thirds) == 3
    assert sum(part.claims for part in thirds) == parts[1].claims < parts[0].claims
    assert sum(part.evidence for part in thirds) == parts[1].evidence
    for less, more in pairwise(thirds):
        assert less.most_confidence < more.least_confidence


def test_where_no_topic_is_open_all_claims_are_told_alone() -> None:
    walks = [followed(n, a_look(a_claim(-0.5, 0, 2, leaning=True))) for n in "ab"]

    assert [part.part for part in measured(walks).parts] == [ALL]


def test_one_person_counts_once_however_many_claims_they_have() -> None:
    many = followed("a", *[a_look(a_claim(0.5, 1, 0))] * 50)
    walks = [many, followed("b", a_look(a_claim(0.5, 0, 1)))]

    assert whole(walks).bins[0].sign == pytest.approx(0.0)
    assert whole(walks).chunks == 2


def test_a_later_event_is_told_once_however_many_claims_it_bears_on() -> None:
    both = a_look(a_claim(0.5, 2, 0), a_claim(0.1, 2, 0, chunk=2))

    found = measured([followed("a", both, both), followed("b", both)])

    assert (found.later, found.looks, found.active) == (4, 3, 27)
    assert found.parts[0].evidence == 12


def test_where_everything_is_liked_nothing_is_left_to_improve() -> None:
    found = scores(whole([followed(n, a_look(a_claim(0.5, 2, 0))) for n in "ab"]))

    assert found[PEOPLE].brier.mean == 0.0
    assert (found[PEOPLE].skill, found[PEOPLE].rescaled) == (None, None)


@pytest.mark.parametrize(
    "walks",
    [
        [],
        [a_walk("a", [1]), a_walk("b", [2])],
        [followed("a"), followed("b", a_look())],
        [followed("a", a_look(a_claim(0.5, 1, 0))), followed("b")],
    ],
    ids=["nobody", "not kept", "nothing borne on", "one person"],
)
def test_without_claims_of_two_people_there_is_nothing_to_tell(walks: list[Walked]) -> None:
    assert calibration(walks, seed=0) is None


@pytest.mark.parametrize(
    ("strength", "low"), [(-1.0, -1.0), (-0.2, -0.2), (0.2, 0.2), (0.6, 0.6), (1.0, 0.8)]
)
def test_a_strength_on_a_bound_is_in_the_bin_that_it_begins(strength: float, low: float) -> None:
    [bin_] = whole([followed(n, a_look(a_claim(strength, 1, 1))) for n in "ab"]).bins

    assert bin_.low == pytest.approx(low)


_CLAIMS = st.lists(
    st.tuples(st.floats(-1, 1), st.integers(0, 4), st.integers(0, 4)).filter(lambda c: c[1] + c[2]),
    min_size=1,
    max_size=4,
)


@settings(max_examples=10, deadline=None)
@given(st.lists(_CLAIMS, min_size=2, max_size=5))
def test_the_error_is_in_its_bounds_and_knows_no_order_of_people(
    people: list[list[tuple[float, int, int]]],
) -> None:
    walks = [
        followed(str(n), a_look(*(a_claim(s, k, m, chunk=c) for c, (s, k, m) in enumerate(of))))
        for n, of in enumerate(people)
    ]

    part, other = whole(walks), whole(walks[::-1])

    assert 0 <= part.error.mean <= 2
    assert abs(part.bias.mean) <= part.error.mean + 1e-9
    assert other.error.mean == pytest.approx(part.error.mean)
    assert all(0 <= score.brier.mean <= 1 for score in part.scores)
    assert sum(bin_.claims for bin_ in part.bins) == part.claims
