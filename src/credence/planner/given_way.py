"""What became of the contradictions that a plan meant to end."""

from __future__ import annotations

from collections.abc import Sequence

from credence.memory.lifecycle.draft import Draft
from credence.memory.lifecycle.forgetting import now_in
from credence.memory.model import Status
from credence.memory.strength import polarity
from credence.planner.state import Plan


def given_way(plan: Plan, before: Draft, after: Draft) -> Sequence[str]:
    """Of each pair in the plan's `refutes` whether the weaker chunk is gone after forgetting, or
    why it stands: events read since the verdict, or a merge, may have turned the scales."""
    return [_told(kept, gone, before, after) for kept, gone in plan.refutes]


def _told(kept: int, gone: int, before: Draft, after: Draft) -> str:
    stronger, weaker = (now_in(before.belief, number) for number in (kept, gone))
    if stronger is None or weaker is None:
        return f"c{gone} was not forgotten: it or c{kept} is no more"
    left = after.belief.chunk(weaker.chunk_id)
    if left is None or left.status is not Status.ACTIVE:
        return f"c{gone} was forgotten"
    if weaker.pinned or weaker.edited:
        return f"c{gone} stands: the person said so"
    against = after.belief.chunk(stronger.chunk_id)
    if against is None or against.status is not Status.ACTIVE:
        return f"c{gone} stands: c{kept} was forgotten itself"
    if polarity(stronger) == polarity(weaker):
        return f"c{gone} and c{kept} both stand: they contradict each other no more"
    return f"c{gone} and c{kept} both stand: c{kept} has no more behind it by now"
