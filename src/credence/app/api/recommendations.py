"""Recommendations: ranked lists with the reasons that moved them."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from credence.app.api.access import Tenant
from credence.app.api.openapi import body_of
from credence.app.api.problems import documented, field_error
from credence.app.api.recommendation_shapes import (
    MOST_ASKS,
    AskBatch,
    AskBatchOut,
    AskIn,
    AskResult,
    RecommendationOut,
    shown,
)
from credence.app.api.rows import Batches, Row, parsed
from credence.app.api.serving import App, Measured
from credence.app.bootstrap import Application
from credence.memory.errors import Refused
from credence.planner.recommend import recommend

router = APIRouter(prefix="/v1/recommendations", tags=["recommendations"])

_AT_A_TIME = 8  # asks of one batch that are worked on together
_OUT = TypeAdapter(RecommendationOut)
_BATCHES = Batches(AskIn, field="requests", most=MOST_ASKS)


@router.post(
    "",
    summary="Recommend",
    response_model=RecommendationOut,
    responses=documented(),
)
async def post_recommendation(
    body: AskIn, tenant: Tenant, app: App, measured: Measured
) -> Response:
    """Rank candidates for a person, a session or nobody. Reads the belief and never changes it.

    An unknown user is no error: the list then follows the instruction, or what is popular, and
    `flags` says so.
    """
    made = await recommend(body.to_domain(tenant), app.counter)
    measured.recommendations(1)
    return Response(_OUT.dump_json(shown(made, body.reasons)), media_type="application/json")


@router.post(
    "/batch",
    summary="Recommend for up to 100 asks",
    response_model=AskBatchOut,
    responses={
        207: {"model": AskBatchOut, "description": "Some asks were rejected"},
        **documented(),
    },
    openapi_extra=body_of(AskBatch),
)
async def post_recommendations(
    request: Request, tenant: Tenant, app: App, measured: Measured, response: Response
) -> AskBatchOut:
    """Every ask has its own result; 207 if any was rejected."""
    rows = _BATCHES.read(parsed(await request.body()))
    places = asyncio.Semaphore(_AT_A_TIME)

    async def judged(row: Row[AskIn]) -> AskResult:
        async with places:
            return await _result(row, tenant, app)

    results = await asyncio.gather(*(judged(row) for row in rows))
    made = sum(result.status == "made" for result in results)
    measured.recommendations(made)
    response.status_code = 200 if made == len(rows) else 207
    return AskBatchOut(made=made, rejected=len(rows) - made, results=results)


async def _result(row: Row[AskIn], tenant: str, app: Application) -> AskResult:
    if row.value is None:
        return AskResult(index=row.index, status="rejected", errors=list(row.errors))
    try:
        made = await recommend(row.value.to_domain(tenant), app.counter)
    except Refused as refusal:
        return AskResult(index=row.index, status="rejected", errors=[field_error(refusal)])
    return AskResult(index=row.index, status="made", recommendation=shown(made, row.value.reasons))
