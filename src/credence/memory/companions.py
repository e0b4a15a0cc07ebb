"""What people who chose some items also chose: candidates, and the neighbours of an item."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Double,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    column,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.collaborative.audience import SAMPLE
from credence.memory.collaborative.voices import Echoes, Written
from credence.memory.model import Person
from credence.memory.tables import contributions, item_memories, items
from credence.memory.vectors import as_bytes, from_bytes

_CHOSEN = 0.5  # engagement from which somebody chose an item
_OF_ONE = 500  # items looked at of one person, so that nobody's are looked at for ever
_DOUBT = 2.0  # as in the affinity of audiences
_READ = 32  # people of a pair whose words are compared: those with the lowest keys
_MORE = 4  # items looked at for every one wanted, as those that echoes brought may fall out


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """An item, and how many of the people asked about chose it too, estimated beyond `_READ`."""

    item_id: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """An item that some people chose too, and how much that tells."""

    item_id: str
    keys: tuple[int, ...]  # of the people, ascending; of more than `_READ` the first
    people: int
    telling: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stands:
    """A companion that enough voices stand behind, and how much that tells."""

    companion: Companion
    telling: float


class Companions:
    """Reads contributions across people; answers only what enough people stand behind."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(
        self,
        person: Person,
        counted: Mapping[str, float],
        *,
        least: int,
        limit: int,
        asked: int = SAMPLE,
    ) -> tuple[Companion, ...]:
        """Items chosen by at least `least` others who chose any of `counted`, which says how much
        the company of each counts, above 0; the most telling first, those of the catalogue that
        the person has not dealt with.

        Of each item's people the `asked` with the lowest keys are asked. Who chose several of
        them counts more, and so does one of few who were asked; what they disliked counts
        against, and what everybody chooses counts less. Of n people who say the same of an item
        each counts 1/n, for the pair as for the memory of the other item. An empty user id is
        nobody. Ties by id.
        """
        ids = sorted(counted)
        rows = await self._connection.execute(
            _COMPANIONS,
            {
                "tenant": person.tenant,
                "user": person.user_id,
                "ids": ids,
                "counts": [counted[item_id] for item_id in ids],
                "least": least,
                "most": _MORE * limit,
                "asked": max(asked, least),
            },
        )
        read = max(_READ, least)
        met = [
            _Met(
                item_id=row.item_id,
                keys=tuple(sorted(row.met)[:read]),
                people=row.people,
                telling=row.telling,
            )
            for row in rows
        ]
        found: list[_Stands] = []
        while met and not _settled(found, limit, met[0]):
            batch, met = met[:limit], met[limit:]
            written = await self._written(person.tenant, ids, batch)
            found += await asyncio.to_thread(_counted, batch, ids, written, least)
            found.sort(key=lambda one: (-one.telling, one.companion.item_id))
        return tuple(one.companion for one in found[:limit])

    async def _written(
        self, tenant: str, ids: Sequence[str], met: Sequence[_Met]
    ) -> Mapping[str, Written]:
        """What the people of these pairs wrote of their items, where any of them did."""
        wanted = [(one.item_id, key) for one in met for key in one.keys]
        rows = await self._connection.execute(
            _WORDS,
            {
                "tenant": tenant,
                "ids": list(ids),
                "everybody": sorted({key for _, key in wanted}),
                "items": [item_id for item_id, _ in wanted],
                "keys": [key for _, key in wanted],
            },
        )
        told = sorted(rows.all(), key=lambda row: (row.item_id, row.person_key))
        return {
            item_id: _as_written([(row.person_key, row.vector) for row in group])
            for item_id, group in groupby(told, key=lambda row: row.item_id)
        }


def _as_written(rows: Sequence[tuple[int, bytes]]) -> Written:
    words = np.stack([from_bytes(data) for _, data in rows]).astype(np.float64)
    lengths = np.linalg.norm(words, axis=1, keepdims=True)
    return Written(
        people=np.array([key for key, _ in rows], dtype=np.int64),
        directions=words / np.where(lengths > 0, lengths, 1.0),
    )


def _counted(
    met: Sequence[_Met], ids: Sequence[str], written: Mapping[str, Written], least: int
) -> list[_Stands]:
    """Those items that enough voices stand behind; an item tells the less the more are echoes."""
    everybody = [key for one in met for key in one.keys]
    echoes = Echoes(everybody, [written[item_id] for item_id in {*ids} if item_id in written])
    found = []
    for one in met:
        voices = echoes.voices(one.keys, written.get(one.item_id))
        if voices >= least:
            share = voices / len(one.keys)
            companion = Companion(item_id=one.item_id, people=int(one.people * share + 1e-9))
            found.append(_Stands(companion=companion, telling=one.telling * share))
    return found


