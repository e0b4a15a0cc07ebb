"""Taking events in: checked row by row, numbered per person, written in one statement."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeAlias

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from credence.memory.errors import (
    IdempotencyConflict,
    ImpressionNotFound,
    Invalid,
    ItemNotFound,
    Refused,
    UserNotFound,
)
from credence.memory.model import Action
from credence.memory.people import AHEAD
from credence.memory.unit_of_work import UnitOfWork, unit_of_work

_ENDED_FOR_ANOTHER = frozenset({"40P01", "40001"})  # SQLSTATE: deadlock, serialization failure
_ATTEMPTS = 5
_FIRST_WAIT = 0.02  # seconds
_LONGEST_WAIT = 0.5  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event as a client reports it."""

    user_id: str
    action: Action
    occurred_at: datetime
    dated: bool = True  # False: the client gave no time, so `occurred_at` is the time of arrival
    item_id: str | None = None
    rating: float | None = None
    text: str = ""
    metadata: Mapping[str, Any]
    impression_id: str | None = None
    idempotency_key: str | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the body without its key: the same body gives the same one."""
        body = [
            self.user_id,
            self.action.value,
            self.occurred_at.isoformat() if self.dated else None,
            self.item_id,
            self.rating,
            self.text,
            dict(self.metadata),
            self.impression_id,
        ]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where an event stands in the person's log; `duplicate` when it stood there before."""

    user_id: str
    seq: int
    duplicate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What to do with events of people and items that are not known."""

    unknown_users: Literal["reject", "create"] = "reject"
    unknown_items: Literal["reject", "accept"] = "reject"


Outcome: TypeAlias = Recorded | Refused


async def record_events(
    rows: Sequence[NewEvent], *, tenant: str, now: datetime, intake: Intake, engine: AsyncEngine
) -> tuple[Outcome, ...]:
    """Record what can be recorded; one outcome a row, in order. Good rows are committed together.

    Of users who are not there only those are created of whom a row can be recorded. Sequence
    numbers follow the order of the rows. Writers of one person take turns on the person's row, so
    a number is never visible before a smaller one. What came to nothing because of another request
    is done again, five times in all, after waits that grow and are varied at random; then the last
    DBAPIError is raised.
    """
    attempts = AsyncRetrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
        retry=retry_if_exception(_may_go_well_next_time),
        reraise=True,
    )
    async for attempt in attempts:
        with attempt:
            last = attempt.retry_state.attempt_number == _ATTEMPTS
            return await _record(rows, tenant, now, intake, engine, last=last)
    raise AssertionError("the last attempt returns or raises")


class _ErasedMeanwhile(Exception):
    """Somebody who is to be created if need be was there at first and gone once we had waited."""


def _may_go_well_next_time(error: BaseException) -> bool:
    """Somebody was erased as above, another request used one of the keys for another person
    between our look and our write, or Postgres ended us for the sake of another request."""
    if isinstance(error, IntegrityError):
        return "uq_events_idempotency_key" in str(error.orig)
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) in _ENDED_FOR_ANOTHER
    return isinstance(error, _ErasedMeanwhile)


async def _record(
    rows: Sequence[NewEvent],
    tenant: str,
    now: datetime,
    intake: Intake,
    engine: AsyncEngine,
    *,
    last: bool,
) -> tuple[Outcome, ...]:
    async with unit_of_work(engine) as uow:
        ids = sorted({row.user_id for row in rows})
        look = partial(_Checks.read, rows, tenant=tenant, now=now, intake=intake, uow=uow)
        creates = intake.unknown_users == "create"
        if creates and (missing := await uow.people.missing(tenant, ids)):
            passing = (await look()).passing(rows)
            if new := passing.intersection(missing):
                await uow.people.create_missing(tenant, sorted(new), now=now)
        last_seq = await uow.people.lock(tenant, ids)
        checks = await look()  # after the locks: others may have used a key until then
        outcomes: list[Outcome] = []
        accepted: list[tuple[NewEvent, int]] = []
        for row in rows:
            there = row.user_id in last_seq
            outcome = checks.outcome(row) if there or creates else None
            if outcome is None and not there:
                if creates and not last:
                    raise _ErasedMeanwhile
                outcome = UserNotFound(row.user_id)
            elif outcome is None:
                last_seq[row.user_id] += 1
                outcome = Recorded(row.user_id, last_seq[row.user_id])
                accepted.append((row, outcome.seq))
                checks.remember(row, outcome)
            outcomes.append(outcome)
        if accepted:
            await uow.events.append(tenant, _columns(accepted), recorded_at=now)
            await uow.events.advance_counters(tenant, _counts(accepted))
        return tuple(outcomes)


@dataclass(slots=True)
class _Checks:
    """What the database knows that bears on a batch, read in one look each."""

    now: datetime
    items: frozenset[str] | None  # None: any item is fine
    impressions: Mapping[str, str | None]
    keys: dict[str, tuple[str | None, Recorded]]

    @classmethod
    async def read(
        cls,
        rows: Sequence[NewEvent],
        *,
        tenant: str,
        now: datetime,
        intake: Intake,
        uow: UnitOfWork,
    ) -> _Checks:
        named = sorted({row.item_id for row in rows if row.item_id is not None})
        cited = sorted({row.impression_id for row in rows if row.impression_id is not None})
        keys = sorted({row.idempotency_key for row in rows if row.idempotency_key is not None})
        found = await uow.events.known_keys(tenant, keys) if keys else {}
        return cls(
            now=now,
            items=await uow.catalogue(tenant).known(named)
            if intake.unknown_items == "reject"
            else None,
            impressions=await uow.impressions.known(tenant, cited) if cited else {},
            keys={k: (print_, Recorded(user, seq)) for k, (user, seq, print_) in found.items()},
        )

    def passing(self, rows: Sequence[NewEvent]) -> set[str]:
        """The users of whom a row would be written if they were there. It takes the rows' keys for
        used, so it is asked once."""
        users: set[str] = set()
        for row in rows:
            if self.outcome(row) is None:
                users.add(row.user_id)
                self.remember(row, Recorded(row.user_id, 0))
        return users

    def outcome(self, row: NewEvent) -> Outcome | None:
        """A refusal, the earlier record of a repeated row, or None for a row to write."""
        if row.idempotency_key in self.keys:
            fingerprint, earlier = self.keys[row.idempotency_key]
            if fingerprint == row.fingerprint:
                return replace(earlier, duplicate=True)
            return IdempotencyConflict(row.idempotency_key)
        if row.occurred_at > self.now + AHEAD:
            return Invalid(
                f"occurred_at {row.occurred_at.isoformat()} lies in the future",
                field="occurred_at",
                fix="send the time at which it happened, with its UTC offset",
            )
        if row.item_id is not None and self.items is not None and row.item_id not in self.items:
            return ItemNotFound(row.item_id)
        if row.impression_id is not None:
            shown_to = self.impressions.get(row.impression_id, "")
            if shown_to not in (None, row.user_id):
                return ImpressionNotFound(row.impression_id)
        return None

    def remember(self, row: NewEvent, recorded: Recorded) -> None:
        if row.idempotency_key is not None:
            self.keys[row.idempotency_key] = (row.fingerprint, recorded)


def _columns(accepted: Sequence[tuple[NewEvent, int]]) -> dict[str, list[Any]]:
    rows = [row for row, _ in accepted]
    return {
        "user_id": [row.user_id for row in rows],
        "seq": [seq for _, seq in accepted],
        "item_id": [row.item_id for row in rows],
        "action": [row.action.value for row in rows],
        "rating": [None if row.rating is None else float(row.rating) for row in rows],
        "text": [row.text for row in rows],
        "metadata": [json.dumps(dict(row.metadata)) if row.metadata else "{}" for row in rows],
        "occurred_at": [row.occurred_at for row in rows],
        "impression_id": [row.impression_id for row in rows],
        "idempotency_key": [row.idempotency_key for row in rows],
        "fingerprint": [row.fingerprint if row.idempotency_key else None for row in rows],
    }


def _counts(accepted: Sequence[tuple[NewEvent, int]]) -> dict[str, tuple[int, datetime]]:
    by_user: dict[str, list[datetime]] = defaultdict(list)
    for row, _ in accepted:
        by_user[row.user_id].append(row.occurred_at)
    return {user: (len(moments), max(moments)) for user, moments in by_user.items()}
