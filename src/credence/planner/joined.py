"""Chunks that become one are weighed with what they share, which is read only then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from credence.memory.lifecycle.draft import Change, Draft
from credence.memory.model import Chunk, Evidence, Status

Shared = Callable[[], Awaitable[tuple[Evidence, ...]]]


async def joined(draft: Draft, made: Callable[[Draft], Draft], *, shared: Shared) -> Draft:
    """What is made of the draft. Where that merges chunks it is made again, with the evidence of
    events that count for several: of some people that is a lot to read, and most runs merge none.
    """
    after = made(draft)
    if draft.shared or not any(_merges(one) for one in after.changes[len(draft.changes) :]):
        return after
    return made(replace(draft, shared=await shared()))


def _merges(change: Change) -> bool:
    return isinstance(change.after, Chunk) and change.after.status is Status.MERGED
