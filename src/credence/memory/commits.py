"""Writing a belief's next revision: head, ledger, chunks, evidence, profile, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Integer, bindparam, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.errors import LeaseLost, StaleBelief, UserNotFound
from credence.memory.glance import Glance
from credence.memory.ledger import Revision
from credence.memory.lifecycle.draft import Change
from credence.memory.looked import Looked
from credence.memory.model import Chunk, Person, Profile, Vector
from credence.memory.serial import evidence_to_json, fields_of, sentences_to_json, state_to_json
from credence.memory.tables import chunks, evidence, ledger, profiles, revisions, users
from credence.memory.trail import Trail
from credence.memory.vectors import to_bind

_DONE: dict[str, Any] = {
    "lease_owner": None,
    "lease_until": None,
    "failures": 0,
    "retry_at": None,
}
_CHUNK = [c for c in chunks.c if c.name not in {"tenant_id", "user_id", "embedding"}]


class Commits:
    """The only place that writes SQL about chunks, evidence, profiles and the ledger."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def commit(
        self,
        person: Person,
        revision: Revision,
        new_vectors: Mapping[int, Vector],
        *,
        lease: str,
        looked: Looked | None,
        glance: Glance,
    ) -> None:
        """Write one revision: head, ledger, chunks, evidence and profile, in this transaction.

        `looked` is the planner's; None, a correction, leaves open what it has yet to look at.
        `glance` is of the belief that the revision leads to, and lies with the head.

        Moving the head locks the person until the transaction ends, and ends the lease. Raises
        UserNotFound, StaleBelief if the head is not at the revision before, LeaseLost if the
        lease is no longer the person's.
        """
        whose = {"tenant_id": person.tenant, "user_id": person.user_id}
        written = [c for c in revision.changes if isinstance(c.after or c.before, Profile)]
        profile = written[-1].after if written else None
        head = asdict(glance) | ({"profile_version": None} if written else {})
        if isinstance(profile, Profile):
            head["profile_version"] = profile.version
        if looked is not None:
            head |= _checked(looked)
        await self._move_head(person, revision, head, lease=lease)
        await self._connection.execute(
            insert(revisions),
            {
                **whose,
                "revision": revision.number,
                "run_id": revision.run_id,
                "actor": revision.actor,
                "at": revision.at,
                "reason": revision.reason,
                "watermark": revision.watermark,
                "undoes": revision.undoes,
            },
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
                insert(profiles),
                {
                    **whose,
                    "version": profile.version,
                    "watermark": profile.watermark,
                    "sentences": sentences_to_json(profile.sentences),
                    "words": len(profile.narrative.split()),
                    "written_at": profile.written_at,
                },
            )

    async def _move_head(
        self, person: Person, revision: Revision, head: Mapping[str, Any], *, lease: str
    ) -> None:
        moved = await self._connection.execute(
            _own(person)
            .where(users.c.revision == revision.number - 1, users.c.lease_owner == lease)
            .values(
                revision=revision.number,
                watermark=revision.watermark,
                **_DONE,
                **head,
            )
        )
        if moved.rowcount == 0:
            now_at = (
                await self._connection.execute(
                    select(users.c.revision).where(
                        users.c.tenant_id == person.tenant, users.c.user_id == person.user_id
                    )
                )
            ).one_or_none()
            if now_at is None:
                raise UserNotFound(person.user_id)
            if now_at.revision != revision.number - 1:
                raise StaleBelief(revision.number - 1, now_at.revision)
            raise LeaseLost(person.user_id)

    async def mark_checked(self, person: Person, looked: Looked, *, lease: str) -> None:
        """The planner has looked; its lease ends. Raises LeaseLost."""
        marked = await self._connection.execute(
            _own(person).where(users.c.lease_owner == lease).values(**_checked(looked), **_DONE)
        )
        if marked.rowcount == 0:
            raise LeaseLost(person.user_id)

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
            await self._retract(Person(whose["tenant_id"], whose["user_id"]), revision.number)

    async def _retract(self, person: Person, number: int) -> None:
        """Evidence counts while its revision stands: also again, where an undo was undone."""
        taken_back = await Trail(self._connection).taken_back(person, at=number)
        gone = literal(sorted(taken_back), ARRAY(Integer))
        own = update(evidence).where(
            evidence.c.tenant_id == person.tenant, evidence.c.user_id == person.user_id
        )
        counts = evidence.c.retracted_in.is_(None)
        await self._connection.execute(
            own.where(~counts, evidence.c.revision != func.all(gone)).values(retracted_in=None)
        )
        await self._connection.execute(
            own.where(counts, evidence.c.revision == func.any(gone)).values(retracted_in=number)
        )


def _checked(looked: Looked) -> dict[str, Any]:
    return {
        "checked_seq": func.greatest(users.c.checked_seq, looked.to),
        "checked_at": looked.at,
        "shared_to": func.greatest(users.c.shared_to, looked.shared_to),
    }


def _own(person: Person) -> Any:
    return update(users).where(
        users.c.tenant_id == person.tenant, users.c.user_id == person.user_id
    )


def _where_chunk(whose: Mapping[str, str]) -> Any:
    return update(chunks).where(
        chunks.c.tenant_id == whose["tenant_id"],
        chunks.c.user_id == whose["user_id"],
        chunks.c.chunk_id == bindparam("new_chunk_id"),
    )


def _renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in row.items()}


def _chunk_row(chunk: Chunk) -> dict[str, Any]:
    return {**fields_of(chunk), "status": chunk.status.value, "aliases": list(chunk.aliases)}


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
