"""The belief as clients see it: three tiers, revisions, one chunk with its evidence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from credence.app.api.examples import Example, shown_as
from credence.app.reason_words import told
from credence.memory.ledger import Revision
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Action, Chunk, Profile, SeenEvent
from credence.memory.strength import contradicting, standing, statement, supporting

_CHUNK: Example = {
    "chunk_id": 3,
    "statement": "likes slow-burn stories",
    "text": "slow-burn stories",
    "category": "pace",
    "status": "active",
    "strength": 0.46,
    "confidence": 0.31,
    "low": 0.26,
    "high": 0.66,
    "supporting": 4,
    "contradicting": 1,
    "likes": 4,
    "dislikes": 1,
    "first_evidence_at": "2026-02-11T20:00:00Z",
    "last_evidence_at": "2026-05-01T19:30:00Z",
    "pinned": False,
    "edited": False,
    "merged_into": None,
}
_PROFILE: Example = {
    "version": 4,
    "narrative": "Likes slow-burn stories.",
    "sentences": [{"text": "Likes slow-burn stories.", "chunk_ids": [3]}],
    "written_at": "2026-05-01T19:31:00Z",
}
_EVENT: Example = {
    "seq": 12,
    "item_id": "left-hand",
    "title": "The Left Hand of Darkness",
    "action": "review",
    "rating": 4.5,
    "text": "Slow to start, then I could not put it down.",
    "occurred_at": "2026-05-01T19:30:00Z",
    "summary": "reviewed 4.5: The Left Hand of Darkness",
}
_CHANGE: Example = {
    "operation": "reinforcement",
    "chunk_id": 3,
    "statement": "likes slow-burn stories",
    "reason": "1 event agrees",
    "strength_before": 0.4,
    "strength_after": 0.46,
    "status_before": "active",
    "status_after": "active",
    "events": [12],
}
REVISION: Example = {
    "revision": 4,
    "at": "2026-05-01T19:31:00Z",
    "actor": "planner:adaptive",
    "reason": "3 events are pending and agree with what is known",
    "run_id": "0f6e5d4c3b2a19080f6e5d4c3b2a1908",
    "undoes": None,
    "changes": [_CHANGE],
}


class ChunkOut(BaseModel):
    """One small belief and how it stands at the time the answer is about."""

    model_config = shown_as(_CHUNK)

    chunk_id: int
    statement: str
    text: str
    category: str
    status: str
    strength: float
    confidence: float
    low: float
    high: float
    supporting: int
    contradicting: int
    likes: int
    dislikes: int
    first_evidence_at: datetime
    last_evidence_at: datetime
    pinned: bool
    edited: bool
    merged_into: int | None

    @classmethod
    def of(cls, chunk: Chunk, *, now: datetime, half_life: timedelta) -> ChunkOut:
        stands = standing(chunk, now=now, half_life=half_life)
        return cls(
            chunk_id=chunk.chunk_id,
            statement=statement(chunk),
            text=chunk.text,
            category=chunk.category,
            status=chunk.status.value,
            strength=stands.strength,
            confidence=stands.confidence,
            low=stands.low,
            high=stands.high,
            supporting=supporting(chunk),
            contradicting=contradicting(chunk),
            likes=chunk.likes,
            dislikes=chunk.dislikes,
            first_evidence_at=chunk.first_evidence_at,
            last_evidence_at=chunk.last_evidence_at,
            pinned=chunk.pinned,
            edited=chunk.edited,
            merged_into=chunk.merged_into,
        )


class SentenceOut(BaseModel):
    """One sentence of the profile and the chunks it rests on."""

    text: str
    chunk_ids: list[int]


class ProfileOut(BaseModel):
    """The narrative."""

    model_config = shown_as(_PROFILE)

    version: int
    narrative: str
    sentences: list[SentenceOut]
    written_at: datetime

    @classmethod
    def of(cls, profile: Profile | None) -> ProfileOut | None:
        if profile is None:
            return None
        return cls(
            version=profile.version,
            narrative=profile.narrative,
            sentences=[
                SentenceOut(text=s.text, chunk_ids=list(s.chunk_ids)) for s in profile.sentences
            ],
            written_at=profile.written_at,
        )


class RememberedEvent(BaseModel):
    """An event of event memory, with its item's title if the catalogue knows it."""

    model_config = shown_as(_EVENT)

    seq: int
    item_id: str | None
    title: str | None
    action: Action
    rating: float | None
    text: str
    occurred_at: datetime
    summary: str

    @classmethod
    def of(cls, seen: SeenEvent) -> RememberedEvent:
        event = seen.event
        return cls(
            seq=event.seq,
            item_id=event.item_id,
            title=seen.title,
            action=event.action,
            rating=event.rating,
            text=event.text,
            occurred_at=event.occurred_at,
            summary=told(seen),
        )


