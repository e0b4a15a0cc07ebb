from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from credence.replay.evolving.timeline import FIRST_STEP, NobodyToFollow, Timeline, real, spliced
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_domain, an_item

_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def long_lived(people: int = 30, *, length: int = 12, dated: bool = False) -> Domain:
    """People who each took `length` items, no two people the same ones in the same order."""
    return Domain(
        name="toy",
        items=tuple(an_item(index) for index in range(80)),
        people=tuple(_person(number, length, dated=dated) for number in range(people)),
    )


def _person(number: int, length: int, *, dated: bool) -> ReplayPerson:
    items = [str((7 * number + 3 * place) % 80) for place in range(length + 1)]
    history = tuple(
        Interaction(
            item_id=item,
            rating=4.0,
            review=f"p{number}x{place}",
            timestamp=_BEGIN + timedelta(days=100 * number + place) if dated else None,
        )
        for place, item in enumerate(items[:-1])
    )
    return ReplayPerson(
        user_id=f"p{number}",
        history=history,
        instruction=None,
        target=items[-1],
        candidates=(items[-1],),
        candidates_matched=None,
    )


def test_only_people_of_the_exam_half_are_followed() -> None:
    domain = a_domain()

    followed = {timeline.user_id for timeline in real(domain, seed=0, most=None)}

    assert followed == {
        person.user_id for person in domain.people if half("toy", person.user_id) is Half.EXAM
    }
    assert 0 < len(followed) < len(domain.people)


def test_whoever_is_drawn_depends_on_the_seed_and_not_on_the_order_of_people() -> None:
    domain = long_lived()
    turned = replace(domain, people=domain.people[::-1])

    assert real(domain, seed=1, most=4) == real(turned, seed=1, most=4)
    assert spliced(domain, seed=1, most=4) == spliced(turned, seed=1, most=4)
    assert real(domain, seed=1, most=4) != real(domain, seed=2, most=4)
    assert spliced(domain, seed=1, most=4) != spliced(domain, seed=2, most=4)


def test_fewer_are_the_first_of_more() -> None:
    domain = long_lived()

    few, more = (real(domain, seed=0, most=most) for most in (3, 6))

    assert {timeline.user_id for timeline in few} < {timeline.user_id for timeline in more}


def test_a_spliced_story_is_one_persons_first_half_and_anothers_second() -> None:
    domain = long_lived()
    people = {person.user_id: person for person in domain.people}

    for timeline in spliced(domain, seed=0, most=None):
        first, second = (people[user_id] for user_id in timeline.user_id.split("+"))
        assert timeline.splice == 6
        assert timeline.story[:6] == first.history[:6]
        taken = {done.item_id for done in first.history[:6]}
        left = [done for done in second.history[6:] if done.item_id not in taken]
        assert list(timeline.story[6:]) == left
        assert timeline.known == {
            first.target,
            second.target,
            *(done.item_id for done in (*first.history, *second.history)),
        }


def test_nobody_is_in_two_spliced_stories() -> None:
    found = spliced(long_lived(), seed=0, most=None)

    named = [user_id for timeline in found for user_id in timeline.user_id.split("+")]

    assert len(named) == len(set(named)) > 2


def test_an_item_that_the_first_person_had_is_skipped_in_the_second_part() -> None:
    domain = long_lived()
    same = domain.people[0].history
    alike = replace(domain, people=tuple(replace(p, history=same) for p in domain.people))
    turned = [
        replace(person, history=same if number % 2 else same[::-1])
        for number, person in enumerate(alike.people)
    ]

    for timeline in spliced(replace(alike, people=tuple(turned)), seed=0, most=None):
        items = [done.item_id for done in timeline.story]
        assert len(items) == len(set(items))


def test_the_second_part_goes_on_a_day_after_the_first_with_its_own_pace() -> None:
    for timeline in spliced(long_lived(dated=True), seed=0, most=None):
        times = [done.timestamp for done in timeline.story]

        assert None not in times
        assert times[timeline.splice or 0] == (times[(timeline.splice or 0) - 1] or _BEGIN) + (
            timedelta(days=1)
        )
        assert times == sorted(times, key=lambda time: time or _BEGIN)


def test_without_some_time_a_spliced_story_has_none() -> None:
    domain = long_lived(dated=True)
    timeless = long_lived().people

    [*mixed] = (timeless[n] if n % 2 else person for n, person in enumerate(domain.people))
    found = spliced(replace(domain, people=tuple(mixed)), seed=0, most=None)

    dated = {
        sum(done.timestamp is not None for done in timeline.story) / len(timeline.story)
        for timeline in found
    }
    assert dated <= {0.0, 1.0}


def test_steps_are_counted_from_the_splice() -> None:
    timeline = Timeline(user_id="a+b", story=(), splice=6, known=frozenset())

    assert [timeline.since_splice(step) for step in (5, 6, 7, 9)] == [None, None, 1, 3]
    assert replace(timeline, splice=None).since_splice(9) is None


def test_a_domain_of_short_stories_is_refused_with_what_to_do() -> None:
    with pytest.raises(NobodyToFollow, match=f"took {FIRST_STEP} items"):
        real(long_lived(length=FIRST_STEP - 1), seed=0, most=None)
    with pytest.raises(NobodyToFollow, match=f"with {2 * FIRST_STEP} items each"):
        spliced(long_lived(length=2 * FIRST_STEP - 1), seed=0, most=None)


def test_what_came_after_the_target_is_known_too() -> None:
    domain = long_lived()
    later = replace(
        domain, people=tuple(replace(p, taken=frozenset({"later"})) for p in domain.people)
    )

    for walked in (real, spliced):
        for before, timeline in zip(
            walked(domain, seed=0, most=None), walked(later, seed=0, most=None), strict=True
        ):
            assert timeline.known == before.known | {"later"}
