from __future__ import annotations

import pytest

from credence.memory.model import Action
from credence.planner.extraction.attitude import attitude
from tests.unit.planner.extraction.events import an_event


def test_attitude_rises_with_the_rating() -> None:
    attitudes = [attitude(an_event(rating=step / 2)) for step in range(11)]

    assert attitudes == sorted(attitudes)
    assert attitudes[0] == -1
    assert attitudes[-1] == 1


def test_the_middle_of_the_scale_is_a_polite_no() -> None:
    assert -0.3 < attitude(an_event(rating=3)) < 0


@pytest.mark.parametrize(
    ("action", "sign"),
    [(Action.LIKE, 1), (Action.PURCHASE, 1), (Action.SKIP, -1), (Action.DISLIKE, -1)],
)
def test_an_action_without_rating_or_text_has_its_own_sign(action: Action, sign: int) -> None:
    assert attitude(an_event(action=action)) * sign > 0


def test_a_review_without_rating_is_judged_by_its_words() -> None:
    assert attitude(an_event(text="A wonderful, gripping story. I loved it.")) > 0.4
    assert attitude(an_event(text="Boring and predictable. I hated it.")) < -0.4
    assert attitude(an_event(text="")) == 0


def test_words_temper_a_rating_and_do_not_overturn_it() -> None:
    bare = attitude(an_event(rating=5))
    tempered = attitude(an_event(rating=5, text="Dull, tedious, and badly written."))

    assert 0 < tempered < bare


def test_a_dark_plot_is_not_taken_for_a_low_opinion() -> None:
    plot = "A murder, a war, a killer on the run, and a family that lost everything."

    assert attitude(an_event(text=plot)) == 0


@pytest.mark.parametrize(
    "text", ["", "x" * 1_000_000, "\u202bשלום\u202c", "😀 " * 5_000, "<b>great</b>"]
)
def test_any_text_gives_an_attitude_within_bounds(text: str) -> None:
    assert -1 <= attitude(an_event(text=text, rating=4)) <= 1
