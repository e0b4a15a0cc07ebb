"""What a tenant's calls to language models cost."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from credence.app.api.access import Tenant
from credence.app.api.examples import Example, shown_as
from credence.app.api.fields import USUAL_PAST, Since
from credence.app.api.in_time import in_time
from credence.app.api.problems import documented
from credence.app.api.serving import App
from credence.app.clock import utc_now
from credence.memory.llm_call import Grouping, Total

router = APIRouter(prefix="/v1/llm", tags=["planner"])

_FIGURES: Example = {
    "calls": 12,
    "failed": 1,
    "tokens_in": 18_400,
    "tokens_cached": 9_200,
    "tokens_out": 2_100,
    "price": 0.0337,
    "unpriced": 0,
}
_TOTAL: Example = {"group": {"day": "2026-05-01", "role": "extractor"}, **_FIGURES}


class TotalOut(BaseModel):
    """Calls that are of one group. No value: of nobody, of no run, or of somebody erased."""

    model_config = shown_as(_TOTAL)

    group: dict[Grouping, str | None]
    calls: int
    failed: Annotated[int, Field(description="calls that gave no clean answer")]
    tokens_in: int
    tokens_cached: Annotated[int, Field(description="of those in")]
    tokens_out: int
    price: Annotated[float, Field(description="US dollars, of the calls with a price")]
    unpriced: Annotated[int, Field(description="calls without a price")]

    @classmethod
    def of(cls, total: Total) -> TotalOut:
        return cls(
            group=dict(total.group),
            calls=total.calls,
            failed=total.failed,
            tokens_in=total.tokens_in,
            tokens_cached=total.tokens_cached,
            tokens_out=total.tokens_out,
            price=total.price,
            unpriced=total.unpriced,
        )


class CostOut(BaseModel):
    """Groups in order of days if days are asked for, else the dearest first; and all together."""

    model_config = shown_as(
        {
            "since": "2026-04-02T00:00:00Z",
            "groups": [_TOTAL],
            "total": {"group": {}, **_FIGURES},
        }
    )

    since: datetime
    groups: list[TotalOut]
    total: TotalOut


@router.get("/cost", summary="What models cost", response_model=CostOut, responses=documented())
async def get_cost(
    tenant: Tenant,
    app: App,
    by: Annotated[
        list[Grouping] | None,
        Query(max_length=len(Grouping), description="groupings; none: by day and role"),
    ] = None,
    since: Since = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="groups at most")] = 200,
) -> CostOut:
    """The calls of this key's tenant that began since then. Days are those of UTC."""
    start = since or utc_now() - USUAL_PAST
    chosen = by or (Grouping.DAY, Grouping.ROLE)
    async with in_time(app) as uow:
        groups = await uow.llm_calls.totals(tenant, by=chosen, since=start, most=limit)
        (whole,) = await uow.llm_calls.totals(tenant, by=(), since=start)
    return CostOut(
        since=start, groups=[TotalOut.of(one) for one in groups], total=TotalOut.of(whole)
    )
