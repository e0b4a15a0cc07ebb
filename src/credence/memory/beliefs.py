"""Belief states in Postgres: the current one as rows, every earlier one through the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, case, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.errors import RevisionNotFound, StaleBelief, UserNotFound
from credence.memory.ledger import Revision, rebuilt
from credence.memory.lifecycle.draft import Change
from credence.memory.model import (
    Belief,
    Chunk,
    Evidence,
    Operation,
    Person,
    Profile,
    Status,
    Vector,
)
from credence.memory.serial import (
    evidence_from_json,
    evidence_to_json,
    sentences_from_json,
    sentences_to_json,
    state_from_json,
    state_to_json,
)
from credence.memory.tables import chunks, evidence, ledger, profiles, revisions, users
from credence.memory.vectors import as_bytes, from_bytes, to_bind

_CHUNK = [c for c in chunks.c if c.name not in {"tenant_id", "user_id", "embedding"}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A belief as it is stored, with the vectors of its chunks and the count of events."""

    belief: Belief
    vectors: Mapping[int, Vector]
    last_seq: int


# Built once: on the way of every recommendation, building them costs as much as running them.
_HEAD_AND_CHUNKS = (
    select(
        users.c.revision.label("head_revision"),
        users.c.watermark,
        users.c.last_seq,
        users.c.profile_version,
        *_CHUNK,
        as_bytes(chunks.c.embedding).label("vector"),
    )
    .outerjoin(
        chunks,
        (chunks.c.tenant_id == users.c.tenant_id) & (chunks.c.user_id == users.c.user_id),
    )
    .where(users.c.tenant_id == bindparam("tenant"), users.c.user_id == bindparam("user"))
    .order_by(chunks.c.chunk_id)
)
_PROFILE = select(profiles).where(
    profiles.c.tenant_id == bindparam("tenant"),
    profiles.c.user_id == bindparam("user"),
    profiles.c.version == bindparam("version"),
)


def _whose(person: Person) -> dict[str, Any]:
    return {"tenant": person.tenant, "user": person.user_id}


def _head(person: Person) -> Any:
    return select(users.c.revision, users.c.watermark, users.c.last_seq).where(
        users.c.tenant_id == person.tenant, users.c.user_id == person.user_id
    )


