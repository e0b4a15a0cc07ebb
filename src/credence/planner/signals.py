"""The numbers that a policy decides by."""

from __future__ import annotations

from datetime import datetime

from credence.memory.lifecycle.draft import Rules
from credence.memory.lifecycle.forgetting import reason_to_forget
from credence.memory.strength import polarity
from credence.planner.matching import near_duplicates
from credence.planner.state import Reading, Signals, Snapshot


def signals_of(
    snapshot: Snapshot, reading: Reading, *, now: datetime, rules: Rules, forced: bool
) -> Signals:
    """The numbers of a situation."""
    belief = snapshot.belief
    active = {chunk.chunk_id: chunk for chunk in belief.active}
    sides = [
        bearing.finding.weight * polarity(active[bearing.chunk_id])
        for bearing in reading.bearings
        if bearing.chunk_id in active
    ]
    profile = belief.profile
    read_to = profile.watermark if profile else 0
    return Signals(
        pending=snapshot.head_seq - belief.watermark + len(snapshot.late_seqs),
        information=sum(abs(bearing.finding.weight) for bearing in reading.bearings),
        novel=len({b.finding.topic for b in reading.bearings if b.chunk_id is None}),
        agreeing=sum(side > 0 for side in sides),
        contradicting=sum(side < 0 for side in sides),
        active=len(active),
        redundant=len(near_duplicates(belief, snapshot.vectors)),
        forgettable=sum(
            reason_to_forget(chunk, now=now, rules=rules) is not None for chunk in belief.active
        ),
        since_profile=snapshot.head_seq - read_to + len(snapshot.late_seqs),
        unsupported=sum(
            not active.keys() >= set(s.chunk_ids) for s in (profile.sentences if profile else ())
        ),
        has_profile=profile is not None,
        forced=forced,
        late=len(snapshot.late_seqs),
    )
