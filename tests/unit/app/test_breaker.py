"""When requests go through to what may be down."""

from __future__ import annotations

import asyncio

import pytest

from credence.app.breaker import Breaker
from tests.unit.app.clock import Clock


def a_breaker() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker(failures=3, pause=5, clock=clock), clock


def opened() -> tuple[Breaker, Clock]:
    breaker, clock = a_breaker()
    for _ in range(3):
        assert breaker.admits()
        breaker.failed()
    return breaker, clock


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker, _ = a_breaker()
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(2):
        breaker.failed()
    assert breaker.admits()

    breaker.failed()

    assert breaker.is_open
    assert not breaker.admits()


def test_after_a_pause_one_request_tries_and_the_others_wait_for_it() -> None:
    breaker, clock = opened()
    clock.now += 5

    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_a_success_of_the_one_that_tries_closes_it() -> None:
    breaker, clock = opened()
    clock.now += 5
    assert breaker.admits()

    breaker.succeeded()

    assert not breaker.is_open
    assert breaker.admits()
    assert breaker.admits()


def test_a_failure_of_the_one_that_tries_starts_the_pause_anew() -> None:
    breaker, clock = opened()
    clock.now += 5
    assert breaker.admits()
    breaker.failed()

    clock.now += 4.9
    assert not breaker.admits()
    clock.now += 0.2
    assert breaker.admits()


def test_one_that_tries_and_learns_nothing_starts_the_pause_anew() -> None:
    breaker, clock = opened()
    clock.now += 5
    assert breaker.admits()

    breaker.undecided()

    assert breaker.is_open
    assert not breaker.admits()
    clock.now += 5
    assert breaker.admits()


def test_what_tells_nothing_opens_none_that_is_closed() -> None:
    breaker, _ = a_breaker()

    breaker.undecided()

    assert not breaker.is_open
    assert breaker.admits()


class Silent(Exception):
    """The other side says nothing."""


class Declined(Silent):
    """The other side says no."""


def ends(breaker: Breaker, error: BaseException | None) -> None:
    """One asks, and it ends so."""
    asked = breaker.asked(answer=Declined, failure=Silent)
    if error is None:
        with asked:
            return
    with pytest.raises(type(error)), asked:
        raise error


@pytest.mark.parametrize("answer", [None, Declined()])
def test_any_answer_of_the_other_side_closes_it(answer: Exception | None) -> None:
    breaker, clock = opened()
    clock.now += 5
    assert breaker.admits()

    ends(breaker, answer)

    assert not breaker.is_open


def test_silence_in_a_row_opens_it_and_starts_the_pause_anew() -> None:
    breaker, clock = a_breaker()
    for _ in range(3):
        assert not breaker.is_open
        ends(breaker, Silent())
    assert breaker.is_open

    clock.now += 5
    assert breaker.admits()
    ends(breaker, Silent())

    assert not breaker.admits()
    clock.now += 5
    assert breaker.admits()


@pytest.mark.parametrize("other", [asyncio.CancelledError(), ValueError()])
def test_after_what_tells_nothing_of_the_other_side_another_tries_later(
    other: BaseException,
) -> None:
    breaker, clock = opened()
    clock.now += 5
    assert breaker.admits()

    ends(breaker, other)

    assert breaker.is_open
    assert not breaker.admits()
    clock.now += 5
    assert breaker.admits()


@pytest.mark.parametrize("late", [asyncio.CancelledError(), Silent()])
def test_whoever_asked_before_it_opened_does_not_speak_for_the_one_that_tries(
    late: BaseException,
) -> None:
    breaker, clock = a_breaker()
    before = breaker.asked(answer=Declined, failure=Silent)
    assert breaker.admits()
    before.__enter__()
    for _ in range(3):
        breaker.failed()
    clock.now += 5
    assert breaker.admits()

    assert not before.__exit__(type(late), late, None)

    assert not breaker.admits()


@pytest.mark.parametrize("late", [asyncio.CancelledError(), Silent()])
def test_whoever_asked_before_it_opened_does_not_lengthen_the_pause(late: BaseException) -> None:
    breaker, clock = a_breaker()
    before = breaker.asked(answer=Declined, failure=Silent)
    assert breaker.admits()
    before.__enter__()
    for _ in range(3):
        breaker.failed()
    clock.now += 3

    assert not before.__exit__(type(late), late, None)

    clock.now += 2
    assert breaker.admits()
