"""Values that may be a little old: read once, then again after a while, by one caller at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sized
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_EMPTY_SECONDS = 1.0  # nothing may be something soon
_MOST = 1_000  # keys


@dataclass(frozen=True, slots=True)
class _Held(Generic[V]):
    value: V
    until: float  # fresh so long
    end: float  # gone from then on


class Fresh(Generic[K, V]):
    """Remembers what `read` gave for a key, for `seconds`; what is None or empty for one second.

    While one caller reads a value anew, others get the one before, up to `seconds` longer. Keeps
    the 1,000 keys read last.
    """

    def __init__(
        self,
        read: Callable[[K], Awaitable[V]],
        *,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._values: dict[K, _Held[V]] = {}  # in the order in which they were read
        self._reading: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        """The value. What `read` raises is raised to those who wait for it, and not kept."""
        now = self._clock()
        held = self._values.get(key)
        if held is not None and now < held.until:
            return held.value
        reading = self._reading.get(key)
        if reading is None:
            reading = asyncio.create_task(self._read_anew(key))
            reading.add_done_callback(_looked_at)
            self._reading[key] = reading
        elif held is not None and now < held.end:
            return held.value
        return await asyncio.shield(reading)  # a caller that gives up takes nothing from others

    def forget(self, key: K) -> None:
        """Read it anew next time; what is being read now is not kept."""
        self._values.pop(key, None)
        self._reading.pop(key, None)

    def forget_those(self, which: Callable[[K], bool]) -> None:
        """Forget every key of which this is true."""
        for key in [key for key in {**self._values, **self._reading} if which(key)]:
            self.forget(key)

    async def _read_anew(self, key: K) -> V:
        mine = asyncio.current_task()
        try:
            value = await self._read(key)
            if self._reading.get(key) is mine:
                self._keep(key, value)
            return value
        finally:
            if self._reading.get(key) is mine:
                del self._reading[key]

    def _keep(self, key: K, value: V) -> None:
        now = self._clock()
        empty = value is None or (isinstance(value, Sized) and len(value) == 0)
        seconds = min(_EMPTY_SECONDS, self._seconds) if empty else self._seconds
        self._values.pop(key, None)
        self._values[key] = _Held(value, now + seconds, now + 2 * seconds)
        oldest = next(iter(self._values))
        while len(self._values) > _MOST or self._values[oldest].end <= now:
            del self._values[oldest]
            oldest = next(iter(self._values))


def _looked_at(reading: asyncio.Task[V]) -> None:
    """Whoever waited has met the error; if nobody did, it is nobody's."""
    if not reading.cancelled():
        reading.exception()
