"""How a belief came about, as pages show it: what each event fed, how each chunk went.

Every answer is bounded, and is about one person, so that others make none of them slower. What
is ordered to find it grows with the ledger of that person, as does no list that is handed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Integer,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.beliefs import evidence_piece, profile_of
from credence.memory.lifecycle.undo import taken_back
from credence.memory.model import Chunk, Evidence, Operation, Person, Profile, Status
from credence.memory.serial import chunk_from_json, evidence_from_json
from credence.memory.strength import PRIOR
from credence.memory.tables import evidence, ledger, profiles, revisions


@dataclass(frozen=True, slots=True)
class Mark:
    """A revision and its time."""

    revision: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A revision without its changes: who, when and why, and how often it did what."""

    number: int
    run_id: str | None
    actor: str
    at: datetime
    reason: str
    undoes: int | None
    operations: Mapping[Operation, int]  # in the order in which they run

    @property
    def changes(self) -> int:
        """How many there are."""
        return sum(self.operations.values())


@dataclass(frozen=True, slots=True)
class Fed:
    """The clearest of what an event counted for, and how much there is."""

    pieces: Sequence[Evidence] = ()
    total: int = 0


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
        self, person: Person, seqs: Sequence[int], *, revision: int, most: int
    ) -> Mapping[int, Fed]:
        """By event, the first `most` that it counted for at a revision; the clearest first."""
        gone = await self.taken_back(person, at=revision)
        clearest = (func.abs(evidence.c.weight).desc(), evidence.c.chunk_id)
        counted = (
            select(
                evidence,
                func.row_number()
                .over(partition_by=evidence.c.seq, order_by=clearest)
                .label("place"),
                func.count().over(partition_by=evidence.c.seq).label("total"),
            )
            .where(evidence.c.tenant_id == person.tenant, evidence.c.user_id == person.user_id)
            .where(evidence.c.seq == func.any(literal(list(seqs), ARRAY(BigInteger))))
            .where(evidence.c.revision <= revision)
            .where(evidence.c.revision != func.all(literal(sorted(gone), ARRAY(Integer))))
            .subquery()
        )
        rows = await self._connection.execute(
            select(counted).where(counted.c.place <= most).order_by(counted.c.seq, counted.c.place)
        )
        pieces: dict[int, list[Evidence]] = defaultdict(list)
        totals: dict[int, int] = {}
        for row in rows:
            totals[row.seq] = row.total
            pieces[row.seq].append(evidence_piece(row))
        return {seq: Fed(pieces[seq], totals.get(seq, 0)) for seq in seqs}

    async def taken_back(self, person: Person, *, at: int) -> frozenset[int]:
        """The revisions that did not stand any more at a revision."""
        rows = await self._connection.execute(
            select(revisions.c.revision, revisions.c.undoes)
            .where(revisions.c.tenant_id == person.tenant, revisions.c.user_id == person.user_id)
            .where(revisions.c.undoes.is_not(None), revisions.c.revision <= at)
        )
        return taken_back((row.revision, row.undoes) for row in rows)

    async def strongest_since(self, person: Person, revision: int, *, most: int) -> frozenset[int]:
        """The chunks whose changes from a revision on led from, or to, the strongest beliefs.

        Between changes a belief only fades: it is strongest right after one of them.
        """
        peak = func.max(func.greatest(_strength(ledger.c.before), _strength(ledger.c.after)))
        rows = await self._connection.execute(
            select(ledger.c.chunk_id)
            .where(ledger.c.tenant_id == person.tenant, ledger.c.user_id == person.user_id)
            .where(ledger.c.revision >= revision, ledger.c.chunk_id.is_not(None))
            .group_by(ledger.c.chunk_id)
            .order_by(peak.desc(), ledger.c.chunk_id)
            .limit(most)
        )
        return frozenset(row.chunk_id for row in rows)

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

    async def entries(self, person: Person, *, upto: int, limit: int) -> Sequence[Entry]:
        """The latest revisions up to this one, newest first."""
        heads = (
            await self._connection.execute(
                select(revisions)
                .where(revisions.c.tenant_id == person.tenant)
                .where(revisions.c.user_id == person.user_id, revisions.c.revision <= upto)
                .order_by(revisions.c.revision.desc())
                .limit(limit)
            )
        ).all()
        rows = await self._connection.execute(
            select(ledger.c.revision, ledger.c.operation, func.count().label("times"))
            .where(ledger.c.tenant_id == person.tenant, ledger.c.user_id == person.user_id)
            .where(
                ledger.c.revision
                == func.any(literal([head.revision for head in heads], ARRAY(Integer)))
            )
            .group_by(ledger.c.revision, ledger.c.operation)
        )
        did: dict[int, dict[str, int]] = defaultdict(dict)
        for row in rows:
            did[row.revision][row.operation] = row.times
        return [
            Entry(
                number=head.revision,
                run_id=head.run_id,
                actor=head.actor,
                at=head.at,
                reason=head.reason,
                undoes=head.undoes,
                operations={
                    kind: did[head.revision][kind.value]
                    for kind in Operation
                    if kind.value in did[head.revision]
                },
            )
            for head in heads
        ]

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
        return {row.version: profile_of(row) for row in rows}


def _strength(state: ColumnElement[Any]) -> ColumnElement[float]:
    """How far from 0 the strength of a chunk was at its change; -1 where it was not believed."""
    liking = cast(state["liking"].astext, Double)
    disliking = cast(state["disliking"].astext, Double)
    return case(
        (
            state["status"].astext == Status.ACTIVE.value,
            func.abs(liking - disliking) / (liking + disliking + 2 * PRIOR),
        ),
        else_=-1.0,
    )


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
