"""No profile may outlive what it rests on: what may no longer hold is written anew."""

from __future__ import annotations

from datetime import datetime

from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.profile_support import outdated, unsupported
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.model import Operation
from credence.planner.synthesis.synthesizer import Synthesizer

_BY_HAND = (Operation.CORRECTION, Operation.UNDO)


async def kept_true(
    draft: Draft,
    *,
    synthesizer: Synthesizer,
    now: datetime,
    operation: Operation,
    undoes: int | None = None,
) -> Draft:
    """The draft with its narrative rewritten, if a sentence of it no longer holds.

    After a correction it is written anew as soon as it speaks of a chunk that changed at all:
    sentences tell counts, and what comes first. So too after an undo, unless that is of the
    latest revision: then all is as it was when the narrative stood.
    """
    by_hand = operation in _BY_HAND and undoes != draft.base.revision
    if not (unsupported(draft) or (by_hand and outdated(draft))):
        return draft
    narrative = await synthesizer(draft.belief, now=now)
    return resynthesise(draft, narrative.sentences, now=now, operation=operation)
