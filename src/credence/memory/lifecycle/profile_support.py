"""Which sentences of the narrative no longer hold after the changes of a draft."""

from __future__ import annotations

from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Chunk, Operation, Profile, Sentence, Status
from credence.memory.strength import side_of


def unsupported(draft: Draft) -> tuple[Sentence, ...]:
    """Sentences that rest on a chunk which has since changed what it says, or is gone.

    Since: in this draft, after the profile was last written.
    """
    profile = draft.belief.profile
    if profile is None:
        return ()
    shaken: set[int] = set()
    for change in draft.changes:
        if isinstance(change.after, Profile):
            shaken.clear()
        elif isinstance(change.before, Chunk) and _says(change.before) != _says(change.after):
            shaken.add(change.before.chunk_id)
    return tuple(s for s in profile.sentences if not shaken.isdisjoint(s.chunk_ids))


def outdated(draft: Draft) -> bool:
    """Whether the narrative may say of a chunk what held before this draft: a chunk changed that
    a sentence rests on, in whatever way, or the narrative is itself one from before."""
    profile, restored = draft.belief.profile, False
    if profile is None:
        return False
    changed: set[int] = set()
    for change in draft.changes:
        if isinstance(change.after, Profile):
            changed.clear()
            restored = change.operation is Operation.UNDO
        elif isinstance(change.before, Chunk) and change.before != change.after:
            changed.add(change.before.chunk_id)
    return restored or any(not changed.isdisjoint(s.chunk_ids) for s in profile.sentences)


def _says(chunk: object) -> tuple[Status, str, str, str] | None:
    if not isinstance(chunk, Chunk):
        return None
    return (chunk.status, chunk.text, chunk.category, side_of(chunk))
