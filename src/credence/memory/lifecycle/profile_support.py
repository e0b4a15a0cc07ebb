"""Keeping the narrative true when a chunk under it goes or changes its words."""

from __future__ import annotations

from datetime import datetime

from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.model import Operation


def without_unsupported(draft: Draft, *, now: datetime, operation: Operation) -> Draft:
    """Cut the sentences that rest on a chunk which this draft changed in words or in standing."""
    profile = draft.belief.profile
    if profile is None:
        return draft
    shaken = {
        old.chunk_id
        for old in draft.base.active
        if (new := draft.belief.chunk(old.chunk_id)) is None
        or (new.status, new.text, new.category) != (old.status, old.text, old.category)
    }
    kept = tuple(s for s in profile.sentences if shaken.isdisjoint(s.chunk_ids))
    if kept == profile.sentences:
        return draft
    return resynthesise(draft, kept, now=now, operation=operation)
