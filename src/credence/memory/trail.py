"""How a belief came about, as pages show it: what each event fed, how each chunk went.

Every read is bounded, and is about one person, so that others make none of them slower.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.model import Chunk, Evidence, Operation, Person, Profile
from credence.memory.serial import chunk_from_json, evidence_from_json, sentences_from_json
from credence.memory.tables import evidence, ledger, profiles, revisions


@dataclass(frozen=True, slots=True)
class Mark:
    """A revision and its time."""

    revision: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Stage:
    """A chunk as one revision left it."""

    revision: int
    at: datetime
    chunk: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of one chunk, and the revision that it belongs to."""

    revision: int
    at: datetime
    actor: str
    operation: Operation
    reason: str
    before: Chunk | None
    after: Chunk | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A version of a profile, without its words."""

    version: int
    words: int
    written_at: datetime


class Trail:
    """Reads of the ledger, of evidence and of profiles, for people who look at them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fed_by(
        self, person: Person, seqs: Sequence[int], *, revision: int, limit: int
    ) -> Mapping[int, Sequence[Evidence]]:
        """By event, what it counted for at a revision; the clearest first."""
        rows = await self._connection.execute(
            select(evidence)
            .where(evidence.c.tenant_id == person.tenant, evidence.c.user_id == person.user_id)
            .where(evidence.c.seq == func.any(literal(list(seqs), ARRAY(BigInteger))))
            .where(evidence.c.revision <= revision)
            .where(or_(evidence.c.retracted_in.is_(None), evidence.c.retracted_in > revision))
            .order_by(evidence.c.seq.desc(), func.abs(evidence.c.weight).desc())
            .order_by(evidence.c.chunk_id)
            .limit(limit)
        )
        found: dict[int, list[Evidence]] = {seq: [] for seq in seqs}
        for row in rows:
            found[row.seq].append(
                Evidence(
                    chunk_id=row.chunk_id,
                    event_seq=row.seq,
                    weight=row.weight,
                    words=row.words,
                    occurred_at=row.occurred_at,
                )
            )
        return found

    async def stages(
        self, person: Person, chunk_ids: Sequence[int], *, upto: int, most: int
    ) -> Mapping[int, Sequence[Stage]]:
        """By chunk, what the latest `most` changes up to a revision made of it, oldest first."""
        latest = (
            select(
                ledger.c.chunk_id,
                ledger.c.revision,
                ledger.c.position,
                ledger.c.after,
                func.row_number()
                .over(
                    partition_by=ledger.c.chunk_id,
                    order_by=(ledger.c.revision.desc(), ledger.c.position.desc()),
                )
                .label("back"),
            )
            .where(ledger.c.tenant_id == person.tenant, ledger.c.user_id == person.user_id)
            .where(ledger.c.chunk_id == func.any(literal(list(chunk_ids), ARRAY(Integer))))
            .where(ledger.c.revision <= upto)
            .subquery()
        )
        rows = await self._connection.execute(
            select(latest.c.chunk_id, latest.c.revision, latest.c.after, revisions.c.at)
            .join(
                revisions,
                (revisions.c.tenant_id == person.tenant)
                & (revisions.c.user_id == person.user_id)
                & (revisions.c.revision == latest.c.revision),
            )
            .where(latest.c.back <= most)
            .order_by(latest.c.chunk_id, latest.c.revision, latest.c.position)
        )
        found: dict[int, list[Stage]] = defaultdict(list)
        for row in rows:
            if row.after is not None:
                found[row.chunk_id].append(Stage(row.revision, row.at, chunk_from_json(row.after)))
        return found

    async def steps(self, person: Person, chunk_id: int, *, limit: int) -> Sequence[Step]:
        """The latest changes of a chunk, newest first."""
        rows = await self._connection.execute(
            select(ledger, revisions.c.at, revisions.c.actor)
            .join(
                revisions,
                (revisions.c.tenant_id == ledger.c.tenant_id)
                & (revisions.c.user_id == ledger.c.user_id)
                & (revisions.c.revision == ledger.c.revision),
            )
            .where(ledger.c.tenant_id == person.tenant, ledger.c.user_id == person.user_id)
            .where(ledger.c.chunk_id == chunk_id)
            .order_by(ledger.c.revision.desc(), ledger.c.position.desc())
            .limit(limit)
        )
        return [_step_of(row) for row in rows]

    async def marks(self, person: Person, *, limit: int) -> Sequence[Mark]:
        """The latest revisions and their times, oldest first."""
        rows = await self._connection.execute(
            select(revisions.c.revision, revisions.c.at)
            .where(revisions.c.tenant_id == person.tenant, revisions.c.user_id == person.user_id)
            .order_by(revisions.c.revision.desc())
            .limit(limit)
        )
        return [Mark(row.revision, row.at) for row in reversed(rows.all())]

    async def versions(self, person: Person, *, limit: int) -> Sequence[Written]:
        """The latest versions of the profile, newest first."""
        rows = await self._connection.execute(
            select(profiles.c.version, profiles.c.words, profiles.c.written_at)
            .where(profiles.c.tenant_id == person.tenant, profiles.c.user_id == person.user_id)
            .order_by(profiles.c.version.desc())
            .limit(limit)
        )
        return [Written(row.version, row.words, row.written_at) for row in rows]

    async def profiles(self, person: Person, versions: Sequence[int]) -> Mapping[int, Profile]:
        """Those of these versions of the profile that there are."""
        rows = await self._connection.execute(
            select(profiles)
            .where(profiles.c.tenant_id == person.tenant, profiles.c.user_id == person.user_id)
            .where(profiles.c.version == func.any(literal(list(versions), ARRAY(Integer))))
        )
        return {
            row.version: Profile(
                version=row.version,
                watermark=row.watermark,
                sentences=sentences_from_json(row.sentences),
                written_at=row.written_at,
            )
            for row in rows
        }


def _step_of(row: Any) -> Step:
    return Step(
        revision=row.revision,
        at=row.at,
        actor=row.actor,
        operation=Operation(row.operation),
        reason=row.reason,
        before=None if row.before is None else chunk_from_json(row.before),
        after=None if row.after is None else chunk_from_json(row.after),
        evidence=tuple(evidence_from_json(piece) for piece in row.evidence),
    )
