"""The statements that write and read collaborative memory, built once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    insert,
    select,
    text,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.types import NullType

from credence.memory.item_memory_rows import CONTRIBUTION, CONTRIBUTION_JSON, MEMORY_JSON
from credence.memory.tables import contributions, item_memories, touched_items
from credence.memory.vectors import as_bytes

_ITEM = and_(
    contributions.c.tenant_id == item_memories.c.tenant_id,
    contributions.c.item_id == item_memories.c.item_id,
)


def _touch_statement() -> Any:
    ids = func.unnest(bindparam("ids", type_=ARRAY(Text)))
    tenant = bindparam("tenant", type_=Text)
    return insert(touched_items).from_select(["tenant_id", "item_id"], select(tenant, ids))


def _given(table: Table, as_json: Sequence[str]) -> Select[Any]:
    """Rows given as columns of their values, vectors as their text."""
    spelled = {"words": Text()} | {name: Text() for name in as_json}
    kinds = {c.name: spelled.get(c.name, c.type) for c in table.c}
    columns = (
        func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()))
        .table_valued(*(column(name, kind) for name, kind in kinds.items()))
        .render_derived()
    )
    return select(columns)


def _add_statement() -> Any:
    """Puts contributions beside what is there, and notes the items."""
    given = _given(contributions, CONTRIBUTION_JSON).cte("given")
    noted = select(given.c.tenant_id, given.c.item_id)
    touched = insert(touched_items).from_select(["tenant_id", "item_id"], noted).cte("touched")

    def read(name: str) -> Any:
        if name == "words":
            return cast(given.c.words, contributions.c.words.type)
        if name in CONTRIBUTION_JSON:
            topics = func.jsonb_array_elements_text(cast(given.c[name], JSONB))
            return func.array(select(topics).correlate(given).scalar_subquery())
        return given.c[name]

    names = [c.name for c in contributions.c]
    new = upsert(contributions).from_select(names, select(*map(read, names))).add_cte(touched)
    old, add = contributions.c, new.excluded

    def union(name: str) -> Any:  # as text: built, the subquery would want a FROM of its own
        return text(f"ARRAY(SELECT DISTINCT unnest(contributions.{name} || excluded.{name}))")

    return new.on_conflict_do_update(
        index_elements=["tenant_id", "user_id", "item_id"],
        set_={
            "latest": func.greatest(old.latest, add.latest),
            "engaged": func.greatest(old.engaged, add.engaged),
            **{name: old[name] + add[name] for name in ("opinion", "clarity", "ratings", "rated")},
            "words": func.coalesce(old.words.op("+")(add.words), old.words, add.words),
            "praised": union("praised"),
            "blamed": union("blamed"),
        },
    )


def _put_statement() -> Any:
    given = _given(item_memories, MEMORY_JSON).subquery()
    kinds = {"words": item_memories.c.words.type, "phrases": JSONB()}
    values = [cast(c, kinds[c.name]) if c.name in kinds else c for c in given.c]
    new = upsert(item_memories).from_select([c.name for c in item_memories.c], select(*values))
    changed = [c.name for c in item_memories.c if c.name not in {"tenant_id", "item_id"}]
    return new.on_conflict_do_update(
        index_elements=["tenant_id", "item_id"],
        set_={name: new.excluded[name] for name in changed},
    )


def _parts_statement() -> Select[Any]:
    """Each item's contributions, those with the lowest keys, and how many there are.

    They are counted in a CTE of their own: beside the rows, Postgres counts anew for each of them.
    """
    ids = (
        func.unnest(bindparam("ids", type_=ARRAY(Text))).table_valued("id", name="ids")
    ).render_derived()

    def of_item(item_id: Any) -> list[ColumnElement[bool]]:
        return [
            contributions.c.tenant_id == bindparam("tenant"),
            contributions.c.item_id == item_id,
        ]

    total = select(func.count()).where(*of_item(ids.c.id)).correlate(ids).scalar_subquery()
    counted = select(ids.c.id, total.label("total")).cte("counted")
    counted = counted.prefix_with("MATERIALIZED", dialect="postgresql")
    lowest = (
        select(
            *map(_as_sent, CONTRIBUTION),
            contributions.c.person_key,
            as_bytes(contributions.c.words).label("vector"),
        )
        .where(*of_item(counted.c.id))
        .order_by(contributions.c.person_key)
        .limit(bindparam("most", type_=BigInteger()))
        .correlate(counted)
        .lateral("part")
    )
    return (
        select(lowest, counted.c.total)
        .select_from(counted.join(lowest, true()))
        .order_by(counted.c.id, lowest.c.person_key)
    )


def _as_sent(one: Column[Any]) -> ColumnElement[Any]:
    """A column of texts as the driver reads it: SQLAlchemy would look at each text again."""
    return type_coerce(one, NullType()).label(one.name) if isinstance(one.type, ARRAY) else one


TOUCH = _touch_statement()
ADD = _add_statement()
PUT = _put_statement()
PARTS = _parts_statement()
_OWN = item_memories.outerjoin(
    contributions, _ITEM & (contributions.c.user_id == bindparam("user"))
)
_SOME = and_(
    item_memories.c.tenant_id == bindparam("tenant"),
    item_memories.c.item_id == func.any(bindparam("ids", type_=ARRAY(Text))),
)
_MEMORY = [c for c in item_memories.c if c.name not in {"tenant_id", "words", "phrases"}]
OF = (
    select(
        *_MEMORY,
        case(
            (bindparam("told", type_=Boolean()), item_memories.c.phrases),
            else_=text("'[]'::jsonb"),
        ).label("phrases"),
        as_bytes(item_memories.c.words).label("vector"),
        as_bytes(contributions.c.words).label("own_vector"),
        *(c.label(f"own_{c.name}") for c in CONTRIBUTION),
    )
    .select_from(_OWN)
    .where(_SOME)
)
AUDIENCES = (
    select(
        *(
            item_memories.c[name]
            for name in ("item_id", "standing", "latest", "audience", "share", "mass")
        ),
        *(
            contributions.c[name].label(f"own_{name}")
            for name in ("latest", "opinion", "clarity", "engaged")
        ),
    )
    .select_from(_OWN)
    .where(_SOME)
)
