"""No profile may outlive what it rests on: sentences that lost their chunk are written anew."""

from __future__ import annotations

from datetime import datetime

from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.profile_support import unsupported
from credence.memory.lifecycle.resynthesis import resynthesise
from credence.memory.model import Operation
from credence.planner.synthesis.synthesizer import Synthesizer


async def kept_true(
    draft: Draft, *, synthesizer: Synthesizer, now: datetime, operation: Operation
) -> Draft:
    """The draft with its narrative rewritten, if a sentence of it no longer holds."""
    if not unsupported(draft):
        return draft
    narrative = await synthesizer(draft.belief, now=now)
    return resynthesise(draft, narrative.sentences, now=now, operation=operation)
