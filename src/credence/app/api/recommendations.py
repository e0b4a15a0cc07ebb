"""Recommendations: ranked lists with the reasons that moved them."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import TypeAdapter

from credence.app.api.access import Tenant, tenant_of
from credence.app.api.bodies import json_of
from credence.app.api.fields import Id
from credence.app.api.impression_shapes import ImpressionOut
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
from credence.app.api.rows import Batches, Row
from credence.app.api.serving import App, Measured, application_of, serving
from credence.app.bootstrap import Application
from credence.memory.errors import Refused
from credence.memory.unit_of_work import unit_of_work
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
    openapi_extra=body_of(AskIn),
)
async def post_recommendation(request: Request) -> Response:
    """Rank candidates for a person, a session or nobody. Reads the belief and never changes it.

    An unknown user is no error: the list then follows the instruction, or what is popular, and
    `flags` says so.
    """
    # Asked of the request itself: resolving dependencies is a measurable part of this call.
    body = _BATCHES.one(await json_of(request))
    app = application_of(request)
    answer = await _answer(body, tenant_of(request), app)
    serving(request).metrics.recommendations(1)
    return Response(_OUT.dump_json(answer), media_type="application/json")


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
    rows = _BATCHES.read(await json_of(request))
    places = asyncio.Semaphore(_AT_A_TIME)

    async def judged(row: Row[AskIn]) -> AskResult:
        async with places:
            return await _result(row, tenant, app)

    results = await asyncio.gather(*(judged(row) for row in rows))
    made = sum(result.status == "made" for result in results)
    measured.recommendations(made)
    response.status_code = 200 if made == len(rows) else 207
    return AskBatchOut(made=made, rejected=len(rows) - made, results=results)


@router.get(
    "/{impression_id}",
    summary="Read a recommendation again",
    response_model=ImpressionOut,
    responses=documented(404),
)
async def get_recommendation(
    impression_id: Annotated[
        Id, Path(description="of a recommendation", examples=["6f2c1b0e9d8a4c7b8e5f3a2d1c0b9a87"])
    ],
    tenant: Tenant,
    app: App,
) -> ImpressionOut:
    """The list as it was shown, and how it came about, whether that was asked for or not.

    Lists shown to a person are kept until the person is erased, others for
    `CREDENCE_IMPRESSION_DAYS`.
    """
    await app.shelf.impressions.settle()  # a list can be read the moment it was shown
    async with unit_of_work(app.engine) as uow:
        impression = await uow.impressions.shown(tenant, impression_id)
    items = await app.shelf.items(tenant, impression.item_ids)
    return ImpressionOut.of(impression, items, encoder=app.encoder.name)


async def _result(row: Row[AskIn], tenant: str, app: Application) -> AskResult:
    if row.value is None:
        return AskResult(index=row.index, status="rejected", errors=list(row.errors))
    try:
        answer = await _answer(row.value, tenant, app)
    except Refused as refusal:
        return AskResult(index=row.index, status="rejected", errors=[field_error(refusal)])
    return AskResult(index=row.index, status="made", recommendation=answer)


async def _answer(body: AskIn, tenant: str, app: Application) -> RecommendationOut:
    made = await recommend(body.to_domain(tenant), app.counter)
    listed = {category for one in made.items for category in one.item.categories}
    unlisted = [name for name in body.filters.categories if name not in listed]
    unknown = await app.shelf.unknown_categories(tenant, unlisted)
    return shown(made, body, unknown_categories=unknown, encoder=app.encoder.name)
