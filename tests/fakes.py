"""Fakes that keep their contracts: a deterministic encoder, and memory without Postgres."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from credence.memory.errors import StaleBelief
from credence.memory.glance import Glance
from credence.memory.ledger import Revision, advanced
from credence.memory.lifecycle.draft import Rules
from credence.memory.looked import Looked
from credence.memory.model import Action, Belief, Event, Evidence, Finding, Person, Vector
from credence.memory.planner_run import PlannerRun
from credence.planner.context import Context, Policy
from credence.planner.extraction.extractor import Extractor
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.policies.adaptive import AdaptivePolicy
from credence.planner.ranking.case import Ranker
from credence.planner.state import Snapshot
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DIMENSION = 384
_OUTRIGHT = re.compile(r"\s*(.*\S)\s+([-+]?\d+(?:\.\d+)?)\s*")


def vector_of(text: str) -> Vector:
    """A unit vector that only this text has; two texts are nearly orthogonal."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    row = np.random.default_rng(seed).standard_normal(DIMENSION)
    return (row / np.linalg.norm(row)).astype(np.float32)


async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    rows = [vector_of(text) for text in texts]
    return np.array(rows, dtype=np.float32).reshape(len(rows), DIMENSION)


class SaidOutright:
    """An extractor for events whose text reads "topic +0.8; other topic -0.5"; other words tell
    it nothing."""

    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        findings = tuple(
            Finding(
                event_seq=w.event.seq,
                occurred_at=w.event.occurred_at,
                category="trope",
                topic=said[1],
                weight=float(said[2]),
                words=part.strip(),
            )
            for w in events
            for part in w.event.text.split(";")
            if (said := _OUTRIGHT.fullmatch(part)) is not None
        )
        return Extraction(findings=findings, said={})


@dataclass
class MemoryInMind:
    """`planner.context.Store` over plain objects, with the same refusals."""

    belief: Belief = field(default_factory=Belief)
    events: list[Event] = field(default_factory=list)
    vectors: dict[int, Vector] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)
    runs: list[PlannerRun] = field(default_factory=list)
    late: list[Witnessed] = field(default_factory=list)
    counted: frozenset[tuple[int, int]] = frozenset()
    looked: Looked | None = None
    glance: Glance = field(default_factory=Glance)

    async def observe(self, person: Person) -> Snapshot:
        pending = [e for e in self.events if e.seq > self.belief.watermark]
        return Snapshot(
            belief=self.belief,
            vectors=dict(self.vectors),
            pending=tuple(Witnessed(event=e, item=None, item_vector=None) for e in pending),
            last_seq=self.events[-1].seq if self.events else 0,
            head_seq=self.events[-1].seq if self.events else 0,
            late=tuple(self.late),
            late_seqs=tuple(witnessed.event.seq for witnessed in self.late),
            counted=self.counted,
        )

    async def belief_of(self, person: Person) -> Belief:
        return self.belief

    async def shared_evidence(
        self, person: Person, *, also: Collection[int] = ()
    ) -> tuple[Evidence, ...]:
        pieces = [p for made in self.revisions for c in made.changes for p in c.evidence]
        times = Counter(piece.event_seq for piece in pieces)
        return tuple(
            replace(p, words="") for p in pieces if times[p.event_seq] > 1 or p.event_seq in also
        )

    async def is_over(self, person: Person, run_id: str) -> bool:
        return any(run.run_id == run_id for run in self.runs)

    async def commit(
        self,
        person: Person,
        revision: Revision,
        vectors: Mapping[int, Vector],
        run: PlannerRun | None,
        *,
        lease: str,
        looked: Looked | None,
        glance: Glance,
    ) -> None:
        if revision.number != self.belief.revision + 1:
            raise StaleBelief(revision.number - 1, self.belief.revision)
        self.belief = advanced(self.belief, revision)
        self.vectors |= vectors
        self.revisions.append(revision)
        self.looked, self.glance = looked, glance
        self.runs += [run] if run else []

    async def record(self, person: Person, run: PlannerRun, *, lease: str, looked: Looked) -> None:
        self.runs.append(run)
        self.looked = looked


@dataclass(frozen=True)
class OneForAll:
    """`planner.counter.Rankers` where no tenant has its own."""

    ranker: Ranker

    async def of(self, tenant: str) -> Ranker:
        return self.ranker


def says(seq: int, text: str, *, days_ago: float = 0) -> Event:
    """An event that the extractor above can read."""
    at = NOW - timedelta(days=days_ago)
    return Event(
        seq=seq,
        item_id=None,
        action=Action.REVIEW,
        rating=None,
        text=text,
        metadata={},
        occurred_at=at,
        recorded_at=at,
    )


def a_context(store: MemoryInMind, *, policy: Policy | None = None) -> Context:
    rules = Rules()
    reader: Extractor = SaidOutright()
    return Context(
        store=store,
        policy=policy or AdaptivePolicy(),
        reader=reader,
        extractor=reader,
        synthesizer=BuiltInSynthesizer(half_life=rules.half_life),
        embed_phrases=embed,
        words=None,
        rules=rules,
        clock=lambda: NOW,
        timer=lambda: 0.0,
    )
