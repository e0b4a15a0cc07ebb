"""What came of a tenant's lists."""

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
from credence.memory.outcome import ListOutcome, Telling

router = APIRouter(prefix="/v1/outcomes", tags=["recommendations"])

_RATE: Example = {"mean": 0.21, "low": 0.17, "high": 0.26}
_GROUP: Example = {
    "group": {"ranker": "routed-2-ae14a733"},
    "lists": 1_200,
    "people": 310,
    "cited": 540,
    "taken": 252,
    "refused": 61,
    "hit_rate": _RATE,
    "mrr": 0.11,
}


class RateOut(BaseModel):
    """A share of lists, with its 95% interval over people."""

    model_config = shown_as(_RATE)

    mean: float
    low: float
    high: float


class OutcomeOut(BaseModel):
    """Lists that are of one group, and what events that cite them tell."""

    model_config = shown_as(_GROUP)

    group: dict[Telling, str | None]
    lists: int
    people: Annotated[
        int, Field(description="who were shown them; a list for nobody known counts as somebody")
    ]
    cited: Annotated[
        int, Field(description="lists that an event about an item of theirs cites by impression_id")
    ]
    taken: Annotated[
        int,
        Field(description="lists of which an item was bought, liked or rated 4 or more"),
    ]
    refused: Annotated[
        int, Field(description="lists of which an item was skipped, disliked or rated 2 or less")
    ]
    hit_rate: Annotated[RateOut, Field(description="taken / lists, HR at the list's length")]
    mrr: Annotated[
        float, Field(description="mean over lists of 1 / the first place taken, 0 where none was")
    ]

    @classmethod
    def of(cls, outcome: ListOutcome) -> OutcomeOut:
        low, high = outcome.interval
        return cls(
            group=dict(outcome.group),
            lists=outcome.lists,
            people=outcome.people,
            cited=outcome.cited,
            taken=outcome.taken,
            refused=outcome.refused,
            hit_rate=RateOut(mean=outcome.hit_rate, low=low, high=high),
            mrr=outcome.mrr,
        )


class OutcomesOut(BaseModel):
    """Groups in order of days if days are asked for, else those of most lists first."""

    model_config = shown_as({"since": "2026-04-02T00:00:00Z", "groups": [_GROUP]})

    since: datetime
    groups: list[OutcomeOut]


@router.get("", summary="What came of lists", response_model=OutcomesOut, responses=documented())
async def get_outcomes(
    tenant: Tenant,
    app: App,
    by: Annotated[
        list[Telling] | None,
        Query(max_length=len(Telling), description="groupings; none: by ranker"),
    ] = None,
    since: Since = None,
    limit: Annotated[
        int, Query(ge=1, le=1_000, description="groups at most; of days the latest")
    ] = 200,
) -> OutcomesOut:
    """Lists of this key's tenant shown since then, and what was taken of them.

    Only events that cite their list (`impression_id`) tell, that are about an item on it and no
    older (`occurred_at`) than the list; of what somebody says of an item the last word counts. The
    latest lists have had little time. Rankers that were at work on other days or for other people
    are not compared by this: for that there are replays.
    """
    start = since or utc_now() - USUAL_PAST
    async with in_time(app) as uow:
        groups = await uow.outcomes.of(tenant, by=by or (Telling.RANKER,), since=start, most=limit)
    return OutcomesOut(since=start, groups=[OutcomeOut.of(one) for one in groups])
