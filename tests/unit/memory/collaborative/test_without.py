"""One person taken out of a memory, and thresholds that no sample and no double count passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from credence.memory.collaborative.audience import key_of
from credence.memory.collaborative.contribution import Contribution, contribution, joined
from credence.memory.collaborative.item_memory import (
    MOST_READ,
    ItemMemory,
    Phrase,
    remembered,
    without,
)
from credence.memory.collaborative.phrases import in_words, telling
from credence.memory.collaborative.usual import Usual
from credence.memory.model import Action
from credence.planner.ranking.others import others

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def by(number: int, *, spoke: bool = True, rated: bool = True, **rest: object) -> Contribution:
    """What one of many people brings; their words are all different."""
    dice = np.random.default_rng(number)
    row = dice.standard_normal(24).astype(np.float32)
    given: dict[str, object] = {
        "item_id": "dune",
        "user_id": f"p{number}",
        "action": Action.REVIEW,
        "attitude": float(dice.uniform(-1, 1)),
        "rating": float(dice.integers(0, 6)) if rated else None,
        "at": NOW - timedelta(days=number % 300),
        "words": row / np.linalg.norm(row) if spoke else None,
        "praised": [f"topic {t}" for t in dice.integers(0, 4, 2)],
    }
    return contribution(**(given | rest))  # type: ignore[arg-type]


def the(people: list[Contribution]) -> ItemMemory:
    made = remembered("t", people)
    assert made is not None
    return made


@pytest.mark.parametrize("number", range(6))
def test_it_is_the_memory_that_the_others_make(number: int) -> None:
    people = [by(n) for n in range(1, 8)]
    own = people[number]

    left = without(the(people), own, tenant="t")
    alone = the([one for one in people if one is not own])

    assert (left.people, left.phrases) == (alone.people, alone.phrases)
    for name in ("standing", "voices", "liking", "judged", "clear", "rating", "rated"):
        assert getattr(left, name) == pytest.approx(getattr(alone, name)), name
    assert left.words is not None and alone.words is not None
    np.testing.assert_allclose(left.words, alone.words, atol=1e-6)
    assert left.audience.people.tolist() == alone.audience.people.tolist()
    assert left.audience.mass == pytest.approx(alone.audience.mass, rel=0.01)


def test_the_last_one_leaves_nothing() -> None:
    left = without(the([by(1)]), by(1), tenant="t")

    assert (left.people, left.standing, left.voices, left.rating) == (0, 0.0, 0.0, None)
    assert left.words is None
    assert left.phrases == ()
    assert len(left.audience.people) == 0


def test_somebody_who_came_later_is_not_taken_out() -> None:
    memory = the([by(n, action=Action.RATING, attitude=1.0, rating=5.0) for n in range(1, 5)])

    left = without(memory, by(9, attitude=-0.9, rating=1.0, praised=["topic 1"]), tenant="t")

    assert left == memory
    assert memory.audience.without(key_of("t", "p9"), 1.0) is memory.audience


def test_of_somebody_who_brought_more_since_no_mean_is_taken_out_and_they_count_no_more() -> None:
    before, more = by(1, praised=["pace"], rating=None), by(1, praised=["prose"], rating=0.0)
    others = [by(n, attitude=0.9, rating=5.0, praised=["pace", "prose"]) for n in range(2, 6)]
    memory = the([before, *others])
    (both,) = joined([before, more])

    left = without(memory, both, tenant="t")

    assert (left.people, left.standing, left.voices) == (4, 4.0, 4.0)
    assert (left.rating, left.liking) == (5.0, memory.liking)
    assert left.words is memory.words
    assert {p.topic: p.people for p in left.phrases} == {"pace": 4, "prose": 3}
    assert left.audience.people.tolist() == the(others).audience.people.tolist()


def test_of_a_memory_that_held_nobody_else_nothing_is_left_when_more_has_come() -> None:
    (both,) = joined([by(1), by(1, rating=3.0)])

    left = without(the([by(1)]), both, tenant="t")

    assert (left.people, left.standing, left.voices, left.rating) == (0, 0.0, 0.0, None)
    assert (left.words, left.liking) == (None, 0.0)


def test_a_memory_from_before_it_was_kept_who_was_read_stays_within_its_ranges() -> None:
    old = replace(the([by(n, attitude=1.0, rating=5.0) for n in range(1, 5)]), held=None)

    left = without(old, by(9, attitude=-0.9, rating=1.0), tenant="t")

    assert (left.rating, left.liking) == (5.0, 1.0)


def test_somebody_who_was_not_read_is_taken_off_the_count_alone() -> None:
    people = [by(n) for n in range(1, MOST_READ + 200)]
    memory = the(people)
    unread = next(
        one for one in people if len(without(memory, one, tenant="t").audience.people) == MOST_READ
    )

    left = without(memory, unread, tenant="t")

    assert left.people == memory.people - 1
    assert left.words is memory.words


def test_the_sample_of_an_audience_says_which_part_of_all_it_is() -> None:
    memory = the([by(n, action=Action.LIKE, attitude=0.9) for n in range(1, 4 * MOST_READ)])

    assert len(memory.audience.people) == MOST_READ
    assert memory.audience.share == pytest.approx(0.25, abs=0.06)
    assert memory.people == 4 * MOST_READ - 1


def test_one_person_of_a_thousand_passes_no_threshold() -> None:
    crowd = [by(n, spoke=False, rated=False, praised=()) for n in range(1, 1001)]
    everybody = the(crowd)
    first = next(
        one for one in crowd if len(without(everybody, one, tenant="t").audience.people) < MOST_READ
    )
    single = by(int(first.user_id[1:]), rating=1.0, blamed=["pace"], praised=())
    memory = the([single if one is first else one for one in crowd])

    assert len(memory.audience.people) == MOST_READ
    assert memory.rated == 1.0
    assert [phrase.people for phrase in memory.phrases] == [1]
    assert telling(memory, {}, least=3, most=9) == ()


def test_who_praises_and_blames_a_topic_counts_once() -> None:
    both = by(1, praised=["pace"], blamed=["pace"])
    memory = the([both, by(2, praised=["pace"]), by(3, praised=["prose"])])

    assert telling(memory, {}, least=3, most=9) == ()
    assert {p.topic: p.people for p in memory.phrases} == {"pace": 2, "prose": 1}


def test_a_side_that_too_few_take_is_not_counted() -> None:
    people = [by(n, praised=["pace"]) for n in range(1, 4)]
    memory = the([*people, by(4, praised=(), blamed=["pace"])])

    phrases = telling(memory, {}, least=3, most=9)

    assert [(p.people, p.praised, p.blamed) for p in phrases] == [(3, 3, 0)]
    assert in_words(memory, phrases) == "4 others; praised: pace (3)"


def test_where_too_few_take_either_side_nothing_is_told_of_a_topic() -> None:
    praise = [by(n, praised=["pace"]) for n in (1, 2)]
    memory = the([*praise, *(by(n, praised=(), blamed=["pace"]) for n in (3, 4))])

    assert [phrase.people for phrase in memory.phrases] == [4]
    assert telling(memory, {}, least=3, most=9) == ()


@pytest.mark.parametrize("on_the_other_side", [0, 1, 2])
def test_what_is_told_of_a_topic_is_the_same_however_many_are_withheld(
    on_the_other_side: int,
) -> None:
    silent = [by(n, praised=()) for n in range(1, 4)]
    praise = [by(n, praised=["pace"]) for n in range(4, 7)]
    blame = [by(n, praised=(), blamed=["pace"]) for n in range(1, 1 + on_the_other_side)]
    memory = the([*praise, *blame, *silent[on_the_other_side:]])

    assert telling(memory, {}, least=3, most=9) == (
        Phrase(topic="pace", people=3, praised=3, blamed=0),
    )


def test_glances_do_not_carry_one_persons_words_and_opinion() -> None:
    glances = [
        by(n, action=Action.VIEW, attitude=0.05, spoke=False, rated=False, praised=())
        for n in (2, 3, 4)
    ]
    memory = the([by(1, attitude=-0.9), *glances])

    seen = others([memory], [], usual=Usual(words=None, liking=0.0), least=3, size=24)

    assert memory.standing == 4
    assert not seen.words.any()
    assert seen.liking.tolist() == [0.0]
    assert seen.people.tolist() == [4.0]
