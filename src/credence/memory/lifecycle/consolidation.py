"""Consolidation: near-duplicates become one chunk, and no evidence is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from credence.memory.lifecycle.draft import Change, Draft, Rules
from credence.memory.model import Chunk, Operation, Status
from credence.memory.strength import masses, polarity


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
    keep: Chunk, drop: Chunk, *, now: datetime, rules: Rules, operation: Operation, why: str
) -> tuple[Change, Change]:
    """Both sides of a merge: `keep` with the evidence of both as it counts at `now` and what was
    said of either by hand, `drop` pointing to it."""
    as_of = max(now, keep.as_of, drop.as_of)
    kept = masses(keep, now=as_of, half_life=rules.half_life)
    joining = masses(drop, now=as_of, half_life=rules.half_life)
    after = replace(
        keep,
        liking=kept[0] + joining[0],
        disliking=kept[1] + joining[1],
        as_of=as_of,
        pinned=keep.pinned or drop.pinned,
        edited=keep.edited or drop.edited,
        likes=keep.likes + drop.likes,
        dislikes=keep.dislikes + drop.dislikes,
        first_evidence_at=min(keep.first_evidence_at, drop.first_evidence_at),
        last_evidence_at=max(keep.last_evidence_at, drop.last_evidence_at),
    )
    gone = replace(drop, status=Status.MERGED, merged_into=keep.chunk_id)
    reason = f'"{drop.text}" joined "{keep.text}": {why}'
    return (
        Change(operation=operation, reason=reason, before=keep, after=after),
        Change(operation=operation, reason=reason, before=drop, after=gone),
    )


def _chosen(chunk: Chunk) -> bool:
    return chunk.pinned or chunk.edited
