"""Runs of the planner: one person's as a timeline, everybody's with filters, one in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from credence.app.admin.desk import At, Desk
from credence.app.admin.runs.views import LIFECYCLE, looks_of, raw, view_of
from credence.app.admin.someone import Looking
from credence.memory.errors import NotFound
from credence.memory.model import Operation, Person
from credence.memory.run_changes import RunCounts
from credence.memory.runs import LOOK_BACK, RunsFound
from credence.memory.unit_of_work import unit_of_work

router = APIRouter()

_ROWS_OF_ONE = 20
_ROWS = 50
_CHANGES = 40  # of one run that the timeline shows
_ALL_CHANGES = 500  # of one run in full
_CALLS = 200  # of one run in full
Before = Annotated[int | None, Query(ge=1, lt=2**63)]


class Outcome(StrEnum):
    """What came of a run."""

    COMMITTED = "committed"
    SKIPPED = "skipped"
    FAILED = "failed"


class Since(StrEnum):
    """How far back to look."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


_LENGTHS = {
    Since.HOUR: timedelta(hours=1),
    Since.DAY: timedelta(days=1),
    Since.WEEK: timedelta(days=7),
}


class RunNotFound(NotFound):
    """No run of that id."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"there is no run {run_id[:80]!r}",
            field="run_id",
            fix="it may have been of somebody who was erased; choose one from the list of runs",
        )


@router.get("/t/{tenant}/people/@{user_id}/runs")
async def of_someone(someone: Looking, before: Before = None) -> Response:
    """What the planner decided about a person, the latest first, and what each run did."""
    desk, person = someone.desk, someone.person
    async with unit_of_work(desk.app.engine) as uow:
        found = await uow.runs.page(person, before=before, limit=_ROWS_OF_ONE + 1)
        shown = found[:_ROWS_OF_ONE]
        numbers = [run.revision for run in shown if run.revision is not None]
        changes = await uow.run_changes.of_revisions(person, numbers, most=_CHANGES)
    half_life = desk.app.counter.rules.half_life
    views = [
        view_of(person.user_id, run, changes.get(run.revision or 0), half_life=half_life)
        for run in shown
    ]
    following = None
    if len(found) > _ROWS_OF_ONE:
        following = desk.to.person(person.user_id, "/runs", before=shown[-1].number)
    return someone.page(
        "runs/person.html.j2",
        tab="runs",
        title="Planner",
        runs=views,
        first=desk.to.person(person.user_id, "/runs") if before else None,
        next=following,
    )


@router.get("/t/{tenant}/planner")
async def everywhere(
    desk: At,
    *,
    outcome: Outcome | Literal[""] = "",  # a form sends all its fields, empty or not
    operation: Annotated[str, Query(max_length=20)] = "",
    policy: Annotated[str, Query(max_length=200)] = "",
    since: Since | Literal[""] = "",
    before: Before = None,
) -> Response:
    """Runs of everybody, the latest first, and what those of the last day came to."""
    wanted = operation if operation in {one.value for one in LIFECYCLE} else ""
    named = policy.strip().replace("\0", "")
    async with unit_of_work(desk.app.engine) as uow:
        found = await uow.runs.everywhere(
            desk.tenant,
            outcome=outcome or None,
            operation=wanted or None,
            policy=named or None,
            since=desk.now - _LENGTHS[since] if since else None,
            before=before,
            limit=_ROWS + 1,
        )
        counts = await uow.run_changes.counts(desk.tenant, since=desk.now - timedelta(days=1))
    shown = found.runs[:_ROWS]
    half_life = desk.app.counter.rules.half_life
    fields: dict[str, object] = {
        "outcome": outcome,
        "operation": wanted,
        "policy": named,
        "since": since,
    }
    return desk.page(
        "runs/everywhere.html.j2",
        section="planner",
        title="Planner",
        runs=[view_of(one.user_id, one.run, half_life=half_life) for one in shown],
        outcomes=[one.value for one in Outcome],
        lifecycle=[one.value for one in LIFECYCLE],
        spans=[one.value for one in Since],
        outcome=outcome,
        operation=wanted,
        policy=named,
        policies=_policies(desk, found),
        since=since,
        filtered=any(fields.values()),
        counts=counts,
        tallies=_tallies(counts),
        searched=LOOK_BACK,
        further=_further(desk, found, fields),
        first=desk.to.runs(**fields) if before else None,
        next=_next(desk, found, fields),
    )


@router.get("/t/{tenant}/planner/{run_id}")
async def one(desk: At, run_id: Annotated[str, Path(max_length=200)]) -> Response:
    """Everything about one run."""
    async with unit_of_work(desk.app.engine) as uow:
        found = await uow.runs.one(desk.tenant, run_id.replace("\0", ""))
        if found is None:
            raise RunNotFound(run_id)
        person, run = Person(desk.tenant, found.user_id), found.run
        calls = await uow.llm_calls.of_run(person, run.run_id)
        numbers = [] if run.revision is None else [run.revision]
        changes = await uow.run_changes.of_revisions(person, numbers, most=_ALL_CHANGES)
    return desk.page(
        "runs/one.html.j2",
        section="planner",
        title=f"Run {run.run_id[:12]}",
        view=view_of(
            found.user_id,
            run,
            changes.get(run.revision or 0),
            half_life=desk.app.counter.rules.half_life,
        ),
        looks=looks_of(run),
        calls=calls[:_CALLS],
        more_calls=len(calls) - len(calls[:_CALLS]),
        raw=raw(run),
    )


def _next(desk: Desk, found: RunsFound, fields: Mapping[str, object]) -> str | None:
    """The next page, where this one is full."""
    if len(found.runs) <= _ROWS:
        return None
    return desk.to.runs(**fields, before=found.runs[_ROWS - 1].run.number)


def _further(desk: Desk, found: RunsFound, fields: Mapping[str, object]) -> str | None:
    """Where a search goes on that stopped before it had read everything."""
    if found.searched_to is None:
        return None
    return desk.to.runs(**fields, before=found.searched_to)


def _policies(desk: Desk, found: RunsFound) -> Sequence[str]:
    """Names to choose from: the present policy's and those on the page."""
    present = desk.app.worker.context.policy.name
    return sorted({present, *(one.run.policy for one in found.runs)})


def _tallies(counts: RunCounts) -> Sequence[tuple[Operation, int, float]]:
    """Each operation with the runs that chose it, and their share of those that did something."""
    most = max(1, counts.committed)
    return [(one, number, number / most) for one, number in counts.operations.items()]