class Beliefs:
    """The only place that writes SQL about chunks, evidence, profiles and the ledger."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def load(self, person: Person) -> Held:
        """The belief as it stands. Raises UserNotFound."""
        held, version = await self._head_and_chunks(person)
        if version is None:
            return held
        row = (
            await self._connection.execute(_PROFILE, {**_whose(person), "version": version})
        ).one_or_none()
        if row is None:  # the person was erased between the two statements
            raise UserNotFound(person.user_id)
        profile = Profile(
            version=row.version,
            watermark=row.watermark,
            sentences=sentences_from_json(row.sentences),
            written_at=row.written_at,
        )
        return replace(held, belief=replace(held.belief, profile=profile))

    async def load_for_ranking(self, person: Person) -> Held:
        """The belief without its profile, which no ranker reads. Raises UserNotFound."""
        held, _ = await self._head_and_chunks(person)
        return held

    async def _head_and_chunks(self, person: Person) -> tuple[Held, int | None]:
        """In one statement, so of one revision whatever commits meanwhile."""
        rows = (await self._connection.execute(_HEAD_AND_CHUNKS, _whose(person))).all()
        if not rows:
            raise UserNotFound(person.user_id)
        head = rows[0]
        with_chunk = [row for row in rows if row.chunk_id is not None]
        belief = Belief(
            revision=head.head_revision,
            watermark=head.watermark,
            chunks=tuple(_chunk_of(row) for row in with_chunk),
        )
        vectors = {row.chunk_id: from_bytes(row.vector) for row in with_chunk}
        return Held(belief=belief, vectors=vectors, last_seq=head.last_seq), head.profile_version

    async def commit(
        self, person: Person, revision: Revision, new_vectors: Mapping[int, Vector], *, owner: str
    ) -> None:
        """Write one revision: head, ledger, chunks, evidence and profile, in this transaction.

        Moving the head locks the person until the transaction ends, and ends the lease if it is
        `owner`'s. Raises StaleBelief if the head is not at the revision before, UserNotFound.
        """
        whose = {"tenant_id": person.tenant, "user_id": person.user_id}
        written = [c for c in revision.changes if isinstance(c.after or c.before, Profile)]
        profile = written[-1].after if written else None
        head: dict[str, Any] = {"profile_version": None} if written else {}
        if isinstance(profile, Profile):
            head["profile_version"] = profile.version
        await self._move_head(person, revision, head, owner=owner)
        await self._connection.execute(
            insert(revisions).values(
                **whose,
                revision=revision.number,
                run_id=revision.run_id,
                actor=revision.actor,
                at=revision.at,
                reason=revision.reason,
                watermark=revision.watermark,
                undoes=revision.undoes,
            )
        )
        if revision.changes:
            await self._connection.execute(
                insert(ledger),
                [
                    {**whose, "revision": revision.number, "position": i, **_entry(change)}
                    for i, change in enumerate(revision.changes)
                ],
            )
        await self._write_chunks(whose, revision.changes, new_vectors)
        await self._write_evidence(whose, revision)
        if isinstance(profile, Profile):
            await self._connection.execute(
                insert(profiles).values(
                    **whose,
                    version=profile.version,
                    watermark=profile.watermark,
                    sentences=sentences_to_json(profile.sentences),
                    words=len(profile.narrative.split()),
                    written_at=profile.written_at,
                )
            )

    async def _move_head(
        self, person: Person, revision: Revision, head: Mapping[str, Any], *, owner: str
    ) -> None:
        moved = await self._connection.execute(
            _own(person)
            .where(users.c.revision == revision.number - 1)
            .values(
                revision=revision.number,
                watermark=revision.watermark,
                checked_seq=func.greatest(users.c.checked_seq, revision.watermark),
                **_lease_ended(owner),
                **head,
            )
        )
        if moved.rowcount == 0:
            now_at = (await self._connection.execute(_head(person))).one_or_none()
            if now_at is None:
                raise UserNotFound(person.user_id)
            raise StaleBelief(revision.number - 1, now_at.revision)

    async def mark_checked(self, person: Person, seq: int, *, owner: str) -> None:
        """The planner has looked at the events up to `seq`; its lease ends."""
        await self._connection.execute(
            _own(person).values(
                checked_seq=func.greatest(users.c.checked_seq, seq), **_lease_ended(owner)
            )
        )

    async def at_revision(self, person: Person, revision: int) -> Belief:
        """The belief as it stood, rebuilt from the ledger alone. Raises RevisionNotFound."""
        head = (await self._connection.execute(_head(person))).one_or_none()
        if head is None:
            raise UserNotFound(person.user_id)
        if not 0 <= revision <= head.revision:
            raise RevisionNotFound(revision, head.revision)
        return rebuilt(await self.history(person, upto=revision))

    async def revision_at(self, person: Person, moment: datetime) -> int:
        """The last revision committed at or before `moment`; 0 if there was none."""
        found = await self._connection.execute(
            select(func.max(revisions.c.revision)).where(
                revisions.c.tenant_id == person.tenant,
                revisions.c.user_id == person.user_id,
                revisions.c.at <= moment,
            )
        )
        return found.scalar_one() or 0

    async def history(
        self,
        person: Person,
        *,
        upto: int | None = None,
        after: int = 0,
        limit: int | None = None,
        chunk_id: int | None = None,
    ) -> tuple[Revision, ...]:
        """Revisions with their changes, oldest first: above `after`, up to `upto`."""
        query = (
            select(revisions)
            .where(revisions.c.tenant_id == person.tenant, revisions.c.user_id == person.user_id)
            .where(revisions.c.revision > after)
            .order_by(revisions.c.revision)
        )
        if upto is not None:
            query = query.where(revisions.c.revision <= upto)
        if limit is not None:
            query = query.limit(limit)
        if chunk_id is not None:
            touched = select(ledger.c.revision).where(
                ledger.c.tenant_id == person.tenant,
                ledger.c.user_id == person.user_id,
                ledger.c.chunk_id == chunk_id,
            )
            query = query.where(revisions.c.revision.in_(touched))
        heads = (await self._connection.execute(query)).all()
        if not heads:
            return ()
        entries = await self._connection.execute(
            select(ledger)
            .where(ledger.c.tenant_id == person.tenant, ledger.c.user_id == person.user_id)
            .where(ledger.c.revision.between(heads[0].revision, heads[-1].revision))
            .order_by(ledger.c.revision, ledger.c.position)
        )
        changes: dict[int, list[Change]] = {head.revision: [] for head in heads}
        for row in entries:
            if row.revision in changes and chunk_id in (None, row.chunk_id):
                changes[row.revision].append(_change_of(row))
        return tuple(_revision_of(head, changes[head.revision]) for head in heads)

    async def evidence_of(
        self, person: Person, chunk_ids: Sequence[int], *, limit: int, revision: int | None = None
    ) -> tuple[Evidence, ...]:
        """Evidence of these chunks, latest first, as it stood at `revision` (default now)."""
        query = (
            select(evidence)
            .where(evidence.c.tenant_id == person.tenant, evidence.c.user_id == person.user_id)
            .where(evidence.c.chunk_id == func.any(literal(list(chunk_ids), ARRAY(Integer))))
            .order_by(evidence.c.occurred_at.desc(), evidence.c.seq.desc(), evidence.c.chunk_id)
            .limit(limit)
        )
        if revision is None:
            query = query.where(evidence.c.retracted_in.is_(None))
        else:
            query = query.where(evidence.c.revision <= revision).where(
                or_(evidence.c.retracted_in.is_(None), evidence.c.retracted_in > revision)
            )
        return tuple(
            Evidence(
                chunk_id=row.chunk_id,
                event_seq=row.seq,
                weight=row.weight,
                words=row.words,
                occurred_at=row.occurred_at,
            )
            for row in await self._connection.execute(query)
        )

    async def _write_chunks(
        self, whose: Mapping[str, str], changes: Sequence[Change], vectors: Mapping[int, Vector]
    ) -> None:
        last = {c.after.chunk_id: c.after for c in changes if isinstance(c.after, Chunk)}
        known = {c.before.chunk_id for c in changes if isinstance(c.before, Chunk)} - {
            c.after.chunk_id for c in changes if c.before is None and isinstance(c.after, Chunk)
        }
        born = [
            {**whose, **_chunk_row(chunk), "embedding": to_bind(vectors[key])}
            for key, chunk in sorted(last.items())
            if key not in known
        ]
        moved = [_renamed(_chunk_row(last[key])) for key in sorted(known & last.keys())]
        if born:
            await self._connection.execute(insert(chunks), born)
        if moved:
            await self._connection.execute(
                _where_chunk(whose).values(
                    {c.name: bindparam(f"new_{c.name}") for c in _CHUNK if c.name != "chunk_id"}
                ),
                moved,
            )
        reworded = [
            {"new_chunk_id": key, "new_embedding": to_bind(vectors[key])}
            for key in sorted(known & vectors.keys())
        ]
        if reworded:
            await self._connection.execute(
                _where_chunk(whose).values(
                    embedding=bindparam("new_embedding", type_=chunks.c.embedding.type)
                ),
                reworded,
            )

    async def _write_evidence(self, whose: Mapping[str, str], revision: Revision) -> None:
        new = [
            {
                **whose,
                "chunk_id": piece.chunk_id,
                "seq": piece.event_seq,
                "weight": piece.weight,
                "words": piece.words,
                "occurred_at": piece.occurred_at,
                "revision": revision.number,
            }
            for change in revision.changes
            for piece in change.evidence
        ]
        if new:
            await self._connection.execute(insert(evidence), new)
        if revision.undoes is not None:
            await self._connection.execute(
                update(evidence)
                .where(
                    evidence.c.tenant_id == whose["tenant_id"],
                    evidence.c.user_id == whose["user_id"],
                    evidence.c.revision == revision.undoes,
                )
                .values(retracted_in=revision.number)
            )


def _own(person: Person) -> Any:
    return update(users).where(
        users.c.tenant_id == person.tenant, users.c.user_id == person.user_id
    )


def _lease_ended(owner: str) -> dict[str, Any]:
    """The lease columns after a run of `owner`: empty if the lease was its, else untouched."""
    own = users.c.lease_owner == owner
    return {
        "lease_owner": case((own, None), else_=users.c.lease_owner),
        "lease_until": case((own, None), else_=users.c.lease_until),
    }


def _where_chunk(whose: Mapping[str, str]) -> Any:
    return update(chunks).where(
        chunks.c.tenant_id == whose["tenant_id"],
        chunks.c.user_id == whose["user_id"],
        chunks.c.chunk_id == bindparam("new_chunk_id"),
    )


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in row.items()}


def _chunk_row(chunk: Chunk) -> dict[str, Any]:
    return {**asdict(chunk), "status": chunk.status.value}


def _chunk_of(row: Any) -> Chunk:
    return Chunk(
        chunk_id=row.chunk_id,
        category=row.category,
        text=row.text,
        liking=row.liking,
        disliking=row.disliking,
        as_of=row.as_of,
        likes=row.likes,
        dislikes=row.dislikes,
        first_evidence_at=row.first_evidence_at,
        last_evidence_at=row.last_evidence_at,
        pinned=row.pinned,
        edited=row.edited,
        status=Status(row.status),
        merged_into=row.merged_into,
    )


def _entry(change: Change) -> dict[str, Any]:
    subject = change.after or change.before
    return {
        "operation": change.operation.value,
        "chunk_id": subject.chunk_id if isinstance(subject, Chunk) else None,
        "reason": change.reason,
        "before": state_to_json(change.before),
        "after": state_to_json(change.after),
        "evidence": [evidence_to_json(piece) for piece in change.evidence],
    }


def _change_of(row: Any) -> Change:
    return Change(
        operation=Operation(row.operation),
        reason=row.reason,
        before=state_from_json(row.before),
        after=state_from_json(row.after),
        evidence=tuple(evidence_from_json(piece) for piece in row.evidence),
    )


def _revision_of(head: Any, changes: Sequence[Change]) -> Revision:
    return Revision(
        number=head.revision,
        run_id=head.run_id,
        actor=head.actor,
        at=head.at,
        reason=head.reason,
        watermark=head.watermark,
        undoes=head.undoes,
        changes=tuple(changes),
    )
