"""Forgetting: chunks that decayed or were refuted stop being believed, and it is said why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from credence.memory.lifecycle.draft import Change, Draft, Rules
from credence.memory.model import Belief, Chunk, Operation, Status
from credence.memory.strength import claim, contradicting, leaning, masses, polarity


def forget(
    draft: Draft,
    *,
    now: datetime,
    rules: Rules,
    only: Collection[int] | None = None,
    refutes: Collection[tuple[int, int]] = (),
) -> Draft:
    """Drop active chunks that there is a reason to drop; never one a person pinned or worded.

    `only` narrows down which of those that decayed or were refuted by events go; None: all. Of a
    pair in `refutes` (stronger, weaker) the weaker goes if it says the opposite and less speaks
    for it, unless the stronger goes itself; of a chunk that was merged the other one speaks.
    """
    reasons: dict[int, str] = {}
    for chunk in draft.belief.active:
        reason = reason_to_forget(chunk, now=now, rules=rules)
        if reason is not None and (only is None or chunk.chunk_id in only):
            reasons[chunk.chunk_id] = reason
    pairs = {(now_in(draft.belief, one), now_in(draft.belief, other)) for one, other in refutes}
    # Those that nothing refutes come first, then by strength: whoever refutes is not refuted later.
    strongest_first = sorted(
        ((kept, gone) for kept, gone in pairs if kept is not None and gone is not None),
        key=lambda pair: (
            not _chosen(pair[0]),
            -remaining(pair[0], now=now, rules=rules),
            *(chunk.chunk_id for chunk in pair),
        ),
    )
    for kept, gone in strongest_first:
        if kept.chunk_id not in reasons and refutable(kept, gone, now=now, rules=rules):
            reasons.setdefault(gone.chunk_id, f'refuted: "{claim(kept)}" stands against it')
    changes = [
        Change(
            operation=Operation.FORGETTING,
            reason=reasons[chunk.chunk_id],
            before=chunk,
            after=replace(chunk, status=Status.FORGOTTEN),
        )
        for chunk in draft.belief.active
        if chunk.chunk_id in reasons
    ]
    return draft.with_changes(*changes)


def refutable(kept: Chunk, gone: Chunk, *, now: datetime, rules: Rules) -> bool:
    """Whether one chunk may give way to another: both believed, of opposite polarity, it is not
    a person's own wording or pin, and the other is or has more evidence left."""
    if not kept.status is gone.status is Status.ACTIVE or _chosen(gone):
        return False
    if polarity(kept) == polarity(gone):
        return False
    left, standing_against = (remaining(c, now=now, rules=rules) for c in (gone, kept))
    return left < standing_against or _chosen(kept)


def remaining(chunk: Chunk, *, now: datetime, rules: Rules) -> float:
    """Evidence that is left at `now`, of both sides."""
    return sum(masses(chunk, now=now, half_life=rules.half_life))


def _chosen(chunk: Chunk) -> bool:
    """Whether a person said that it is so, which no evidence outweighs."""
    return chunk.pinned or chunk.edited


def now_in(belief: Belief, chunk_id: int) -> Chunk | None:
    """The chunk, or the one that it was merged into since it was judged."""
    chunk = belief.chunk(chunk_id)
    passed = {chunk_id}
    while chunk is not None and chunk.merged_into is not None and chunk.merged_into not in passed:
        passed.add(chunk.merged_into)
        chunk = belief.chunk(chunk.merged_into)
    return chunk


def reason_to_forget(chunk: Chunk, *, now: datetime, rules: Rules) -> str | None:
    """Why this chunk should go, or None if it should stay. Time alone refutes nothing."""
    if _chosen(chunk):
        return None
    if remaining(chunk, now=now, rules=rules) < rules.decayed_below:
        days = (now - chunk.last_evidence_at).days
        return f'decayed: nothing has spoken for "{claim(chunk)}" in {days} days'
    against = contradicting(chunk)
    if abs(leaning(chunk)) < rules.refuted_within and against >= rules.refuted_after:
        return f'refuted: {against} events contradict "{claim(chunk)}" and little is left of it'
    return None
