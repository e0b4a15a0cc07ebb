"""Values that may be a little old."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from credence.app.fresh import Fresh


class Source:
    """Gives what it is told, counts readers, and holds them while `gate` is closed."""

    def __init__(self, values: Sequence[object]) -> None:
        self.values = list(values)
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.now = 0.0
        self.fresh: Fresh[str, object] = Fresh(self._read, seconds=60, clock=lambda: self.now)

    async def _read(self, key: str) -> object:
        self.reads += 1
        value = self.values[min(self.reads, len(self.values)) - 1]
        await self.gate.wait()
        if isinstance(value, Exception):
            raise value
        return value


async def test_a_value_is_read_once_while_it_is_fresh() -> None:
    source = Source(["old", "new"])

    assert {await source.fresh.get("a") for _ in range(3)} == {"old"}
    source.now = 60.0
    assert await source.fresh.get("a") == "new"
    assert source.reads == 2


async def test_callers_that_come_together_share_one_read() -> None:
    source = Source(["value"])

    assert set(await asyncio.gather(*(source.fresh.get("a") for _ in range(5)))) == {"value"}
    assert source.reads == 1


async def test_while_one_reads_anew_others_get_the_value_before() -> None:
    source = Source(["old", "new"])
    await source.fresh.get("a")
    source.now = 61.0
    source.gate.clear()
    reader = asyncio.create_task(source.fresh.get("a"))
    await asyncio.sleep(0)

    meanwhile = await asyncio.wait_for(source.fresh.get("a"), timeout=60)
    source.gate.set()

    assert (meanwhile, await reader) == ("old", "new")


async def test_what_is_too_old_is_served_to_nobody() -> None:
    source = Source(["old", "new"])
    await source.fresh.get("a")
    source.now = 121.0
    source.gate.clear()
    readers = [asyncio.create_task(source.fresh.get("a")) for _ in range(2)]
    await asyncio.sleep(0)
    source.gate.set()

    assert await asyncio.gather(*readers) == ["new", "new"]
    assert source.reads == 2


@pytest.mark.parametrize("nothing", [None, (), []])
async def test_nothing_is_kept_for_a_second_only(nothing: object) -> None:
    source = Source([nothing, "something"])

    assert await source.fresh.get("a") == nothing
    source.now = 0.9
    assert await source.fresh.get("a") == nothing
    source.now = 1.1
    assert await source.fresh.get("a") == "something"


async def test_an_error_goes_to_those_who_wait_and_is_not_kept() -> None:
    source = Source([ValueError("away"), "value"])

    with pytest.raises(ValueError, match="away"):
        await source.fresh.get("a")
    assert await source.fresh.get("a") == "value"


async def test_what_was_being_read_when_it_was_forgotten_is_not_kept() -> None:
    source = Source(["before", "after"])
    source.gate.clear()
    reader = asyncio.create_task(source.fresh.get("a"))
    await asyncio.sleep(0)
    source.fresh.forget("a")
    source.gate.set()

    assert await reader == "before"
    assert await source.fresh.get("a") == "after"


async def test_keys_are_forgotten_by_what_they_are_about_those_being_read_too() -> None:
    source = Source(["a1", "b", "ax", "a1 anew", "ax anew"])
    await source.fresh.get("a1")
    await source.fresh.get("b")
    source.gate.clear()
    reader = asyncio.create_task(source.fresh.get("ax"))
    await asyncio.sleep(0)
    source.fresh.forget_those(lambda key: key.startswith("a"))
    source.gate.set()

    assert await reader == "ax"
    assert [await source.fresh.get(key) for key in ("a1", "ax", "b")] == ["a1 anew", "ax anew", "b"]


async def test_a_caller_that_gives_up_takes_nothing_from_others() -> None:
    source = Source(["value"])
    source.gate.clear()
    first = asyncio.create_task(source.fresh.get("a"))
    second = asyncio.create_task(source.fresh.get("a"))
    await asyncio.sleep(0)
    first.cancel()
    source.gate.set()

    assert await second == "value"
    assert source.reads == 1


async def test_a_thousand_keys_are_kept_and_old_ones_go() -> None:
    source = Source(["value"])
    for number in range(1_200):
        await source.fresh.get(str(number))

    assert len(source.fresh._values) == 1_000
    source.now = 200.0
    await source.fresh.get("last")
    assert list(source.fresh._values) == ["last"]
