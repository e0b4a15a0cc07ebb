"""The system page: what is wrong first, then the facts."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from credence.app.admin.desk import At
from credence.app.admin.system import facts
from credence.app.admin.system.blocks import block
from credence.app.admin.system.problems import Facts, problems
from credence.app.admin.system.shown_settings import shown_settings
from credence.app.api.serving import serving

router = APIRouter()

_STATEMENTS = 20
_ROUTES = 20


@router.get("/t/{tenant}/system")
async def system(desk: At, request: Request) -> Response:
    """Every part is read by itself, so that one that cannot be read takes no other with it."""
    app, held = desk.app, serving(request)
    came = asyncio.create_task(block(facts.lists(app, desk.tenant, desk.now)))
    health, ranker, spending, queue, database, connections = await asyncio.gather(
        block(facts.health(app, held)),
        block(facts.ranker(app, desk.tenant)),
        block(facts.spending(app, desk.tenant, desk.now)),
        block(facts.queue(desk)),
        block(facts.database(app)),
        block(facts.connections(app)),
    )
    lists = await came
    roles, process, words = facts.roles(app), facts.process(app), facts.words(app)
    judged = Facts(
        health=health,
        ranker=ranker,
        roles=roles,
        spending=spending,
        queue=queue,
        connections=connections,
        process=process,
        # Of a large tenant the lists may take too long, which is no fault.
        others=(database,) if lists.late else (database, lists),
        words=words,
    )
    return desk.page(
        "system/system.html.j2",
        section="system",
        title="System",
        problems=problems(judged, now=desk.now, check_within=app.worker.check_within),
        health=health,
        ranker=ranker,
        roles=roles,
        words=words,
        spending=spending,
        lists=lists,
        queue=queue,
        database=database,
        connections=connections,
        process=process,
        check_after=app.worker.check_after,
        statements=app.statements.slowest(_STATEMENTS),
        answered=held.metrics.answered()[:_ROUTES],
        settings=shown_settings(app.settings),
    )
