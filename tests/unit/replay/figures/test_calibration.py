"""Calibration of first places, and the frontier of quality against price."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.replay.figures.calibration import calibration
from credence.replay.figures.frontier import frontier
from credence.replay.runner.record import Record
from tests.unit.replay.figures.runs import an_exam, answered, failed

PAPERS = an_exam(people=200).papers


def _sure(paper_number: int, probability: float, *, right: bool) -> Record:
    """A first place of this probability; the other nine share what is left."""
    paper = PAPERS[paper_number]
    first = paper.target if right else next(i for i in paper.candidates if i != paper.target)
    rest = math.log((1 - probability) / 9)
    scores = [math.log(probability) if item == first else rest for item in paper.candidates]
    return answered(paper, scores)


def test_a_system_that_is_right_as_often_as_it_says_has_no_error() -> None:
    records = [_sure(n, 0.75, right=n % 4 != 0) for n in range(80)]

    found = calibration(records)

    assert found is not None
    (one,) = found.bins
    assert (one.low, one.high, one.people) == (0.7, 0.8, 80)
    assert (one.predicted, one.right) == pytest.approx((0.75, 0.75))
    assert found.error == pytest.approx(0)


def test_a_system_that_is_too_sure_has_the_difference_as_its_error() -> None:
    records = [_sure(n, 0.95, right=n % 2 == 0) for n in range(60)]
    records += [_sure(60 + n, 0.25, right=n % 4 == 0) for n in range(20)]

    found = calibration(records)

    assert found is not None
    assert [one.people for one in found.bins] == [20, 60]
    assert found.error == pytest.approx(60 / 80 * 0.45)


def test_equal_scores_say_one_in_ten() -> None:
    found = calibration([answered(paper, [3.0] * 10) for paper in PAPERS])

    assert found is not None
    assert [one.predicted for one in found.bins] == pytest.approx([0.1])


@pytest.mark.parametrize("scores", [[math.nan] * 10, [-math.inf] * 10])
def test_answers_without_a_finite_score_predict_nothing(scores: list[float]) -> None:
    assert calibration([answered(PAPERS[0], scores), failed(PAPERS[1])]) is None


def test_scores_of_any_size_are_read() -> None:
    found = calibration([answered(PAPERS[0], [1e300, *([-1e300] * 9)])])

    assert found is not None
    assert (found.bins[0].low, found.bins[0].predicted) == (0.9, 1)


def test_the_frontier_leaves_out_what_costs_more_for_no_more() -> None:
    points = {"free": (0, 0.1), "dear": (9, 0.3), "good": (2, 0.3), "poor": (3, 0.2)}

    assert frontier(points) == ("free", "good")


_POINTS = st.dictionaries(
    st.text(max_size=2), st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12
)


@given(_POINTS)
def test_whatever_is_not_on_the_frontier_is_beaten_by_something_on_it(
    points: dict[str, tuple[int, int]],
) -> None:
    best = frontier({name: (float(p), float(q)) for name, (p, q) in points.items()})

    assert [points[name] for name in best] == sorted(points[name] for name in best)
    for price, quality in points.values():
        assert any(points[b][0] <= price and points[b][1] >= quality for b in best)
