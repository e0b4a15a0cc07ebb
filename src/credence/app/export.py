"""Everything about one person as JSON, straight from every table that holds people."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.memory.model import Person
from credence.memory.tables import MADE_ANONYMOUS, OF_A_PERSON, contributions
from credence.memory.unit_of_work import unit_of_work

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

    It walks the same tables as erasure, so what can be erased is also exported. Vectors are left
    out: they follow from the texts beside them; and so are hashes, which follow from ids.
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
    yield b"}"


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


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")
