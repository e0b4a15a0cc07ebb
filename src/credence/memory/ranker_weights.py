"""A tenant's own weights of the ranker, where it has some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from credence.memory.tables import ranker_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedWeights:
    """A document of weights, when it was fitted and on how many questions."""

    document: Mapping[str, Any]
    fitted_at: datetime
    questions: int


class RankerWeights:
    """The only place that writes SQL about weights."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: str) -> FittedWeights | None:
        rows = await self._connection.execute(_GET.where(ranker_weights.c.tenant_id == tenant))
        row = rows.one_or_none()
        return None if row is None else FittedWeights(**row._mapping)

    async def put(self, tenant: str, fitted: FittedWeights) -> None:
        """Insert or replace."""
        new = insert(ranker_weights).values(tenant_id=tenant, **asdict(fitted))
        await self._connection.execute(
            new.on_conflict_do_update(
                index_elements=["tenant_id"],
                set_={name: new.excluded[name] for name in ("document", "fitted_at", "questions")},
            )
        )

    async def delete(self, tenant: str) -> bool:
        """Whether there were any."""
        gone = await self._connection.execute(
            delete(ranker_weights).where(ranker_weights.c.tenant_id == tenant)
        )
        return bool(gone.rowcount)


_GET = select(ranker_weights.c.document, ranker_weights.c.fitted_at, ranker_weights.c.questions)
