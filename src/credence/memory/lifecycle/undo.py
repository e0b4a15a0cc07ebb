"""Undoing a revision: the changes that take it back, themselves changes of a new revision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from credence.memory.errors import UndoConflict
from credence.memory.lifecycle.draft import Change, Draft
from credence.memory.model import Chunk, Operation, Profile, Status


def undo(draft: Draft, revision: int, changes: Sequence[Change], *, now: datetime) -> Draft:
    """Take back the changes of `revision`, last first; events stay consumed.

    A chunk that the revision created is emptied and forgotten; new evidence may bring it back.
    The profile returns to what it was, if the revision's own is still the current one and less
    what no longer stands. Raises UndoConflict if a chunk has changed since.
    """
    why = f"undo of revision {revision}"
    for change in reversed(changes):
        if isinstance(change.after, Chunk):
            now_is = draft.belief.chunk(change.after.chunk_id)
            if now_is != change.after:
                raise UndoConflict(revision, change.after.chunk_id)
            back = change.before or _emptied(change.after)
            draft = draft.with_changes(
                Change(
                    operation=Operation.UNDO, reason=why, before=change.after, after=_chunk(back)
                )
            )
    profiles = [c for c in changes if isinstance(c.before or c.after, Profile)]
    if profiles and draft.belief.profile == profiles[-1].after:
        back_to = profiles[0].before
        draft = _profile_back(draft, back_to if isinstance(back_to, Profile) else None, why, now)
    return draft


def taken_back(undoes: Iterable[tuple[int, int]]) -> frozenset[int]:
    """The revisions that do not stand, by pairs (revision, the earlier one that it undoes).

    An undo that was undone itself takes nothing back.
    """
    gone: set[int] = set()
    for revision, undone in sorted(undoes, reverse=True):
        if revision not in gone:
            gone.add(undone)
    return frozenset(gone)


def _emptied(chunk: Chunk) -> Chunk:
    """As if nothing had ever been said of it: its evidence is retracted with the revision."""
    return replace(
        chunk,
        status=Status.FORGOTTEN,
        liking=0.0,
        disliking=0.0,
        likes=0,
        dislikes=0,
        pinned=False,
        stated=False,
        last_like_at=None,
        last_dislike_at=None,
    )


def _chunk(state: Chunk | Profile) -> Chunk:
    assert isinstance(state, Chunk)
    return state


def _profile_back(draft: Draft, to: Profile | None, why: str, now: datetime) -> Draft:
    believed = {chunk.chunk_id for chunk in draft.belief.active}
    sentences = tuple(s for s in (to.sentences if to else ()) if believed.issuperset(s.chunk_ids))
    after = (
        Profile(
            version=draft.base.revision + 1,
            watermark=draft.belief.watermark,
            sentences=sentences,
            written_at=now,
        )
        if sentences
        else None
    )
    return draft.with_changes(
        Change(operation=Operation.UNDO, reason=why, before=draft.belief.profile, after=after)
    )
