"""Consolidation: near-duplicates become one chunk, and no evidence is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from credence.memory.lifecycle.counted_twice import counted_twice, weighing_twice
from credence.memory.lifecycle.draft import Change, Draft, Rules
from credence.memory.model import Chunk, Evidence, Operation, Status
from credence.memory.strength import faded, latest, masses, polarity


def consolidate(
    draft: Draft, pairs: Sequence[tuple[int, int]], *, now: datetime, rules: Rules
) -> Draft:
    """Merge each pair (keep, drop) that may be merged: both active, of the same polarity.

    A chunk that a person pinned or worded is the one kept; two such chunks stay apart.
    """
    for keep_id, drop_id in pairs:
        keep, drop = draft.belief.chunk(keep_id), draft.belief.chunk(drop_id)
        if keep is None or drop is None or keep_id == drop_id:
            continue
        if _chosen(drop) and not _chosen(keep):
            keep, drop = drop, keep
        if _chosen(drop) or not mergeable(keep, drop):
            continue
        changes = merged(
            draft,
            keep,
            drop,
            now=now,
            rules=rules,
            operation=Operation.CONSOLIDATION,
            why="they say the same",
        )
        draft = draft.with_changes(*changes)
    return draft


def mergeable(keep: Chunk, drop: Chunk) -> bool:
    """Only active chunks of the same polarity may become one."""
    both_active = keep.status is Status.ACTIVE and drop.status is Status.ACTIVE
    return both_active and polarity(keep) == polarity(drop)


def merged(
    draft: Draft,
    keep: Chunk,
    drop: Chunk,
    *,
    now: datetime,
    rules: Rules,
    operation: Operation,
    why: str,
) -> tuple[Change, Change]:
    """Both sides of a merge: `keep` with the evidence of both as it counts at `now` and what was
    said of either by hand, `drop` pointing to it. An event that counts for both counts once."""
    as_of = max(now, keep.as_of, drop.as_of)
    twice = counted_twice(draft, keep.chunk_id, drop.chunk_id)
    weighing = weighing_twice(draft, keep.chunk_id, drop.chunk_id)
    kept, joining = (
        _left(chunk, [p for p in weighing if p.chunk_id in joined], as_of=as_of, rules=rules)
        for chunk, joined in (
            (keep, draft.belief.joined_in(keep.chunk_id)),
            (drop, draft.belief.joined_in(drop.chunk_id)),
        )
    )
    after = replace(
        keep,
        liking=kept[0] + joining[0],
        disliking=kept[1] + joining[1],
        as_of=as_of,
        pinned=keep.pinned or drop.pinned,
        edited=keep.edited or drop.edited,
        stated=keep.stated or drop.stated,
        likes=max(0, keep.likes + drop.likes - sum(piece.weight > 0 for piece in twice)),
        dislikes=max(0, keep.dislikes + drop.dislikes - sum(piece.weight < 0 for piece in twice)),
        first_evidence_at=min(keep.first_evidence_at, drop.first_evidence_at),
        last_evidence_at=max(keep.last_evidence_at, drop.last_evidence_at),
        last_like_at=latest(keep.last_like_at, drop.last_like_at),
        last_dislike_at=latest(keep.last_dislike_at, drop.last_dislike_at),
    )
    gone = replace(drop, status=Status.MERGED, merged_into=keep.chunk_id)
    reason = f'"{drop.text}" joined "{keep.text}": {why}'
    return (
        Change(operation=operation, reason=reason, before=keep, after=after),
        Change(operation=operation, reason=reason, before=drop, after=gone),
    )


def _left(
    chunk: Chunk, without: Sequence[Evidence], *, as_of: datetime, rules: Rules
) -> tuple[float, float]:
    """What a chunk brings into a merge: what it holds at `as_of` less these pieces of it.

    What a person stated is not made of events. No more is taken off than a piece brought: for
    all that is known of a pinned chunk, the piece came before the pin.
    """
    sides = list(masses(chunk, now=as_of, half_life=rules.half_life))
    if chunk.stated:
        return sides[0], sides[1]
    until = chunk.as_of if chunk.pinned else as_of
    for piece in without:
        brought = faded(
            abs(piece.weight), since=piece.occurred_at, now=until, half_life=rules.half_life
        )
        side = 0 if piece.weight > 0 else 1
        sides[side] = max(0.0, sides[side] - brought)
    return sides[0], sides[1]


def _chosen(chunk: Chunk) -> bool:
    return chunk.pinned or chunk.edited
