from __future__ import annotations

import asyncio

import pytest

from credence.replay.turns import in_turns


async def test_no_more_than_asked_for_run_at_a_time_and_all_do() -> None:
    running, most, done = 0, 0, []

    async def job(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running -= 1
        done.append(number)

    await in_turns(range(20), job, at_once=3)

    assert most == 3
    assert sorted(done) == list(range(20))


async def test_the_first_error_comes_out_alone_and_nobody_new_begins() -> None:
    begun = []

    async def job(number: int) -> None:
        begun.append(number)
        await asyncio.sleep(0)
        if number == 1:
            raise LookupError("one")

    with pytest.raises(LookupError, match="one"):
        await in_turns(range(20), job, at_once=2)

    assert len(begun) < 5
