"""Reading is one act: events are consumed once, so whatever they say is counted at once."""

from __future__ import annotations

from collections.abc import Sequence

from credence.memory.model import Operation

READING = (Operation.EXTRACTION, Operation.REINFORCEMENT, Operation.WEAKENING)


def read_whole(operations: Sequence[Operation]) -> tuple[tuple[Operation, ...], str | None]:
    """The operations with all three that read, if one of them is there; and why, if one was not.

    Whoever chose a part of them has not seen the findings, which another extractor is yet to make.
    """
    if set(READING).isdisjoint(operations):
        return tuple(operations), None
    missing = [operation.value for operation in READING if operation not in operations]
    whole = (*READING, *(operation for operation in operations if operation not in READING))
    if not missing:
        return whole, None
    return whole, f"events are read once, so {' and '.join(missing)} ran as well"
