"""Which thread of a process computes in parallel: the encoder's, and no other that serves.

Every thread that computes in parallel has a team of OpenMP threads of its own. Two teams on few
cores cannot both wait at work for their next piece: a text took twice as long to encode as soon as
lists were ranked in another thread (the figures are in the log of measurements). Language models
that rank in this process are an exception where they run on a CPU: a list takes them seconds, and
they have all threads meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch

ALL_THREADS = torch.get_num_threads()  # before anybody here said otherwise


def encoding_thread(helpers: int = ALL_THREADS) -> ThreadPoolExecutor:
    """A thread that computes with so many, by default with all that the process began with,
    whatever other threads have."""
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")
    thread.submit(torch.set_num_threads, helpers).result()
    return thread


@contextmanager
def serially() -> Iterator[None]:
    """This thread alone computes without help meanwhile; not for use by two threads at once."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
