"""What the system page tells, read part by part."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from importlib.metadata import version

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app import schema
from credence.app.admin.desk import Desk
from credence.app.admin.system.shown_settings import place_of
from credence.app.api.health import whats_missing
from credence.app.api.serving import Serving
from credence.app.bootstrap import Application
from credence.app.causal_teller import CausalTeller
from credence.app.examination import (
    Finding,
    of_data_folder,
    of_pgvector,
    of_schema,
    of_server,
)
from credence.app.rankers import OwnWeights, StandIn
from credence.app.remote_ranker import RemoteRanker
from credence.inference.listwise.bundle import shipped
from credence.memory.database import PoolState, pool_state
from credence.memory.database_figures import Connections, TableSize
from credence.memory.limited_time import limited_time
from credence.memory.llm_call import Grouping, Spent, Total
from credence.memory.outcome import ListOutcome, Telling
from credence.memory.planner_queue import Failing, Waiting
from credence.memory.runs import RunOf
from credence.planner.llm.asking import Role

_MILLISECONDS = 3_000  # that one query of the page may take
_TABLES = 12
_FAILING = 10
MOST_FAILED = 100  # runs that are counted
_GROUPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether requests are served, and on what."""

    missing: str | None
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerFacts:
    """What orders candidates."""

    name: str
    how: str
    files: str
    stands_in: bool
    place: str | None  # of a process elsewhere
    state: str | None  # of the circuit to it
    unused: bool  # a process is named in the settings, and cannot be used
    own: str | None  # of this tenant, if it has weights of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFacts:
    """Who plays one role."""

    role: str
    model: str | None
    place: str | None
    state: str | None
    key: bool = False
    priced: bool = False
    causal: bool = False  # ranks by labels: its calls have no price


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsFacts:
    """Who puts into words why an item was shown, and in how many tokens."""

    model: str | None  # None: the process elsewhere has them
    place: str | None
    state: str | None
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A daily limit of this tenant, and how much of it is used."""

    what: str
    used: str
    most: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What this tenant's calls to models cost."""

    day: Total
    month: Total
    groups: Sequence[Total]  # by role and model, of the 30 days
    limits: Sequence[Limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """What waits for the planner."""

    waiting: Waiting
    failing: Sequence[Failing]
    failed: int  # runs of this tenant in the last hour, MOST_FAILED at most
    latest: RunOf | None
    held: int  # leases of this process
    plans: bool  # whether this process runs the planner


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """How large the database is."""

    size: int
    tables: Sequence[TableSize]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    """The process that answers."""

    version: str
    python: str
    machine: str
    started_at: datetime
    pools: Sequence[tuple[str, PoolState]]
    impressions_dropped: int
    calls_dropped: int


async def health(app: Application, serving: Serving) -> Health:
    """Database, pgvector, schema, room on the disk and encoder."""
    missing = await whats_missing(serving, app)
    embedded = app.settings.database_url is None
    async with limited_time(app.engine, milliseconds=_MILLISECONDS) as uow:
        server = await uow.figures.server()
    needed = await asyncio.to_thread(schema.newest)
    findings = [
        of_server(_where(app.engine, embedded=embedded), server.major),
        of_pgvector(server.available, server.installed),
        *([of_schema(needed, needed, embedded=embedded)] if missing is None else []),
        *([of_data_folder(app.settings.data_dir)] if embedded else []),
        Finding("encoder", "ok", f"{app.encoder.name}, {app.encoder.dimension} dimensions"),
    ]
    return Health(missing=None if missing is None else missing.says, findings=findings)


async def ranker(app: Application, tenant: str) -> RankerFacts:
    """Which ranker orders candidates, and where it is."""
    used, settings = app.ranker, app.settings
    routed = settings.ranker != "semantic" and not isinstance(used, StandIn)
    how = "in process"
    if isinstance(used, RemoteRanker):
        how = "in a process of its own; the same model in process stands in for it"
    elif isinstance(used, StandIn):
        how = "in process, in place of the routed model, whose files cannot be used"
    own = await app.counter.rankers.of(tenant)
    return RankerFacts(
        name=used.name,
        how=how,
        files=str(settings.ranker_model or shipped()) if routed else "",
        stands_in=isinstance(used, StandIn),
        place=None if settings.ranker_url is None else place_of(str(settings.ranker_url)),
        state=used.state if isinstance(used, RemoteRanker) else None,
        unused=settings.ranker_url is not None and not isinstance(used, RemoteRanker),
        own=own.name if isinstance(own, OwnWeights) else None,
    )


def roles(app: Application) -> Sequence[RoleFacts]:
    """Every role, played by a model or by a built-in part. Keys are said to be there or not."""
    return [_of_a_role(app, role) for role in Role]


def _of_a_role(app: Application, role: Role) -> RoleFacts:
    if role is Role.RANKER and app.language_ranker is not None:
        name = app.language_ranker.name
        return RoleFacts(role=role.value, model=name, place=None, state=None, causal=True)
    if role is Role.RANKER and app.language_process is not None:
        return RoleFacts(
            role=role.value,
            model=app.language_process.name,
            place=place_of(str(app.settings.causal_url)),
            state=app.language_process.state,
            key=app.settings.ranker_key is not None,
            causal=True,
        )
    llm, seats = app.settings.llm, app.seats
    states = {} if seats is None else seats.states
    endpoints = {} if llm is None else llm.endpoints
    endpoint = endpoints.get(role) if role.value in states else None
    return RoleFacts(
        role=role.value,
        model=None if endpoint is None else endpoint.model,
        place=None if endpoint is None else place_of(endpoint.base_url),
        state=states.get(role.value),
        key=endpoint is not None and endpoint.key is not None,
        priced=endpoint is not None and llm is not None and endpoint.model in llm.prices,
    )


def words(app: Application) -> WordsFacts | None:
    """Who writes explanations; None where nobody does."""
    process, teller = app.telling_process, app.teller
    if teller is None:
        return None
    return WordsFacts(
        model=teller.name if isinstance(teller, CausalTeller) else None,
        place=None if process is None else place_of(str(app.settings.causal_url)),
        state=None if process is None else process.state,
        tokens=teller.most
        if isinstance(teller, CausalTeller)
        else app.settings.causal_explanation_tokens,
    )


async def spending(app: Application, tenant: str, now: datetime) -> Spending:
    """Of the last day and of 30 days, and of today's limits (UTC)."""
    day, month = now - timedelta(days=1), now - timedelta(days=30)
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
    async with limited_time(app.engine, milliseconds=_MILLISECONDS) as uow:
        (of_day,) = await uow.llm_calls.totals(tenant, by=(), since=day)
        (of_month,) = await uow.llm_calls.totals(tenant, by=(), since=month)
        groups = await uow.llm_calls.totals(
            tenant, by=(Grouping.ROLE, Grouping.MODEL), since=month, most=_GROUPS
        )
        today = await uow.llm_calls.spent(tenant, since=midnight)
    return Spending(day=of_day, month=of_month, groups=groups, limits=_limits(app, today))


async def lists(app: Application, tenant: str, now: datetime) -> Sequence[ListOutcome]:
    """What came of this tenant's lists of 30 days, by ranker."""
    async with limited_time(app.engine, milliseconds=_MILLISECONDS) as uow:
        return await uow.outcomes.of(
            tenant, by=(Telling.RANKER,), since=now - timedelta(days=30), most=_GROUPS
        )


async def queue(desk: Desk) -> QueueFacts:
    """What waits for the planner, and who failed."""
    app, now = desk.app, desk.now
    async with limited_time(app.engine, milliseconds=_MILLISECONDS) as uow:
        waiting = await uow.queue.waiting(
            now=now, threshold=app.worker.check_after, before=now - app.worker.check_within
        )
        failing = await uow.queue.failing(desk.tenant, most=_FAILING)
        failed = await uow.runs.everywhere(
            desk.tenant, outcome="failed", since=now - timedelta(hours=1), limit=MOST_FAILED
        )
        latest = await uow.runs.everywhere(desk.tenant, limit=1)
    return QueueFacts(
        waiting=waiting,
        failing=failing,
        failed=len(failed.runs),
        latest=latest.runs[0] if latest.runs else None,
        held=app.worker.leases.held,
        plans=app.settings.worker,
    )


async def database(app: Application) -> DatabaseFacts:
    """Sizes, as Postgres knows them."""
    async with limited_time(app.engine, milliseconds=_MILLISECONDS) as uow:
        return DatabaseFacts(
            size=await uow.figures.size(), tables=await uow.figures.biggest(_TABLES)
        )


async def connections(app: Application) -> Connections:
    """Of everybody to the database's server."""
    async with limited_time(app.engine, milliseconds=_MILLISECONDS) as uow:
        return await uow.figures.connections()


def process(app: Application) -> ProcessFacts:
    """The process that answers, which may be one of several."""
    pools = (
        ("requests and planner", pool_state(app.engine)),
        ("impressions", pool_state(app.relaxed)),
    )
    return ProcessFacts(
        version=version("credence"),
        python=platform.python_version(),
        machine=platform.platform(terse=True),
        started_at=app.started_at,
        pools=[(name, state) for name, state in pools if state is not None],
        impressions_dropped=app.shelf.impressions.dropped,
        calls_dropped=0 if app.seats is None else app.seats.ledger.dropped,
    )


def _limits(app: Application, today: Spent) -> Sequence[Limit]:
    llm = app.settings.llm
    if llm is None:
        return []
    found = []
    if llm.daily_budget is not None:
        found.append(
            Limit(
                what="US dollars",
                used=f"{today.price:,.4f}",
                most=f"{llm.daily_budget:,g}",
                share=today.price / llm.daily_budget,
            )
        )
    if llm.daily_tokens is not None:
        found.append(
            Limit(
                what="tokens",
                used=f"{today.tokens:,}",
                most=f"{llm.daily_tokens:,}",
                share=today.tokens / llm.daily_tokens,
            )
        )
    return found


def _where(engine: AsyncEngine, *, embedded: bool) -> str:
    if embedded:
        return "embedded"
    url = engine.url
    return f"{url.host}:{url.port or 5432}/{url.database}"
