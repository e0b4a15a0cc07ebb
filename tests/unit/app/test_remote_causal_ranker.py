"""Language models elsewhere and what stands without them, with the process played by the test."""

from __future__ import annotations

import asyncio
import logging

import pytest

from credence.app.breaker import Breaker
from credence.app.ranker_service.connection import Busy, CaseRefused, NotAnswered, NotSent
from credence.app.remote_causal_ranker import RemoteCausalRanker
from credence.planner.counter import Reordered, Shown
from tests.unit.app.clock import Clock
from tests.unit.app.test_causal_ranker import shown

LOCAL = (0, 1, 2, 3)


class Elsewhere:
    """The order turned around, or what is wrong with it today."""

    def __init__(self) -> None:
        self.wrong: BaseException | None = None
        self.fallback: str | None = None
        self.asked = 0

    def packed(self, _: Shown) -> bytes:
        if isinstance(self.wrong, NotSent):
            raise self.wrong
        return b"a list"

    async def order(self, packed: bytes, *, candidates: int) -> Reordered:
        assert packed == b"a list"
        self.asked += 1
        if self.wrong is not None:
            raise self.wrong
        order = tuple(range(candidates))
        kept = order if self.fallback is not None else order[::-1]
        return Reordered(order=kept, ranker="tiny-labels-1", fallback=self.fallback)

    async def close(self) -> None: ...


class World:
    def __init__(self, *, rise: int | None = None) -> None:
        self.elsewhere, self.clock = Elsewhere(), Clock()
        self.ranker = RemoteCausalRanker(
            self.elsewhere,
            most=20,
            rise=rise,
            breaker=Breaker(failures=3, pause=5, clock=self.clock),
        )

    async def order(self) -> Reordered:
        return await self.ranker(shown())


async def test_it_says_what_the_models_elsewhere_say() -> None:
    world = World()

    made = await world.order()

    assert (made.order, made.ranker, made.fallback) == ((3, 2, 1, 0), "tiny-labels-1", None)
    assert world.ranker.name == "tiny-labels-1"


async def test_none_moves_by_more_places_than_it_may() -> None:
    made = await World(rise=1).order()

    assert all(abs(at - place) <= 1 for place, at in enumerate(made.order))
    assert made.order != LOCAL


@pytest.mark.parametrize("names", [(), ("a",)])
async def test_nobody_is_asked_where_there_is_no_choice(names: tuple[str, ...]) -> None:
    world = World()

    made = await world.ranker(shown(names))

    assert made.order == tuple(range(len(names)))
    assert world.elsewhere.asked == 0


async def test_what_keeps_failing_is_left_alone_then_tried_then_used() -> None:
    world = World()
    world.elsewhere.wrong = NotAnswered("ConnectError")
    for _ in range(10):
        made = await world.order()
        assert (made.order, made.fallback is None) == (LOCAL, False)
    assert (world.elsewhere.asked, world.ranker.state) == (3, "open")

    world.clock.now += 5
    assert (await world.order()).fallback is not None
    assert (await world.order()).fallback is not None
    assert world.elsewhere.asked == 4

    world.clock.now += 5
    world.elsewhere.wrong = None
    assert (await world.order()).fallback is None
    assert world.ranker.state == "closed"


@pytest.mark.parametrize("answers", [True, False])
async def test_lists_that_are_given_no_order_do_not_count_against_the_process(
    *, answers: bool
) -> None:
    world = World()
    world.elsewhere.fallback = "the text is too long" if answers else None
    world.elsewhere.wrong = None if answers else Busy("too many lists wait there already")
    for _ in range(10):
        made = await world.order()
        assert (made.order, made.fallback is None) == (LOCAL, False)

    assert (world.elsewhere.asked, world.ranker.state) == (10, "closed")


async def test_a_list_that_is_given_up_while_it_tries_lets_another_try_later() -> None:
    world = World()
    world.elsewhere.wrong = NotAnswered("ConnectError")
    for _ in range(3):
        await world.order()
    world.clock.now += 5
    world.elsewhere.wrong = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await world.order()

    world.elsewhere.wrong = None
    assert (await world.order()).fallback is not None
    world.clock.now += 5
    assert (await world.order()).fallback is None


async def test_a_reason_is_logged_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.elsewhere.wrong = NotAnswered("it was late")

    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            await world.order()
        world.clock.now += 5
        world.elsewhere.wrong = None
        for _ in range(3):
            await world.order()

    assert [one.getMessage() for one in caplog.records] == [
        "the local ranker's order stands: the process of the language models gave none: it was "
        "late",
        "the process of the language models gives orders again",
    ]


async def test_a_list_that_is_refused_is_logged_and_no_return_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    world.elsewhere.fallback = "long words of somebody"

    with caplog.at_level(logging.WARNING):
        await world.order()
        world.elsewhere.fallback = None
        await world.order()

    assert [one.getMessage() for one in caplog.records] == [
        "the local ranker's order stands: the process of the language models gave none: its models "
        "found none"
    ]


async def opened() -> World:
    """Its circuit is open, and the pause over."""
    world = World()
    world.elsewhere.wrong = NotAnswered("ConnectError")
    for _ in range(3):
        await world.order()
    world.clock.now += 5
    assert world.ranker.state == "open"
    return world


@pytest.mark.parametrize("said", [Busy("too many"), CaseRefused("it refused the list")])
async def test_a_process_that_refuses_the_list_that_tries_is_well(said: Exception) -> None:
    world = await opened()
    world.elsewhere.wrong = said

    assert (await world.order()).fallback is not None
    assert world.ranker.state == "closed"


async def test_a_list_that_cannot_be_sent_tells_nothing_of_the_process() -> None:
    world = await opened()
    world.elsewhere.wrong = NotSent("the list cannot be sent")

    made = await world.order()

    assert (made.order, world.ranker.state) == (LOCAL, "open")
    assert "the list cannot be sent" in str(made.fallback)
    world.elsewhere.wrong = None  # the pause is over still: the next list tries
    assert (await world.order()).fallback is None


async def test_reasons_that_take_turns_are_each_logged_once_until_orders_come_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    reasons = [CaseRefused("it refused the list"), NotAnswered("it was late")]

    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            for _ in range(3):
                for world.elsewhere.wrong in reasons:
                    await world.order()
            world.elsewhere.wrong = None
            await world.order()

    stands = "the local ranker's order stands: the process of the language models gave none: "
    assert [one.getMessage() for one in caplog.records] == [
        f"{stands}it refused the list",
        f"{stands}it was late",
        "the process of the language models gives orders again",
    ] * 2


async def test_that_the_process_is_busy_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    world = World()

    with caplog.at_level(logging.WARNING):
        for world.elsewhere.wrong in [Busy("too many lists wait there already"), None] * 3:
            await world.order()

    assert caplog.records == []
