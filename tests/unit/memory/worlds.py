"""Small worlds for the pure part of memory: findings about a few topics by a few events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from credence.memory.lifecycle.bearing import Bearing
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.lifecycle.extraction import extract
from credence.memory.lifecycle.weighing import reinforce, weaken
from credence.memory.model import Belief, Chunk, Finding, Status

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RULES = Rules(half_life=timedelta(days=90))
TOPICS = ("slow-burn romance", "graphic violence", "lyrical prose", "heists")

weights = st.floats(-1, 1).filter(lambda w: abs(w) > 1e-3)
moments = st.integers(0, 700).map(lambda days: NOW - timedelta(days=days))


def findings(*, first_seq: int = 1, most: int = 12) -> st.SearchStrategy[tuple[Finding, ...]]:
    """Up to `most` findings, each of an event of its own, numbered from `first_seq`."""
    said = st.tuples(st.sampled_from(TOPICS), weights, moments)
    return st.lists(said, max_size=most).map(
        lambda rows: tuple(
            Finding(
                event_seq=first_seq + i,
                occurred_at=at,
                category="theme",
                topic=topic,
                weight=weight,
                words=f"about {topic}",
            )
            for i, (topic, weight, at) in enumerate(rows)
        )
    )


def bearings(belief: Belief, found: tuple[Finding, ...]) -> tuple[Bearing, ...]:
    """Match by the very words."""
    known = {chunk.text: chunk.chunk_id for chunk in belief.active}
    return tuple(Bearing(finding=f, chunk_id=known.get(f.topic)) for f in found)


def run(belief: Belief, found: tuple[Finding, ...]) -> Draft:
    """Extraction, reinforcement and weakening over these findings, consuming their events."""
    consumed = max((f.event_seq for f in found), default=belief.watermark)
    tied = bearings(belief, found)
    draft = extract(Draft.of(belief, consumed_to=consumed), tied, rules=RULES)
    draft = reinforce(draft, tied, rules=RULES)
    return weaken(draft, tied, rules=RULES)


def a_chunk(
    chunk_id: int = 1,
    *,
    text: str = "heists",
    liking: float = 1.0,
    disliking: float = 0.0,
    as_of: datetime = NOW,
    pinned: bool = False,
    edited: bool = False,
    stated: bool = False,
    status: Status = Status.ACTIVE,
) -> Chunk:
    return Chunk(
        chunk_id=chunk_id,
        category="theme",
        text=text,
        liking=liking,
        disliking=disliking,
        as_of=as_of,
        likes=round(liking),
        dislikes=round(disliking),
        first_evidence_at=as_of,
        last_evidence_at=as_of,
        pinned=pinned,
        edited=edited or stated,
        stated=stated,
        last_like_at=as_of if round(liking) else None,
        last_dislike_at=as_of if round(disliking) else None,
        status=status,
    )


masses = st.floats(0, 50)
chunks = st.builds(
    lambda liking, disliking, as_of, pinned, edited, stated: a_chunk(
        liking=liking,
        disliking=disliking,
        as_of=as_of,
        pinned=pinned,
        edited=edited,
        stated=stated,
    ),
    masses,
    masses,
    moments,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
