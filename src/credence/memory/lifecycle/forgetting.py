"""Forgetting: chunks that decayed or were refuted stop being believed, and it is said why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from credence.memory.lifecycle.draft import Change, Draft, Rules
from credence.memory.model import Chunk, Operation, Status
from credence.memory.strength import contradicting, faded, standing, statement


def forget(draft: Draft, *, now: datetime, rules: Rules) -> Draft:
    """Drop every active chunk with a reason to; never one that a person pinned or worded."""
    changes = []
    for chunk in draft.belief.active:
        reason = reason_to_forget(chunk, now=now, rules=rules)
        if reason is not None:
            changes.append(
                Change(
                    operation=Operation.FORGETTING,
                    reason=reason,
                    before=chunk,
                    after=replace(chunk, status=Status.FORGOTTEN),
                )
            )
    return draft.with_changes(*changes)


def reason_to_forget(chunk: Chunk, *, now: datetime, rules: Rules) -> str | None:
    """Why this chunk should go, or None if it should stay."""
    if chunk.pinned or chunk.edited:
        return None
    half_life = rules.half_life
    left = faded(chunk.liking + chunk.disliking, since=chunk.as_of, now=now, half_life=half_life)
    if left < rules.decayed_below:
        days = (now - chunk.last_evidence_at).days
        return f'decayed: nothing has spoken for "{statement(chunk)}" in {days} days'
    strength = standing(chunk, now=now, half_life=half_life).strength
    against = contradicting(chunk)
    if abs(strength) < rules.refuted_within and against >= rules.refuted_after:
        return f'refuted: {against} events contradict "{statement(chunk)}" and little is left of it'
    return None
