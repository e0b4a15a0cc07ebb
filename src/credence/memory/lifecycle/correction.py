"""What a person or an admin may put right, each as a change that later runs respect."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from credence.memory.errors import ChunkNotFound, Invalid, NotMergeable
from credence.memory.lifecycle.consolidation import mergeable, merged
from credence.memory.lifecycle.draft import Change, Draft, Rules
from credence.memory.model import Chunk, Operation, Status
from credence.memory.strength import CLEAR_EVENT, PRIOR, masses

STRONGEST = 0.95  # a belief is never certain: strength 1 would take endless evidence
_STATED = 6.0  # evidence that a strength set by hand counts for, unless there is more already


def pin(draft: Draft, chunk_id: int, *, now: datetime, rules: Rules, why: str) -> Draft:
    """A pinned chunk neither drifts, nor is forgotten or merged away; evidence still counts.

    It holds what it has now, and at least what one clear event would be worth: whoever pins what
    has all but faded says that it is so.
    """
    chunk = believed(draft, chunk_id)
    if chunk.pinned:
        return draft
    liking, disliking = masses(chunk, now=now, half_life=rules.half_life)
    held = liking + disliking
    if 0 < held < CLEAR_EVENT:
        liking, disliking = (side / held * CLEAR_EVENT for side in (liking, disliking))
    after = replace(
        chunk, pinned=True, liking=liking, disliking=disliking, as_of=max(now, chunk.as_of)
    )
    return _correct(draft, chunk, after, why)


def unpin(draft: Draft, chunk_id: int, *, now: datetime, why: str) -> Draft:
    """Let the chunk drift again, from the strength it has now; a stated one lasts all the same."""
    chunk = believed(draft, chunk_id)
    return _correct(draft, chunk, _unpinned(chunk, now=now), why)


def reword(draft: Draft, chunk_id: int, *, text: str, category: str | None, why: str) -> Draft:
    """Give a chunk other words; no later run may reword, forget or merge it away. With the words
    that it has only its category changes, and it stays as free as it was."""
    chunk = believed(draft, chunk_id)
    after = replace(chunk, category=category or chunk.category)
    if text != chunk.text:
        aliases = tuple(dict.fromkeys((*chunk.aliases, chunk.text)))
        after = replace(after, text=text, edited=True, aliases=aliases)
    return _correct(draft, chunk, after, why)


def set_strength(
    draft: Draft, chunk_id: int, *, strength: float, now: datetime, rules: Rules, why: str
) -> Draft:
    """Set the strength as of now. It counts as much as the evidence there is, at least 6 events,
    and does not fade: only evidence moves it from there.

    Solves (L - D) / (L + D + 2 PRIOR) = strength for a total mass L + D. Raises Invalid outside
    [-0.95, 0.95].
    """
    if not -STRONGEST <= strength <= STRONGEST:
        raise Invalid(
            f"strength {strength} is outside [-{STRONGEST}, {STRONGEST}]",
            field="strength",
            fix=f"give a number from -{STRONGEST} (dislike) to {STRONGEST} (like)",
        )
    chunk = believed(draft, chunk_id)
    there = sum(masses(chunk, now=now, half_life=rules.half_life))
    least = 2 * PRIOR * abs(strength) / (1 - abs(strength))  # so that neither side is negative
    mass = max(there, _STATED, least)
    difference = strength * (mass + 2 * PRIOR)
    after = replace(
        chunk,
        liking=max(0.0, (mass + difference) / 2),
        disliking=max(0.0, (mass - difference) / 2),
        as_of=max(now, chunk.as_of),
        edited=True,
        stated=True,
    )
    return _correct(draft, chunk, after, why)


def reject(draft: Draft, chunk_id: int, *, why: str) -> Draft:
    """A person says it is wrong: it goes, and what it says is never learnt again."""
    chunk = believed(draft, chunk_id)
    return _correct(draft, chunk, replace(chunk, status=Status.REJECTED, pinned=False), why)


def forget(draft: Draft, chunk_id: int, *, now: datetime, why: str) -> Draft:
    """It goes, pinned or worded by hand as it may be.

    New events may teach it again; then it comes back with what is left of its evidence, but
    nothing that was said by hand (see `extraction`).
    """
    chunk = believed(draft, chunk_id)
    gone = replace(_unpinned(chunk, now=now), status=Status.FORGOTTEN)
    return _correct(draft, chunk, gone, why)


def merge(draft: Draft, drop_id: int, *, into: int, now: datetime, rules: Rules, why: str) -> Draft:
    """Let one chunk join another by hand.

    Raises NotMergeable for opposite polarity, ChunkNotFound where one of them is not active.
    """
    keep, drop = believed(draft, into, field="into"), believed(draft, drop_id)
    if into == drop_id or not mergeable(keep, drop):
        raise NotMergeable(into, drop_id)
    return draft.with_changes(
        *merged(draft, keep, drop, now=now, rules=rules, operation=Operation.CORRECTION, why=why)
    )


def believed(draft: Draft, chunk_id: int, *, field: str = "chunk_id") -> Chunk:
    """The active chunk with this id. Raises ChunkNotFound, which names the field it came in."""
    chunk = draft.belief.chunk(chunk_id)
    if chunk is None or chunk.status is not Status.ACTIVE:
        raise ChunkNotFound(chunk_id, field=field)
    return chunk


def _unpinned(chunk: Chunk, *, now: datetime) -> Chunk:
    """The chunk without its pin, drifting from now on."""
    return replace(chunk, pinned=False, as_of=max(now, chunk.as_of)) if chunk.pinned else chunk


def _correct(draft: Draft, before: Chunk, after: Chunk, why: str) -> Draft:
    """The draft with this change, unless it is so already."""
    if after == before:
        return draft
    return draft.with_changes(
        Change(operation=Operation.CORRECTION, reason=why, before=before, after=after)
    )
