"""What one person brings to an item."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.collaborative.contribution import Contribution, joined
from credence.memory.model import Action
from tests.unit.memory.collaborative.opinions import brings, opinions, said


def plain(parts: tuple[Contribution, ...]) -> list[tuple[object, ...]]:
    """The parts as plain values."""
    return [
        (
            *(p.item_id, p.user_id, p.latest, p.engaged, p.opinion, p.clarity, p.ratings, p.rated),
            None if p.words is None else p.words.tolist(),
            *(p.praised, p.blamed),
        )
        for p in parts
    ]


@given(st.lists(opinions, max_size=12), st.randoms(use_true_random=False))
def test_the_order_and_grouping_of_events_make_no_difference(
    parts: list[Contribution], chance: random.Random
) -> None:
    turned = parts[:]
    chance.shuffle(turned)
    middle = len(turned) // 2

    together = joined(parts)
    in_two_steps = joined([*joined(turned[:middle]), *joined(turned[middle:])])

    assert plain(together) == plain(in_two_steps)


def test_a_person_counts_once_for_an_item_whatever_they_do() -> None:
    (one,) = joined([brings("anna", attitude=0.8, rating=5.0) for _ in range(40)])

    assert one.liking == pytest.approx(0.8)
    assert one.ratings / one.rated == 5.0
    assert one.engaged == 1.0


def test_clear_words_outweigh_faint_ones() -> None:
    faint = [brings("anna", attitude=0.05) for _ in range(5)]

    (one,) = joined([*faint, brings("anna", attitude=-0.8)])

    assert one.liking < -0.5


@pytest.mark.parametrize("action", [Action.VIEW, Action.CLICK])
def test_however_often_somebody_looks_they_think_what_they_said(action: Action) -> None:
    looks = [brings("anna", action=action, attitude=0.1) for _ in range(40)]

    (looked,) = joined(looks)
    (said_so,) = joined([brings("anna", attitude=1.0), *looks])
    (beside,) = joined([brings("anna", action=action, attitude=-0.8, words=said(1))])

    assert (looked.liking, looked.clarity) == (0.0, 0.0)
    assert 0 < looked.engaged < 0.5
    assert said_so.liking == 1.0
    assert beside.liking == pytest.approx(-0.8)


def test_a_skip_is_no_choice_and_says_nothing_of_others() -> None:
    (skip,) = joined([brings("anna", action=Action.SKIP, attitude=-0.2)])

    assert skip.engaged == 0.0
    assert skip.words is None


def test_words_add_up_and_silence_leaves_them() -> None:
    (one,) = joined([brings("anna", words=said(1)), brings("anna"), brings("anna", words=said(2))])

    assert one.words == pytest.approx(said(1) + said(2))
