"""Which contributions a memory was made from: who was read, and what they brought then."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from credence.memory.collaborative.contribution import Contribution, digest

# By the low half of a person's key: the sample has the lowest keys, whose high halves are alike.
_RECORD = np.dtype([("person", "<u4"), ("brought", "<u4")])
_LOW = 2**32 - 1


class Part(Enum):
    """What a memory holds of somebody who was to be read."""

    NOTHING = "nothing"
    EARLIER = "earlier"  # what they had brought before they brought more
    WHOLE = "whole"


def held(keys: NDArray[np.uint64], own: Sequence[Contribution]) -> bytes:
    """These people, by key, and what each of them brings, 8 bytes a person."""
    rows = np.empty(len(own), dtype=_RECORD)
    rows["person"] = (keys & np.uint64(_LOW)).astype(np.uint32)
    rows["brought"] = [digest(one) for one in own]
    return rows.tobytes()


def part_of(data: bytes | None, key: int, own: Contribution) -> Part:
    """What is held of this person. A memory from before this was kept counts as holding all."""
    if data is None:
        return Part.WHOLE
    rows = np.frombuffer(data, dtype=_RECORD)
    theirs = rows["brought"][rows["person"] == key & _LOW]
    if not len(theirs):
        return Part.NOTHING
    return Part.WHOLE if digest(own) in theirs else Part.EARLIER
