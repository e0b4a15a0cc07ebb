"""What people who chose some items also chose: candidates, and the neighbours of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Double, Integer, Text, and_, bindparam, case, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.collaborative.audience import SAMPLE
from credence.memory.model import Person
from credence.memory.tables import contributions, item_memories

_CHOSEN = 0.5  # engagement from which somebody chose an item
_OF_ONE = 500  # items looked at of one person, so that nobody's are looked at for ever
_DOUBT = 2.0  # as in the affinity of audiences


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """An item, and how many of the people asked about chose it too."""

    item_id: str
    people: int


class Companions:
    """Reads contributions across people; answers only what enough people stand behind."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(
        self,
        person: Person,
        ids: Sequence[str],
        *,
        least: int,
        limit: int,
        asked: int = SAMPLE,
    ) -> tuple[Companion, ...]:
        """Items chosen by at least `least` others who chose any of `ids`, the most telling first.

        Of each item's people the `asked` with the lowest keys are asked; what they disliked counts
        against, and what everybody chooses counts less. Those who say the same are one, so an item
        needs a memory that `least` people stand behind. An empty user id is nobody. Ties by id.
        """
        rows = await self._connection.execute(
            _COMPANIONS,
            {
                "tenant": person.tenant,
                "user": person.user_id,
                "ids": list(ids),
                "least": least,
                "most": limit,
                "asked": asked,
            },
        )
        return tuple(Companion(item_id=row.item_id, people=row.people) for row in rows)


def _statement() -> Any:
    wanted = (
        func.unnest(bindparam("ids", type_=ARRAY(Text)))
        .table_valued("id", name="wanted")
        .render_derived()
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
    people = (
        select(asked.c.user_id).distinct().select_from(wanted.join(asked, true())).cte("people")
    )
    theirs = contributions.alias("theirs")
    chosen = (
        select(
            theirs.c.item_id,
            case((theirs.c.opinion >= 0, 1.0), else_=-0.5).cast(Double).label("weight"),
        )
        .where(theirs.c.tenant_id == tenant, theirs.c.user_id == people.c.user_id)
        .where(theirs.c.engaged >= _CHOSEN)
        .order_by(theirs.c.item_id)
        .limit(_OF_ONE)
        .correlate(people)
        .lateral("chosen")
    )
    count, weight = func.count(), func.sum(chosen.c.weight)
    least = bindparam("least", type_=Integer)
    shared = (
        select(chosen.c.item_id, count.label("people"), weight.label("weight"))
        .select_from(people.join(chosen, true()))
        .where(chosen.c.item_id != func.all(bindparam("ids", type_=ARRAY(Text))))
        .group_by(chosen.c.item_id)
        .having(count >= least, weight > 0)
        .subquery("shared")
    )
    memory = item_memories.c
    return (
        select(shared.c.item_id, shared.c.people)
        .select_from(
            shared.join(
                item_memories,
                and_(memory.tenant_id == tenant, memory.item_id == shared.c.item_id),
            )
        )
        .where(memory.people >= least)
        .order_by((shared.c.weight / func.sqrt(memory.mass + _DOUBT)).desc(), shared.c.item_id)
        .limit(bindparam("most"))
    )


_COMPANIONS = _statement()
