"""Resynthesis: a new version of the narrative, resting on active chunks only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from credence.memory.errors import UnsupportedSentence
from credence.memory.lifecycle.draft import Change, Draft
from credence.memory.model import Operation, Profile, Sentence


def resynthesise(
    draft: Draft,
    sentences: Sequence[Sentence],
    *,
    now: datetime,
    operation: Operation = Operation.RESYNTHESIS,
) -> Draft:
    """Replace the profile unless it would say the same after the same events.

    Raises UnsupportedSentence when a sentence rests on no chunk or on one that is not believed.
    """
    believed = {chunk.chunk_id for chunk in draft.belief.active}
    for sentence in sentences:
        if not sentence.chunk_ids or not believed.issuperset(sentence.chunk_ids):
            raise UnsupportedSentence(sentence.text)
    old = draft.belief.profile
    same = tuple(sentences) == (old.sentences if old else ())
    if same and (old is None or old.watermark == draft.belief.watermark):
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
    words = len(profile.narrative.split())
    reason = f"rewritten from {len(believed)} chunks: {words} words in {len(sentences)} sentences"
    return draft.with_changes(Change(operation=operation, reason=reason, before=old, after=profile))
