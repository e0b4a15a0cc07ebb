"""Resynthesis: a new version of the narrative, resting on active chunks only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from credence.memory.errors import UnsupportedSentence
from credence.memory.lifecycle.draft import Change, Draft
from credence.memory.model import Operation, Profile, Sentence

_WEIGHED_AGAIN = timedelta(days=30)  # after which the same words are a new version, and not old


def resynthesise(
    draft: Draft,
    sentences: Sequence[Sentence],
    *,
    now: datetime,
    operation: Operation = Operation.RESYNTHESIS,
) -> Draft:
    """Replace the profile unless it would say the same after the same events within a month.

    Raises UnsupportedSentence when a sentence rests on no chunk or on one that is not believed.
    """
    believed = {chunk.chunk_id for chunk in draft.belief.active}
    for sentence in sentences:
        if not sentence.chunk_ids or not believed.issuperset(sentence.chunk_ids):
            raise UnsupportedSentence(sentence.text)
    old = draft.belief.profile
    same = tuple(sentences) == (old.sentences if old else ())
    if same and (old is None or _as_late(old, draft, now)):
        return draft
    if not sentences:
        change = Change(
            operation=operation, reason="nothing is left to tell", before=old, after=None
        )
        return draft.with_changes(change)
    profile = Profile(
        version=draft.base.revision + 1,
        watermark=draft.belief.watermark,
        sentences=tuple(sentences),
        written_at=now,
    )
    reason = (
        f"rewritten from {_so_many(len(believed), 'chunk')}: "
        f"{_so_many(len(profile.narrative.split()), 'word')} in "
        f"{_so_many(len(sentences), 'sentence')}"
    )
    return draft.with_changes(Change(operation=operation, reason=reason, before=old, after=profile))


def _as_late(old: Profile, draft: Draft, now: datetime) -> bool:
    """Whether neither events nor much time have come since it was written."""
    return old.watermark == draft.belief.watermark and now - old.written_at < _WEIGHED_AGAIN


def _so_many(many: int, what: str) -> str:
    return f"1 {what}" if many == 1 else f"{many} {what}s"
