"""Belief states in Postgres: the current one as rows, every earlier one through the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Table,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.errors import RevisionNotFound, UserNotFound
from credence.memory.ledger import Revision
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
    sentences_from_json,
    state_from_json,
)
from credence.memory.tables import chunks, evidence, ledger, profiles, revisions, users
from credence.memory.vectors import as_bytes, from_bytes

_BARE = (  # a piece without its words, which are most of it
    evidence.c.chunk_id,
    evidence.c.seq,
    evidence.c.weight,
    literal("").label("words"),
    evidence.c.occurred_at,
)
CHUNK = [c for c in chunks.c if c.name not in {"tenant_id", "user_id", "embedding"}]


@dataclass(frozen=True, slots=True)
class Head:
    """What moves whenever the person's events or belief do; the time tells namesakes apart."""

    since: datetime
    revision: int
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A belief as it is stored, with the vectors of its chunks and where the person stands."""

    belief: Belief
    vectors: Mapping[int, Vector]
    head: Head
    shared_to: int  # the last event that has brought something to its item

    @property
    def last_seq(self) -> int:
        return self.head.last_seq


# Built once: on the way of every recommendation, building them costs as much as running them.
_OWN_CHUNKS = (chunks.c.tenant_id == users.c.tenant_id) & (chunks.c.user_id == users.c.user_id)
_HEAD = select(users.c.created_at, users.c.revision, users.c.last_seq).where(
    users.c.tenant_id == bindparam("tenant"), users.c.user_id == bindparam("user")
)
_WITH_CHUNKS = (
    select(
        users.c.created_at,
        users.c.revision.label("head_revision"),
        users.c.watermark,
        users.c.last_seq,
        users.c.profile_version,
        users.c.shared_to,
        *CHUNK,
        as_bytes(chunks.c.embedding).label("vector"),
    )
    .where(users.c.tenant_id == bindparam("tenant"), users.c.user_id == bindparam("user"))
    .order_by(chunks.c.chunk_id)
)
_HEAD_AND_CHUNKS = _WITH_CHUNKS.outerjoin(chunks, _OWN_CHUNKS)
_HEAD_AND_ACTIVE_CHUNKS = _WITH_CHUNKS.outerjoin(
    chunks, _OWN_CHUNKS & (chunks.c.status == Status.ACTIVE.value)
)
_PROFILE = select(profiles).where(
    profiles.c.tenant_id == bindparam("tenant"),
    profiles.c.user_id == bindparam("user"),
    profiles.c.version == bindparam("version"),
)

_LEFT = (
    select(ledger.c.after)
    .ext(distinct_on(ledger.c.chunk_id))  # the profile's changes bear none, and go as one
    .where(
        ledger.c.tenant_id == bindparam("tenant"),
        ledger.c.user_id == bindparam("user"),
        ledger.c.revision <= bindparam("revision"),
    )
    .where(  # a change from nothing to nothing is of neither
        (func.jsonb_typeof(ledger.c.before) == "object")
        | (func.jsonb_typeof(ledger.c.after) == "object")
    )
    .order_by(ledger.c.chunk_id, ledger.c.revision.desc(), ledger.c.position.desc())
)
_WATERMARK = select(revisions.c.watermark).where(
    revisions.c.tenant_id == bindparam("tenant"),
    revisions.c.user_id == bindparam("user"),
    revisions.c.revision == bindparam("revision"),
)


def _of(person: Person, table: Table) -> tuple[ColumnElement[bool], ...]:
    return table.c.tenant_id == person.tenant, table.c.user_id == person.user_id


def _whose(person: Person) -> dict[str, Any]:
    return {"tenant": person.tenant, "user": person.user_id}


class Beliefs:
    """Reads of chunks, evidence, profiles and the ledger."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def head(self, person: Person) -> Head:
        """Where the person stands. Raises UserNotFound."""
        row = (await self._connection.execute(_HEAD, _whose(person))).one_or_none()
        if row is None:
            raise UserNotFound(person.user_id)
        return Head(*row)

    async def load(self, person: Person) -> Held:
        """The belief as it stands. Raises UserNotFound."""
        held, version = await self._head_and_chunks(person, _HEAD_AND_CHUNKS)
        if version is None:
            return held
        row = (
            await self._connection.execute(_PROFILE, {**_whose(person), "version": version})
        ).one_or_none()
        if row is None:  # the person was erased between the two statements
            raise UserNotFound(person.user_id)
        return replace(held, belief=replace(held.belief, profile=profile_of(row)))

    async def load_for_ranking(self, person: Person) -> Held:
        """The active chunks alone: no ranker reads the rest. Raises UserNotFound."""
        held, _ = await self._head_and_chunks(person, _HEAD_AND_ACTIVE_CHUNKS)
        return held

    async def _head_and_chunks(
        self, person: Person, statement: Select[Any]
    ) -> tuple[Held, int | None]:
        """In one statement, so of one revision whatever commits meanwhile."""
        rows = (await self._connection.execute(statement, _whose(person))).all()
        if not rows:
            raise UserNotFound(person.user_id)
        head = rows[0]
        with_chunk = [row for row in rows if row.chunk_id is not None]
        belief = Belief(
            revision=head.head_revision,
            watermark=head.watermark,
            chunks=tuple(chunk_of(row) for row in with_chunk),
        )
        vectors = {row.chunk_id: from_bytes(row.vector) for row in with_chunk}
        at = Head(head.created_at, head.head_revision, head.last_seq)
        held = Held(belief=belief, vectors=vectors, head=at, shared_to=head.shared_to)
        return held, head.profile_version

    async def at_revision(self, person: Person, revision: int) -> Belief:
        """The belief as it stood, from the ledger alone. Raises RevisionNotFound.

        The last change of each chunk says how it was left, and that of the profile likewise, so
        that not every change since the first revision has to be read and made again.
        """
        head = await self.head(person)
        if not 0 <= revision <= head.revision:
            raise RevisionNotFound(revision, head.revision)
        if revision == 0:
            return Belief()
        known = {**_whose(person), "revision": revision}
        left = [state_from_json(row.after) for row in await self._connection.execute(_LEFT, known)]
        watermark = (await self._connection.execute(_WATERMARK, known)).scalar_one_or_none()
        if watermark is None:  # the person was erased between the statements
            raise UserNotFound(person.user_id)
        return Belief(
            revision=revision,
            watermark=watermark,
            chunks=tuple(state for state in left if isinstance(state, Chunk)),
            profile=next((state for state in left if isinstance(state, Profile)), None),
        )

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
        self, person: Person, *, upto: int | None = None, after: int = 0
    ) -> tuple[Revision, ...]:
        """Revisions with their changes, oldest first: above `after`, up to `upto`."""
        heads = select(revisions).where(*_of(person, revisions), revisions.c.revision > after)
        if upto is not None:
            heads = heads.where(revisions.c.revision <= upto)
        return await self._revisions(heads, select(ledger).where(*_of(person, ledger)))

    async def history_of(self, person: Person, chunk_id: int, *, most: int) -> tuple[Revision, ...]:
        """The latest revisions that changed the chunk, with those changes alone, oldest first."""
        changes = select(ledger).where(*_of(person, ledger), ledger.c.chunk_id == chunk_id)
        latest = (
            changes.with_only_columns(ledger.c.revision)
            .distinct()
            .order_by(ledger.c.revision.desc())
            .limit(most)
        )
        heads = select(revisions).where(*_of(person, revisions), revisions.c.revision.in_(latest))
        return await self._revisions(heads, changes)

    async def _revisions(self, heads: Select[Any], changes: Select[Any]) -> tuple[Revision, ...]:
        """These revisions, oldest first, with those of the changes that they made."""
        found = (await self._connection.execute(heads.order_by(revisions.c.revision))).all()
        if not found:
            return ()
        entries = await self._connection.execute(
            changes.where(
                ledger.c.revision.between(found[0].revision, found[-1].revision)
            ).order_by(ledger.c.revision, ledger.c.position)
        )
        made: dict[int, list[Change]] = {head.revision: [] for head in found}
        for row in entries:
            made[row.revision].append(_change_of(row))
        return tuple(_revision_of(head, made[head.revision]) for head in found)

    async def counted(self, person: Person, events: Sequence[int]) -> frozenset[tuple[int, int]]:
        """(chunk, event) pairs of these events with evidence, be it retracted."""
        rows = await self._connection.execute(
            select(evidence.c.chunk_id, evidence.c.seq)
            .where(evidence.c.tenant_id == person.tenant, evidence.c.user_id == person.user_id)
            .where(evidence.c.seq == func.any(literal(list(events), ARRAY(BigInteger))))
        )
        return frozenset((row.chunk_id, row.seq) for row in rows)

    async def shared_evidence(
        self, person: Person, *, also: Collection[int] = ()
    ) -> tuple[Evidence, ...]:
        """Evidence that counts now, without its words, of the events that count for more than one
        chunk, and of those in `also`, that may yet: what must not count twice where such chunks
        become one."""
        own = (evidence.c.tenant_id == person.tenant, evidence.c.user_id == person.user_id)
        counts = evidence.c.retracted_in.is_(None)
        several = (
            select(evidence.c.seq)
            .where(*own, counts)
            .group_by(evidence.c.seq)
            .having(func.count() > 1)
        )
        more = evidence.c.seq == func.any(literal(list(also), ARRAY(BigInteger)))
        query = (
            select(*_BARE)
            .where(*own, counts, evidence.c.seq.in_(several) | more)
            .order_by(evidence.c.chunk_id, evidence.c.seq)
        )
        return tuple(evidence_piece(row) for row in await self._connection.execute(query))

    async def evidence_of(
        self, person: Person, chunk_ids: Sequence[int], *, limit: int
    ) -> tuple[Evidence, ...]:
        """Evidence of these chunks that counts now, latest first."""
        query = (
            select(evidence)
            .where(evidence.c.tenant_id == person.tenant, evidence.c.user_id == person.user_id)
            .where(evidence.c.chunk_id == func.any(literal(list(chunk_ids), ARRAY(Integer))))
            .where(evidence.c.retracted_in.is_(None))
            .order_by(evidence.c.occurred_at.desc(), evidence.c.seq.desc(), evidence.c.chunk_id)
            .limit(limit)
        )
        return tuple(evidence_piece(row) for row in await self._connection.execute(query))


def evidence_piece(row: Any) -> Evidence:
    """A row of `evidence`."""
    return Evidence(
        chunk_id=row.chunk_id,
        event_seq=row.seq,
        weight=row.weight,
        words=row.words,
        occurred_at=row.occurred_at,
    )


def profile_of(row: Any) -> Profile:
    """A row of `profiles`."""
    return Profile(
        version=row.version,
        watermark=row.watermark,
        sentences=sentences_from_json(row.sentences),
        written_at=row.written_at,
    )


def chunk_of(row: Any) -> Chunk:
    """A row of `chunks`."""
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
        aliases=tuple(row.aliases),
        status=Status(row.status),
        merged_into=row.merged_into,
        stated=row.stated,
        last_like_at=row.last_like_at,
        last_dislike_at=row.last_dislike_at,
    )


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
