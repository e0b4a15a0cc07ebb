"""A run in progress: the belief as it would be, and the changes that led there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from credence.memory.model import Belief, Chunk, Evidence, Operation, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The few numbers of the lifecycle; half-life in time, the rest in evidence or strength."""

    half_life: timedelta = timedelta(days=365)
    new_chunk_evidence: float = 0.15  # clarity that a new topic needs
    decayed_below: float = 0.1  # evidence left under which a chunk has decayed
    refuted_within: float = 0.1  # |strength| under which a contradicted chunk is refuted
    refuted_after: int = 2  # contradicting events that it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of the ledger: a chunk or a profile before and after, and why."""

    operation: Operation
    reason: str
    before: Chunk | Profile | None
    after: Chunk | Profile | None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the operations of one run have made of `base` so far."""

    base: Belief
    belief: Belief
    changes: tuple[Change, ...] = ()
    late: frozenset[int] = frozenset()  # events consumed before that this run reads once more
    counted_before: frozenset[tuple[int, int]] = frozenset()  # (chunk, event) pairs of these
    shared: tuple[Evidence, ...] = ()  # of `base`: of events that count for several chunks

    @classmethod
    def of(
        cls,
        belief: Belief,
        *,
        consumed_to: int | None = None,
        late: Iterable[int] = (),
        counted_before: frozenset[tuple[int, int]] = frozenset(),
        shared: Iterable[Evidence] = (),
    ) -> Draft:
        """A run that begins at `belief` and consumes the events up to `consumed_to`."""
        watermark = max(belief.watermark, consumed_to or 0)
        return cls(
            base=belief,
            belief=replace(belief, watermark=watermark),
            late=frozenset(late),
            counted_before=counted_before,
            shared=tuple(shared),
        )

    @property
    def counted(self) -> frozenset[tuple[int, int]]:
        """(chunk, event) pairs that this run, or an earlier reading, has already counted."""
        now = ((e.chunk_id, e.event_seq) for c in self.changes for e in c.evidence)
        return self.counted_before.union(now)

    def reads(self, event_seq: int) -> bool:
        """Whether the run reads this event: it was not consumed before, or is read once more."""
        return event_seq > self.base.watermark or event_seq in self.late

    def with_changes(self, *changes: Change) -> Draft:
        """The draft after further changes, in order."""
        belief = self.belief
        for change in changes:
            belief = applied(belief, change)
        return replace(self, belief=belief, changes=self.changes + changes)


def applied(belief: Belief, change: Change) -> Belief:
    """The belief after one change; the one rule by which runs and rebuilds from the ledger go."""
    if isinstance(change.after, Profile) or isinstance(change.before, Profile):
        profile = change.after if isinstance(change.after, Profile) else None
        return replace(belief, profile=profile)
    subject = change.after or change.before
    if subject is None:
        return belief
    chunks = {chunk.chunk_id: chunk for chunk in belief.chunks}
    if isinstance(change.after, Chunk):
        chunks[subject.chunk_id] = change.after
    else:
        chunks.pop(subject.chunk_id, None)
    return replace(belief, chunks=tuple(chunks[key] for key in sorted(chunks)))