class BeliefOut(BaseModel):
    """The three tiers at one revision, evaluated at `as_of`; chunks strongest first."""

    model_config = shown_as(
        {
            "user_id": "ada",
            "revision": 4,
            "as_of": "2026-05-02T08:00:00Z",
            "pending": 0,
            "events": [_EVENT],
            "chunks": [_CHUNK],
            "profile": _PROFILE,
        }
    )

    user_id: str
    revision: int
    as_of: datetime
    pending: int
    events: list[RememberedEvent]
    chunks: list[ChunkOut]
    profile: ProfileOut | None


class ChangeOut(BaseModel):
    """One entry of the ledger; strengths are those at the time of the revision."""

    operation: str
    chunk_id: int | None
    statement: str | None
    reason: str
    strength_before: float | None
    strength_after: float | None
    status_before: str | None
    status_after: str | None
    events: list[int]

    @classmethod
    def of(cls, change: Change, *, now: datetime, half_life: timedelta) -> ChangeOut:
        before = change.before if isinstance(change.before, Chunk) else None
        after = change.after if isinstance(change.after, Chunk) else None
        subject = after or before
        return cls(
            operation=change.operation.value,
            chunk_id=subject.chunk_id if subject else None,
            statement=statement(subject) if subject else None,
            reason=change.reason,
            strength_before=_strength(before, now, half_life),
            strength_after=_strength(after, now, half_life),
            status_before=before.status.value if before else None,
            status_after=after.status.value if after else None,
            events=sorted({piece.event_seq for piece in change.evidence}),
        )


class RevisionOut(BaseModel):
    """One committed change of a belief: who, when, why, what. No changes: nothing was needed."""

    model_config = shown_as(REVISION)

    revision: int
    at: datetime
    actor: str
    reason: str
    run_id: str | None
    undoes: int | None
    changes: list[ChangeOut]

    @classmethod
    def of(cls, revision: Revision, *, half_life: timedelta) -> RevisionOut:
        return cls(
            revision=revision.number,
            at=revision.at,
            actor=revision.actor,
            reason=revision.reason,
            run_id=revision.run_id,
            undoes=revision.undoes,
            changes=[
                ChangeOut.of(change, now=revision.at, half_life=half_life)
                for change in revision.changes
            ],
        )


class HistoryPage(BaseModel):
    """Revisions, the latest first."""

    model_config = shown_as({"revisions": [REVISION], "next_cursor": None})

    revisions: list[RevisionOut]
    next_cursor: str | None


class Moved(BaseModel):
    """A chunk that both revisions believe, changed in between."""

    before: ChunkOut
    after: ChunkOut


class Difference(BaseModel):
    """What changed between two revisions, each evaluated at its own time."""

    model_config = shown_as(
        {
            "user_id": "ada",
            "from_revision": 3,
            "to_revision": 4,
            "added": [],
            "removed": [],
            "changed": [{"before": {**_CHUNK, "strength": 0.4, "likes": 3}, "after": _CHUNK}],
            "profile_before": None,
            "profile_after": _PROFILE,
        }
    )

    user_id: str
    from_revision: int
    to_revision: int
    added: list[ChunkOut]
    removed: list[ChunkOut]
    changed: list[Moved]
    profile_before: ProfileOut | None
    profile_after: ProfileOut | None


class EvidenceOut(BaseModel):
    """An event that counts for or against a chunk; `words` are what it rests on."""

    event: RememberedEvent
    weight: float
    direction: Literal["like", "dislike"]
    words: str


class ChunkDetail(BaseModel):
    """A chunk with its evidence, latest first, and its history, oldest first."""

    model_config = shown_as(
        {
            "chunk": _CHUNK,
            "evidence": [
                {
                    "event": _EVENT,
                    "weight": 0.6,
                    "direction": "like",
                    "words": "slow to start",
                }
            ],
            "history": [REVISION],
        }
    )

    chunk: ChunkOut
    evidence: list[EvidenceOut]
    history: list[RevisionOut]


def _strength(chunk: Chunk | None, now: datetime, half_life: timedelta) -> float | None:
    return None if chunk is None else standing(chunk, now=now, half_life=half_life).strength
