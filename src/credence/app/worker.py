"""The planner at work in the background: claims people with enough new events, one run each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.memory.errors import PersonBusy, Refused
from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.memory.unit_of_work import unit_of_work
from credence.planner.context import Context
from credence.planner.run import Graph, run_planner

log = logging.getLogger(__name__)
_IDLE_SECONDS = 0.25  # between looks at the database when nobody is due
_WAIT_SECONDS = 0.05  # between tries for a person whom another run holds


@dataclass(slots=True, kw_only=True)
class Worker:
    """Runs the planner over people, each under a lease, so that no two runs meet on one person.

    A lease that is not renewed, because its process died, runs out; whoever looks next takes the
    person over from the last committed revision. Even a run that outlives its lease cannot do
    harm: its commit names the revision it began at.
    """

    engine: AsyncEngine
    context: Context
    graph: Graph
    owner: str
    check_after: int
    at_a_time: int
    lease: timedelta
    new_id: Callable[[], str]
    finished: Callable[[PlannerRun], None] = lambda run: None
    _held: set[Person] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There may be somebody to look at: do not wait for the next look."""
        self._woken.set()

    async def serve(self) -> None:
        """Work until cancelled; a database that is away is waited for."""
        running: set[asyncio.Task[None]] = set()
        heartbeat = asyncio.create_task(self._renew())
        try:
            while True:
                self._woken.clear()
                claimed = await self._claim(self.at_a_time - len(running))
                running |= {asyncio.create_task(self._advance(person)) for person in claimed}
                if running:
                    waker = asyncio.create_task(self._woken.wait())
                    done, _ = await asyncio.wait(
                        {*running, waker}, return_when=asyncio.FIRST_COMPLETED
                    )
                    waker.cancel()
                    running -= done
                elif not claimed:
                    await self._rest()
        finally:
            heartbeat.cancel()
            for task in running:
                task.cancel()
            await asyncio.gather(heartbeat, *running, return_exceptions=True)

    async def drain(self) -> int:
        """Look at everybody who is due until nobody is; the number of runs."""
        runs = 0
        while claimed := await self._claim(self.at_a_time):
            await asyncio.gather(*(self._advance(person) for person in claimed))
            runs += len(claimed)
        return runs

    async def advance(self, person: Person, *, wait: timedelta) -> PlannerRun:
        """One run now, because somebody asked. Raises UserNotFound, PersonBusy."""
        async with self.holding(person, wait=wait):
            return await self._run(person, forced=True)

    def holding(self, person: Person, *, wait: timedelta) -> Lease:
        """The person's lease as a context manager, for runs and corrections alike."""
        return Lease(self, person, wait)

    async def _claim(self, room: int) -> tuple[Person, ...]:
        if room <= 0:
            return ()
        now = self.context.clock()
        try:
            async with unit_of_work(self.engine) as uow:
                claimed = await uow.people.claim(
                    owner=self.owner,
                    now=now,
                    until=now + self.lease,
                    threshold=self.check_after,
                    limit=room,
                )
        except SQLAlchemyError as error:
            log.warning("the planner cannot reach the database: %s", type(error).__name__)
            return ()
        self._held |= set(claimed)
        return claimed

    async def _advance(self, person: Person) -> None:
        """One run; its commit ends the lease, so there is one to give back only if it failed."""
        try:
            await self._run(person, forced=False)
            self._held.discard(person)
        except Refused as error:  # somebody else committed first, or the person is gone
            log.warning("a planner run was given up, to be tried again: %s", type(error).__name__)
            await self.release(person)
        except SQLAlchemyError as error:
            log.warning("a planner run lost the database: %s", type(error).__name__)
            self._held.discard(person)
        except Exception as error:
            log.exception("a planner run failed; it is tried again when its lease has run out")
            self._held.discard(person)
            await self._record_failure(person, error)

    async def _run(self, person: Person, *, forced: bool) -> PlannerRun:
        run = await run_planner(
            person, run_id=self.new_id(), forced=forced, graph=self.graph, context=self.context
        )
        self.finished(run)
        return run

    async def _record_failure(self, person: Person, error: Exception) -> None:
        run = PlannerRun(
            run_id=self.new_id(),
            started_at=self.context.clock(),
            duration_ms=0.0,
            policy=self.context.policy.name,
            outcome="failed",
            operations=(),
            reason="the run ended in an error; nothing was changed",
            signals={},
            cost={},
            events_consumed=0,
            base_revision=0,
            revision=None,
            error=type(error).__name__,
        )
        self.finished(run)
        try:
            async with unit_of_work(self.engine) as uow:
                await uow.runs.add(person, run)
        except SQLAlchemyError as unwritten:
            log.warning("a failed run was not recorded: %s", type(unwritten).__name__)

    async def take(self, person: Person) -> bool:
        """Try to lease a person. Raises UserNotFound."""
        now = self.context.clock()
        async with unit_of_work(self.engine) as uow:
            taken = await uow.people.claim_one(
                person, owner=self.owner, now=now, until=now + self.lease
            )
        if taken:
            self._held.add(person)
        return taken

    async def release(self, person: Person) -> None:
        """Give a lease back; if the database is away it runs out by itself."""
        self._held.discard(person)
        try:
            async with unit_of_work(self.engine) as uow:
                await uow.people.release(person, owner=self.owner)
        except SQLAlchemyError as error:
            log.warning("a lease was left to run out: %s", type(error).__name__)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            if not self._held:
                continue
            until = self.context.clock() + self.lease
            try:
                async with unit_of_work(self.engine) as uow:
                    await uow.people.renew(self.owner, sorted(self._held), until=until)
            except SQLAlchemyError as error:
                log.warning("leases could not be renewed: %s", type(error).__name__)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), timeout=_IDLE_SECONDS)
        except TimeoutError:
            return


@dataclass(slots=True)
class Lease:
    """Holds one person against other runs; waits a while for a run that is at work."""

    worker: Worker
    person: Person
    wait: timedelta

    async def __aenter__(self) -> None:
        deadline = asyncio.get_running_loop().time() + self.wait.total_seconds()
        while not await self.worker.take(self.person):
            if asyncio.get_running_loop().time() > deadline:
                raise PersonBusy(self.person.user_id)
            await asyncio.sleep(_WAIT_SECONDS)

    async def __aexit__(self, *exc: object) -> None:
        await self.worker.release(self.person)
