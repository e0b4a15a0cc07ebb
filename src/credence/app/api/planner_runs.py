"""What the planner decided about a person, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from credence.app.api.access import Tenant
from credence.app.api.examples import Example, shown_as
from credence.app.api.paging import Cursor, Limit, cursor_at, number_place
from credence.app.api.problems import documented
from credence.app.api.serving import App
from credence.app.api.users import UserId
from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.memory.unit_of_work import unit_of_work

router = APIRouter(prefix="/v1/users/{user_id:path}/planner-runs", tags=["planner"])

_RUN: Example = {
    "run_id": "0f6e5d4c3b2a19080f6e5d4c3b2a1908",
    "started_at": "2026-05-01T19:31:00Z",
    "duration_ms": 12.4,
    "policy": "adaptive",
    "outcome": "committed",
    "operations": ["extraction", "reinforcement", "resynthesis"],
    "reason": "3 events are pending; 2 topics are new, 1 agrees with what is known",
    "signals": {"pending": 3, "novel": 2, "agreeing": 1, "contradicting": 0},
    "cost": {},
    "events_consumed": 3,
    "base_revision": 3,
    "revision": 4,
    "error": None,
    "detail": {
        "plans": [
            {
                "operations": ["extraction", "reinforcement", "weakening"],
                "reason": "two topics are new; extraction: new topics",
                "merges": None,
                "forgets": [],
                "refutes": [],
            }
        ],
        "roles": [
            {
                "role": "extractor",
                "prompt": "extractor-1",
                "calls": 1,
                "fallback": None,
                "notes": ["proposal 3: too faint to count"],
            }
        ],
    },
}


class RunOut(BaseModel):
    """One look of the planner at one person: signals, choice, reason, duration, cost, detail."""

    model_config = shown_as(_RUN)

    run_id: str
    started_at: datetime
    duration_ms: float
    policy: str
    outcome: str
    operations: list[str]
    reason: str
    signals: dict[str, object]
    cost: dict[str, object]
    events_consumed: int
    base_revision: int
    revision: int | None
    error: str | None
    detail: Annotated[
        dict[str, object],
        Field(
            description="where language models took part: what was planned at each look and why, "
            "with the chunks to merge, to forget and refuted by others; of each step the prompt's "
            "version, what was refused or repaired, and why a built-in part did the work if it did"
        ),
    ]

    @classmethod
    def of(cls, run: PlannerRun) -> RunOut:
        return cls(
            run_id=run.run_id,
            started_at=run.started_at,
            duration_ms=run.duration_ms,
            policy=run.policy,
            outcome=run.outcome,
            operations=list(run.operations),
            reason=run.reason,
            signals=dict(run.signals),
            cost=dict(run.cost),
            events_consumed=run.events_consumed,
            base_revision=run.base_revision,
            revision=run.revision,
            error=run.error,
            detail=dict(run.detail),
        )


class RunPage(BaseModel):
    """Runs, the latest first."""

    model_config = shown_as({"runs": [_RUN], "next_cursor": None})

    runs: list[RunOut]
    next_cursor: str | None


@router.get(
    "", summary="A person's planner runs", response_model=RunPage, responses=documented(404)
)
async def list_runs(
    user_id: UserId, tenant: Tenant, app: App, limit: Limit = 50, cursor: Cursor = None
) -> RunPage:
    """Every run, skips included, the latest first, a page at a time."""
    person = Person(tenant, user_id)
    async with unit_of_work(app.engine) as uow:
        await uow.people.get(person)
        runs = await uow.runs.page(person, before=number_place(cursor), limit=limit + 1)
    more = len(runs) > limit
    return RunPage(
        runs=[RunOut.of(run) for run in runs[:limit]],
        next_cursor=cursor_at(runs[limit - 1].number if more else None),
    )
