"""Which candidates are asked about together, and in which order they are named."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b


def shuffled(ids: Sequence[str], *, seed: int, turn: int) -> list[str]:
    """These ids in an order that depends on seed, turn and the set of ids alone."""
    together = blake2b("\0".join(sorted(ids)).encode(), digest_size=8).hexdigest()

    def place(name: str) -> tuple[bytes, str]:
        return blake2b(f"{seed}/{turn}/{together}/{name}".encode(), digest_size=8).digest(), name

    return sorted(ids, key=place)


def ring(order: Sequence[str], size: int) -> list[list[str]]:
    """Windows of this size that overlap by half or more, the last one with the first.

    Everything is in two of them or more, and any two are linked by a chain of shared candidates.
    """
    if len(order) <= size:
        return [list(order)]
    twice = [*order, *order]
    return [twice[start : start + size] for start in range(0, len(order), max(1, size // 2))]


def staircase(order: Sequence[str], size: int) -> list[list[str]]:
    """Windows of this size from first to last, overlapping by half or more: neighbours meet."""
    if len(order) <= size:
        return [list(order)]
    last = len(order) - size
    return [list(order[min(start, last) :][:size]) for start in _starts(last, max(1, size // 2))]


def _starts(last: int, stride: int) -> range:
    return range(0, last + stride, stride)
