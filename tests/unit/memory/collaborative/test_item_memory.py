"""What people together say about an item."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.collaborative.audience import packed_times
from credence.memory.collaborative.contribution import Contribution, joined
from credence.memory.collaborative.item_memory import ItemMemory, company_of, remembered
from credence.memory.collaborative.usual import usual
from credence.memory.model import Action
from tests.unit.memory.collaborative.opinions import brings, opinions, said


def plain(memory: ItemMemory | None) -> object:
    """A memory as plain values, to the last bit."""
    if memory is None:
        return None
    audience = memory.audience
    return (
        *(memory.people, memory.voices, memory.liking, memory.rating, memory.rated),
        *(memory.phrases, memory.latest, audience.share, audience.mass),
        None if memory.words is None else memory.words.tobytes(),
        *(audience.people.tobytes(), audience.weights.tobytes(), packed_times(audience)),
    )


def known(*parts: Contribution) -> ItemMemory:
    memory = remembered("t", joined(parts))
    assert memory is not None
    return memory


@given(st.lists(opinions, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_people_makes_no_difference(
    parts: list[Contribution], chance: random.Random
) -> None:
    people = [part for part in joined(parts) if part.item_id == "dune"]
    turned = people[:]
    chance.shuffle(turned)

    assert plain(remembered("t", turned)) == plain(remembered("t", people))


@given(st.lists(opinions, max_size=12))
def test_without_somebody_it_is_what_it_would_be_had_they_never_come(
    parts: list[Contribution],
) -> None:
    never_came = joined(part for part in parts if part.user_id != "p0")
    erased = [part for part in joined(parts) if part.user_id != "p0"]

    for item_id in ("dune", "emma"):
        here = [part for part in erased if part.item_id == item_id]
        there = [part for part in never_came if part.item_id == item_id]
        assert plain(remembered("t", here)) == plain(remembered("t", there))


def test_nobody_is_remembered_by_nothing() -> None:
    assert remembered("t", []) is None


def test_forty_people_with_the_same_words_are_one_voice() -> None:
    honest = [brings(f"p{n}", attitude=-0.5, rating=2.0, words=said(n)) for n in range(5)]
    fakes = [brings(f"fake{n}", attitude=1.0, rating=5.0, words=said(99)) for n in range(40)]

    memory = known(*honest, *fakes)

    assert memory.people == 6
    assert memory.voices == pytest.approx(6)
    assert memory.liking < 0
    assert memory.rating == pytest.approx((5 * 2.0 + 5.0) / 6)
    weights = np.sort(memory.audience.weights)
    assert weights[:40] == pytest.approx(1 / 40)


def test_voices_that_are_parts_of_people_add_up_to_whole_ones() -> None:
    words = [said(1)] + [said(2)] * 11 + [said(3)]
    memory = known(*(brings(f"p{n}", rating=4.0, words=w) for n, w in enumerate(words)))

    assert (memory.people, memory.standing, memory.voices) == (3, 3.0, 3.0)
    assert (memory.judged, memory.rated) == (3.0, 3.0)


def test_words_of_people_who_differ_make_a_shorter_mean() -> None:
    agreeing = known(brings("a", words=said(1)), brings("b", words=said(1)))
    differing = known(*(brings(str(n), words=said(n)) for n in range(8)))

    assert agreeing.words is not None
    assert differing.words is not None
    assert np.linalg.norm(agreeing.words) == pytest.approx(1, abs=1e-6)
    assert np.linalg.norm(differing.words) < 0.7


def test_an_old_choice_weighs_less_than_a_late_one() -> None:
    memory = known(brings("a", days_ago=730), brings("b"))

    assert sorted(memory.audience.weights) == pytest.approx([0.5, 1.0])


def test_a_skip_is_no_company_but_a_person() -> None:
    memory = known(brings("a", action=Action.SKIP, attitude=-0.2), brings("b"))

    assert memory.people == 2
    assert len(memory.audience.people) == 1


def test_all_but_a_clear_dislike_is_company_in_full() -> None:
    weighed = company_of(np.array([1.0, 0.0, -0.2, -0.6, -1.0]))

    assert weighed == pytest.approx([1.0, 1.0, 1.0, 0.25, -0.5])


def test_a_phrase_counts_the_people_behind_it() -> None:
    memory = known(
        brings("a", words=said(1), praised=("pace",)),
        brings("b", words=said(2), praised=("pace",), blamed=("ending",)),
        brings("c", words=said(3), blamed=("pace",)),
    )

    (pace, ending) = memory.phrases
    assert (pace.topic, pace.praised, pace.blamed, pace.people) == ("pace", 2, 1, 3)
    assert (ending.topic, ending.people) == ("ending", 1)


def test_a_sample_stands_for_all_who_came() -> None:
    some = [brings(f"p{n}", words=said(n)) for n in range(5)]

    memory = remembered("t", some, total=50)

    assert memory is not None
    assert memory.people == 50


def test_the_usual_is_the_mean_over_items_with_enough_people() -> None:
    two = known(brings("a", words=said(1), attitude=1.0), brings("b", words=said(2), attitude=1.0))
    one = known(brings("a", words=said(3), attitude=-1.0))
    silent = known(brings("a", attitude=0.5), brings("b", attitude=0.5))

    of_all, of_two = usual([two, one, silent], least=1), usual([two, one, silent], least=2)

    assert of_all.words is not None
    assert of_two.words is not None
    assert of_two.words == pytest.approx((said(1) + said(2)) / 2, abs=0.02)
    assert of_all.words == pytest.approx((of_two.words + said(3)) / 2, abs=0.02)
    assert of_two.liking == pytest.approx(0.75)
    assert usual([silent], least=3).words is None
    assert usual([silent], least=3).liking == 0


def test_who_weighs_nothing_has_no_part_in_what_day_most_share() -> None:
    on_the_day = [brings(f"p{n}", days_ago=3.2 + n / 90) for n in range(5)]
    skipped = [brings(f"s{n}", action=Action.SKIP, days_ago=n) for n in range(30, 40)]

    assert np.isnan(known(*on_the_day, *skipped).audience.moments).all()
