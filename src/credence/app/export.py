"""Everything about one person as JSON, straight from every table that holds people."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.threads import serializer
from credence.memory.model import Person
from credence.memory.planner_threads import Value
from credence.memory.tables import MADE_ANONYMOUS, OF_A_PERSON, contributions
from credence.memory.unit_of_work import autocommit, unit_of_work

FORMAT = "credence-export/1"
_PAGE = 500  # rows read at a time; between pages no connection is held
_LEFT_OUT = frozenset({"tenant_id", "embedding", "lease_owner", "lease_until"})
_LEFT_OUT_OF = {contributions.name: frozenset({"words", "person_key"})}


async def export_of(app: Application, person: Person) -> AsyncIterator[bytes]:
    """The export, with the lists that were shown a moment ago. Raises UserNotFound, at once."""
    await app.shelf.impressions.settle()
    async with unit_of_work(app.engine) as uow:
        await uow.people.get(person)
    return exported(person, engine=app.engine, now=utc_now())


async def exported(person: Person, *, engine: AsyncEngine, now: datetime) -> AsyncIterator[bytes]:
    """One JSON object in pieces: a list for each table, rows in order of their keys.

    It walks the same tables as erasure, so what can be erased is also exported, what is kept of an
    interrupted run too. Vectors are left out: they follow from the texts beside them; and so are
    hashes, which follow from ids.
    """
    yield f'{{"format": "{FORMAT}", "exported_at": {json.dumps(now.isoformat())}'.encode()
    for table in (*reversed(OF_A_PERSON), *MADE_ANONYMOUS):
        yield f', "{table.name}": ['.encode()
        first = True
        async for row in _rows(table, person, engine):
            yield b"" if first else b", "
            yield json.dumps(row, default=_moment, ensure_ascii=False).encode()
            first = False
        yield b"]"
    interrupted = await _thread(person, engine)
    yield f', "planner_threads": {json.dumps(interrupted, ensure_ascii=False)}}}'.encode()


async def _thread(person: Person, engine: AsyncEngine) -> list[dict[str, Any]]:
    """What is kept of a run of the planner that was interrupted, an entry for each row."""
    async with autocommit(engine) as uow:
        kept = await uow.threads.read(person)
    return [
        *({"at": one["ts"], "values": one["channel_values"]} for one in kept.checkpoints),
        *({"channel": one.channel, "value": _read(one)} for one in kept.values),
    ]


def _read(one: Value) -> object:
    """The value as plain JSON; its bytes where this version cannot read what another wrote."""
    if one.blob is None:
        return None
    try:
        value = serializer().loads_typed((one.kind, one.blob))
        return json.loads(json.dumps(value, default=_plain))
    except Exception:  # noqa: BLE001  whatever it is, the rest of the export must not break off
        return {"encoding": one.kind, "base64": base64.b64encode(one.blob).decode()}


async def _rows(table: Table, person: Person, engine: AsyncEngine) -> AsyncIterator[dict[str, Any]]:
    key = [column for column in table.primary_key if column.name not in {"tenant_id", "user_id"}]
    left_out = _LEFT_OUT | _LEFT_OUT_OF.get(table.name, frozenset())
    shown = [column for column in table.c if column.name not in left_out]
    query = (
        select(*shown)
        .where(table.c.tenant_id == person.tenant, table.c.user_id == person.user_id)
        .order_by(*key)
        .limit(_PAGE)
    )
    page = query
    while True:
        async with engine.connect() as connection:
            rows = (await connection.execute(page)).all()
        for row in rows:
            yield dict(row._mapping)
        if len(rows) < _PAGE:
            return
        last = [rows[-1]._mapping[column] for column in key]
        page = query.where(tuple_(*key) > tuple_(*last))


def _plain(value: object) -> object:
    """What an interrupted run kept, as JSON; whose it is, without the tenant."""
    if isinstance(value, Person):
        return value.user_id
    if is_dataclass(value):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    if isinstance(value, frozenset | set):
        return sorted(value)
    return _moment(value)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")