def _settled(found: Sequence[_Stands], most: int, following: _Met) -> bool:
    """Whether none that follows can be of the first `most`: echoes only make it tell less."""
    return len(found) >= most and found[most - 1].telling >= following.telling


def _statement() -> Any:
    wanted = (
        func.unnest(bindparam("ids", type_=ARRAY(Text)), bindparam("counts", type_=ARRAY(Double)))
        .table_valued(column("id", Text), column("counts", Double))
        .render_derived("wanted")
    )
    tenant = bindparam("tenant", type_=Text)
    asked = (
        select(contributions.c.user_id)
        .where(contributions.c.tenant_id == tenant, contributions.c.item_id == wanted.c.id)
        .where(contributions.c.user_id != bindparam("user"))
        .where(contributions.c.engaged >= _CHOSEN, contributions.c.opinion >= 0)
        .order_by(contributions.c.person_key)
        .limit(bindparam("asked"))
        .correlate(wanted)
        .lateral("asked")
    )
    of_item = func.count().over(partition_by=wanted.c.id)
    each = (
        select(asked.c.user_id, (wanted.c.counts / func.sqrt(of_item + _DOUBT)).label("counts"))
        .select_from(wanted.join(asked, true()))
        .subquery("each")
    )
    people = (
        select(each.c.user_id, func.sum(each.c.counts).label("counts"))
        .group_by(each.c.user_id)
        .cte("people")
    )
    theirs = contributions.alias("theirs")
    chosen = (
        select(
            theirs.c.item_id,
            theirs.c.person_key,
            case((theirs.c.opinion >= 0, 1.0), else_=-0.5).cast(Double).label("weight"),
        )
        .where(theirs.c.tenant_id == tenant, theirs.c.user_id == people.c.user_id)
        .where(theirs.c.engaged >= _CHOSEN)
        .order_by(theirs.c.item_id)
        .limit(_OF_ONE)
        .correlate(people)
        .lateral("chosen")
    )
    own = (
        select(contributions.c.item_id)
        .where(contributions.c.tenant_id == tenant, contributions.c.user_id == bindparam("user"))
        .where(contributions.c.item_id == chosen.c.item_id)
        .correlate(chosen)
    )
    count, weight = func.count(), func.sum(chosen.c.weight * people.c.counts)
    least = bindparam("least", type_=Integer)
    shared = (
        select(
            chosen.c.item_id,
            count.label("people"),
            weight.label("weight"),
            func.array_agg(chosen.c.person_key).label("met"),
        )
        .select_from(people.join(chosen, true()))
        .where(chosen.c.item_id != func.all(bindparam("ids", type_=ARRAY(Text))))
        .where(~own.exists())
        .group_by(chosen.c.item_id)
        .having(count >= least, weight > 0)
        .subquery("shared")
    )
    memory = item_memories.c
    telling = shared.c.weight / func.sqrt(memory.mass + _DOUBT)
    return (
        select(shared.c.item_id, shared.c.people, shared.c.met, telling.label("telling"))
        .select_from(
            shared.join(
                item_memories,
                and_(memory.tenant_id == tenant, memory.item_id == shared.c.item_id),
            ).join(items, and_(items.c.tenant_id == tenant, items.c.item_id == shared.c.item_id))
        )
        .where(memory.people >= least)
        .order_by(telling.desc(), shared.c.item_id)
        .limit(bindparam("most"))
    )


def _words_statement() -> Any:
    """What everybody wrote of some items, and of each companion those who chose it.

    One look-up for each of these: joined, Postgres would read every contribution of the tenant.
    """
    own = contributions.c
    tenant = bindparam("tenant", type_=Text)
    of_all = (
        select(own.item_id, own.person_key, as_bytes(own.words).label("vector"))
        .where(own.tenant_id == tenant, own.words.is_not(None))
        .where(own.item_id == func.any(bindparam("ids", type_=ARRAY(Text))))
        .where(own.person_key == func.any(bindparam("everybody", type_=ARRAY(BigInteger))))
    )
    wanted = (
        func.unnest(
            bindparam("items", type_=ARRAY(Text)), bindparam("keys", type_=ARRAY(BigInteger))
        )
        .table_valued(column("item_id", Text), column("person_key", BigInteger))
        .render_derived("wanted")
    )
    told = (
        select(as_bytes(own.words).label("vector"))
        .where(
            own.tenant_id == tenant,
            own.item_id == wanted.c.item_id,
            own.person_key == wanted.c.person_key,
            own.words.is_not(None),
        )
        .limit(1)
        .correlate(wanted)
        .lateral("told")
    )
    return union_all(of_all, select(wanted, told).select_from(wanted.join(told, true())))


_COMPANIONS = _statement()
_WORDS = _words_statement()
