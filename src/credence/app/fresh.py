"""Values that may be a little old: read once, then again after a while, by one caller at a time."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Fresh(Generic[K, V]):
    """Remembers what `read` gave for a key, for `seconds`."""

    def __init__(self, read: Callable[[K], Awaitable[V]], *, seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._values: dict[K, tuple[float, V]] = {}
        self._locks: dict[K, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, key: K) -> V:
        """The value, at most `seconds` old."""
        held = self._values.get(key)
        if held is not None and time.monotonic() < held[0]:
            return held[1]
        async with self._locks[key]:
            held = self._values.get(key)
            if held is None or time.monotonic() >= held[0]:
                held = (time.monotonic() + self._seconds, await self._read(key))
                self._values[key] = held
            return held[1]

    def forget(self, key: K) -> None:
        """Read it anew next time."""
        self._values.pop(key, None)
