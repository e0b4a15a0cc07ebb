"""One thread for all that adds up, so that a process of any size comes to the same last digits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from credence.inference.parallel import serially


@contextmanager
def on_one_thread() -> Iterator[None]:
    """What ranks meanwhile adds up alike in a process of any size, beside any number of others."""
    with serially(), threadpool_limits(1, "blas"):
        yield
