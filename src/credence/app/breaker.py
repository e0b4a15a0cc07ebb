"""A circuit breaker: what keeps failing is left alone for a while, then tried by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Breaker:
    """Lets requests through until several in a row failed; then one now and then, to see.

    Whoever was admitted must say how it went: `succeeded`, `failed`, or `undecided`; or ask
    within `asked`.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        pause: float = 5.0,  # seconds for which nobody is admitted
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._pause = pause
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        return self._opened_at is not None

    def admits(self) -> bool:
        """Whether the next request may go through; true for one at a time while it is open."""
        if self._opened_at is None:
            return True
        if self._probing or self._clock() < self._opened_at + self._pause:
            return False
        self._probing = True
        return True

    @contextmanager
    def asked(self, *, answer: type[Exception], failure: type[Exception]) -> Iterator[None]:
        """Around what was admitted just before: how it ends is how it went.

        An `answer` is an error by which the other side speaks, a `failure` one by which it does
        not, unless it is an answer; any other tells nothing of it. Whoever was admitted before it
        opened says no ill of it afterwards, and does not speak for the one that tries.
        """
        trying = self.is_open
        try:
            yield
        except answer:
            self.succeeded()
            raise
        except failure:
            if trying or not self.is_open:
                self.failed()
            raise
        except BaseException:
            if trying:
                self.undecided()
            raise
        self.succeeded()

    def succeeded(self) -> None:
        """All is well again."""
        self._failures, self._opened_at, self._probing = 0, None, False

    def failed(self) -> None:
        """Count it; a failure while it is open starts the pause anew."""
        self._failures += 1
        self._probing = False
        if self._failures >= self._most:
            self._opened_at = self._clock()

    def undecided(self) -> None:
        """It tells nothing of the other side; while it is open, the pause starts anew.

        Else those who try what hangs, and give up first, would follow upon each other.
        """
        self._probing = False
        if self.is_open:
            self._opened_at = self._clock()
