"""Findings with the chunk they bear on: what extraction, reinforcement and weakening read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from credence.memory.lifecycle.draft import Draft
from credence.memory.model import Belief, Evidence, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearing:
    """A finding and the chunk it bears on; None means the topic is new."""

    finding: Finding
    chunk_id: int | None


def pending(draft: Draft, bearings: Iterable[Bearing]) -> tuple[Bearing, ...]:
    """The bearings whose events the lifecycle has not consumed, or reads once more, and has not
    counted for the chunk."""
    counted = draft.counted
    return tuple(
        bearing
        for bearing in bearings
        if draft.reads(bearing.finding.event_seq)
        and (bearing.chunk_id, bearing.finding.event_seq) not in counted
    )


def counted_before(
    event_seq: int,
    chunk_ids: Iterable[int],
    belief: Belief,
    counted: frozenset[tuple[int, int]],
) -> bool:
    """Whether an earlier reading of the event counted it for one of these chunks, or for one that
    joined them since: its evidence went along."""
    return any(
        (joined, event_seq) in counted
        for chunk_id in chunk_ids
        for joined in belief.joined_in(chunk_id)
    )


def evidence_for(chunk_id: int, findings: Sequence[Finding]) -> tuple[Evidence, ...]:
    """One piece of evidence an event: what one event says twice counts once, within [-1, 1]."""
    by_event: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_event[finding.event_seq].append(finding)
    pieces = []
    for seq, said in by_event.items():
        clearest = min(said, key=lambda finding: (-abs(finding.weight), finding.words))
        if clearest.weight:
            pieces.append(
                Evidence(
                    chunk_id=chunk_id,
                    event_seq=seq,
                    weight=max(-1.0, min(1.0, clearest.weight)),
                    words=clearest.words,
                    occurred_at=clearest.occurred_at,
                )
            )
    return tuple(sorted(pieces, key=lambda piece: (piece.occurred_at, piece.event_seq)))
