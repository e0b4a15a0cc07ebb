"""An application at work on a memory of a run, with language models in some of its seats."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from credence.app.bootstrap import Application
from credence.app.threads import PaidSaver, Threads
from credence.memory.database import postgres_url
from credence.memory.model import Belief, Operation, Person
from credence.planner.context import Roles
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.graph import build_graph
from credence.planner.llm.extractor import LlmExtractor
from credence.replay.asking.interview import ModelsAway
from credence.replay.believing.hidden import Abstaining

_CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Timely:
    """An extractor to whom it is the day of the last event: replayed people live in the past."""

    extractor: LlmExtractor

    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        if not events:
            return await self.extractor(belief, events)
        now = max(one.event.occurred_at for one in events)
        return await replace(self.extractor, now=now)(belief, events)


@asynccontextmanager
async def at_work(
    app: Application, url: str, *, skipped: Collection[Operation]
) -> AsyncIterator[Application]:
    """The application with its threads and leases; its planner lives in the events' own time.

    An interrupted run is kept in the memory's own schema: threads are named by tenant and person,
    who are the same in all memories of a database.
    """
    assert app.threads is not None, "models take part in the runs of this memory"
    assert app.seats is not None
    async with _threads(app.threads, url) as saver:
        context = replace(app.worker.context, roles=replayed(app.seats.for_run, skipped))
        worker = replace(app.worker, context=context, graph=build_graph(saver))
        async with worker.leases.kept():
            yield replace(app, worker=worker)


def while_served(app: Application, done: Callable[[], None]) -> Callable[[], None]:
    """`done`, but that it raises ModelsAway once a model was given up for a while.

    The built-in parts would make the rest of the memory.
    """

    def told() -> None:
        away = [
            role
            for role, state in (app.seats.states if app.seats else {}).items()
            if state == "open"
        ]
        if away:
            raise ModelsAway(
                f"the models of {', '.join(away)} keep failing; what built-in parts did for them "
                "is counted as fallbacks, unless you begin again in another --out"
            )
        done()

    return told


def replayed(
    roles: Callable[[Person, str], Roles], skipped: Collection[Operation]
) -> Callable[[Person, str], Roles]:
    def taken(person: Person, run_id: str) -> Roles:
        seats = roles(person, run_id)
        policy, extractor = seats.policy, seats.extractor
        if policy is not None and skipped:
            policy = Abstaining(policy, skipped)
        if isinstance(extractor, LlmExtractor):
            extractor = Timely(extractor)
        return replace(seats, policy=policy, extractor=extractor)

    return taken


@asynccontextmanager
async def _threads(threads: Threads, url: str) -> AsyncIterator[PaidSaver]:
    """The application's checkpointer on tables in the schema of `url`."""
    plain = postgres_url(url).set(drivername="postgresql")
    pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
        plain.render_as_string(hide_password=False),
        min_size=0,
        max_size=_CONNECTIONS,
        open=False,
        kwargs={"autocommit": True, "row_factory": dict_row},
    )
    async with pool:
        saver = PaidSaver(pool, threads.saver.serde)
        await saver.setup()
        yield saver
