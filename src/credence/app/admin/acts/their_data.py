"""What is stored about a person: counted, taken out as a file, erased with a receipt."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from credence.app.admin.acts.kinds import Typed, reason_of
from credence.app.admin.someone import ActingOn, Looking, Someone
from credence.app.erasure import Erased, erase_everywhere
from credence.app.export import export_of
from credence.memory.holdings import Stored
from credence.memory.planner_run import PlannerRun
from credence.memory.tables import MADE_ANONYMOUS
from credence.memory.unit_of_work import unit_of_work

log = logging.getLogger(__name__)
router = APIRouter()

_PERSON = "/t/{tenant}/people/@{user_id}"
_STAY = frozenset(table.name for table in MADE_ANONYMOUS)
MEANINGS = {
    "users": "the person: id, attributes, where the planner stands",
    "events": "what they did: ratings, reviews, likes, skips",
    "unlinked": "events that wait for their item to come into the catalogue",
    "impressions": "lists that they were shown",
    "contributions": "their part in what people together say of items",
    "chunks": "beliefs, also those that are no longer believed",
    "evidence": "which event counts for or against which belief",
    "profiles": "versions of the narrative",
    "revisions": "revisions of the belief: who, when, why",
    "ledger": "what each revision changed",
    "planner_runs": "looks of the planner",
    "planner_threads": "a run of the planner that was interrupted",
    "llm_calls": "calls to language models, for the accounts",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One line: how many rows there are, or were; whether they stay, naming nobody."""

    name: str
    meaning: str
    rows: int
    stays: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was erased, for whoever asked for it; it is stored nowhere."""

    erased: Erased
    by: str
    reason: str | None
    tables: Sequence[Table]
    total: int
    file_name: str
    file: str  # the receipt as JSON, in base64


@router.get(_PERSON + "/data")
async def data(
    someone: Looking, ran: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """What is stored, and what can be done with it; after a planner run, what that did."""
    run = None
    if ran is not None and "\0" not in ran:
        async with unit_of_work(someone.desk.app.engine) as uow:
            found = await uow.runs.one(someone.desk.tenant, ran)
        if found is not None and found.user_id == someone.summary.user_id:
            run = found.run
    return await page(someone, run=run)


@router.get(_PERSON + "/export")
async def export(someone: Looking) -> Response:
    """Everything about the person as a file: the very export of the API."""
    return StreamingResponse(
        await export_of(someone.desk.app, someone.person),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{_file(someone, "export")}"'},
    )


@router.post(_PERSON + "/erase")
async def erase(someone: ActingOn, typed: Typed) -> Response:
    """Erase the person, if their very id was typed, and show the receipt."""
    faults: dict[str, str] = {}
    reason = reason_of(typed, faults)
    if typed.get("confirm", "") != someone.summary.user_id:
        faults["confirm"] = "This is not the id: type it exactly, or copy it from above."
    if faults:
        return await page(someone, status=422, typed=typed, faults=faults)
    desk = someone.desk
    erased = await erase_everywhere(desk.app, someone.person)
    total = sum(rows for name, rows in erased.rows.items() if name not in _STAY)
    log.info("%s erased somebody of tenant %s: %d rows", desk.admin.actor, desk.tenant, total)
    return desk.page(
        "acts/receipt.html.j2",
        section="people",
        title="Erased",
        receipt=Receipt(
            erased=erased,
            by=desk.admin.actor,
            reason=reason,
            tables=_tables(erased.rows),
            total=total,
            file_name=_file(someone, "erased"),
            file=_as_file(erased, by=desk.admin.actor, reason=reason),
        ),
    )


async def page(
    someone: Someone,
    *,
    status: int = 200,
    run: PlannerRun | None = None,
    trouble: str = "",
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    why: str = "",
    why_fault: str = "",
) -> Response:
    """The page of the person's data, with whatever has just happened on it.

    `typed` and `faults` are of the form that erases, `why` and its fault of that for the planner.
    """
    async with unit_of_work(someone.desk.app.engine) as uow:
        stored: Stored = await uow.holdings.of(someone.person)
    attributes = dict(someone.summary.attributes)
    return someone.page(
        "acts/data.html.j2",
        tab="data",
        title="Their data",
        status=status,
        stored=stored,
        tables=_tables(stored.rows),
        attributes=json.dumps(attributes, indent=2, ensure_ascii=False) if attributes else "",
        run=run,
        trouble=trouble,
        typed=typed or {},
        faults=faults or {},
        why=why,
        why_fault=why_fault,
    )


def _tables(rows: Mapping[str, int]) -> tuple[Table, ...]:
    """In one order, whoever counted; those without rows too, for that is an answer."""
    known = [name for name in MEANINGS if name in rows]
    names = known + sorted(rows.keys() - MEANINGS.keys())
    return tuple(Table(n, MEANINGS.get(n, ""), rows[n], n in _STAY) for n in names)


def _file(someone: Someone, what: str) -> str:
    """A name that is safe on any disk, whatever the person's id holds."""
    who = re.sub(r"[^A-Za-z0-9_-]+", "-", someone.summary.user_id)[:60].strip("-")
    return f"credence-{what}-{who or 'person'}-{someone.desk.now:%Y-%m-%d}.json"


def _as_file(erased: Erased, *, by: str, reason: str | None) -> str:
    receipt = {
        "tenant": erased.person.tenant,
        "user_id": erased.person.user_id,
        "erased_at": erased.at.isoformat(),
        "by": by,
        "reason": reason,
        "rows": dict(erased.rows),
    }
    written = json.dumps(receipt, indent=2, ensure_ascii=False)
    return b64encode(written.encode(errors="replace")).decode()
