"""The planner at work in the background: claims people with enough new events, one run each."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.away import AWAY
from credence.app.fault import where
from credence.app.leases import Leases
from credence.app.threads import PaidSaver
from credence.memory.errors import Refused
from credence.memory.model import Person
from credence.memory.planner_run import Asked, PlannerRun, asked_of
from credence.memory.unit_of_work import autocommit, unit_of_work
from credence.planner.context import Context
from credence.planner.run import Graph, run_planner

log = logging.getLogger(__name__)
_IDLE_SECONDS = 0.25  # between looks at the database when nobody is due
_UPKEEP = 2  # people looked at for upkeep at a time, so that whoever is due finds room
_OTHERS_SECONDS = 5.0  # between looks for those who are not due by the number of their events
_SWEEP_SECONDS = 600.0  # between looks for what killed processes left
_CANCEL_SECONDS = 0.5  # between two cancellations of a run that goes on
_AWAY_SECONDS = 2.0  # between looks while the database is away, or after an unforeseen error


@dataclass(slots=True, kw_only=True)
class Worker:
    """Runs the planner over people, each under a lease, so that no two runs meet on one person."""

    engine: AsyncEngine
    context: Context
    graph: Graph
    leases: Leases
    check_after: int
    check_within: timedelta  # after which events are looked at, however few
    upkeep_after: timedelta
    at_a_time: int
    new_id: Callable[[], str]
    durable: bool = False  # the graph has a checkpointer: an interrupted run is gone on with
    finished: Callable[[PlannerRun], None] = lambda run: None
    looked_at: float = field(default_factory=time.monotonic)  # when it last could, or was full
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def silent_seconds(self) -> float:
        """Since it last could look for people; some seconds while all goes well."""
        return time.monotonic() - self.looked_at

    def wake(self) -> None:
        """There may be somebody to look at: do not wait for the next look."""
        self._woken.set()

    async def serve(self) -> None:
        """Work until cancelled; whatever goes wrong, go on after a while."""
        while True:
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001  the planner must outlive any one fault
                log.error("the planner starts again after %s", where(error))  # noqa: TRY400
            await asyncio.sleep(_AWAY_SECONDS)

    async def sweep(self) -> None:
        """Remove what killed processes left of runs that nobody will go on with; another time if
        the database cannot be reached."""
        if not self.durable:
            return
        try:
            async with unit_of_work(self.engine) as uow:
                await uow.threads.sweep()
        except SQLAlchemyError as error:
            log.warning("left-over runs were not removed: %s", type(error).__name__)

    async def drain(self) -> int:
        """Look at everybody who is due, upkeep too, until nobody is; the number of runs."""
        runs = 0
        while claimed := await self._claim(self.at_a_time):
            await asyncio.gather(*(self._advance(person, token) for person, token in claimed))
            runs += len(claimed)
        return runs

    async def advance(
        self, person: Person, *, wait: timedelta, asked: Asked | None = None
    ) -> PlannerRun:
        """One run now, because somebody asked, after one that was interrupted, if there is any.
        Raises UserNotFound, PersonBusy."""
        run_id = self.new_id()
        while True:
            async with self.leases.holding(person, wait=wait) as token:
                run = await self._run(person, token, run_id=run_id, forced=True, asked=asked)
            if run.run_id == run_id:
                return run

    async def look(self, person: Person, *, wait: timedelta) -> PlannerRun:
        """One run as if the person were due. Raises UserNotFound, PersonBusy."""
        async with self.leases.holding(person, wait=wait) as token:
            return await self._run(person, token, run_id=self.new_id(), forced=False)

    async def _work(self) -> None:
        running: dict[asyncio.Task[None], str] = {}  # with the tokens of their leases
        look_again = sweep_again = 0.0
        try:
            while True:
                self._woken.clear()
                if time.monotonic() >= sweep_again:
                    await self.sweep()
                    sweep_again = time.monotonic() + _SWEEP_SECONDS
                others = time.monotonic() >= look_again
                claimed = await self._claim(self.at_a_time - len(running), others=others)
                if others and not claimed:
                    look_again = time.monotonic() + _OTHERS_SECONDS
                for person, token in claimed:
                    running[asyncio.create_task(self._advance(person, token))] = token
                woken = asyncio.create_task(self._woken.wait())
                try:
                    await asyncio.wait(
                        {*running, woken},
                        timeout=_IDLE_SECONDS,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                finally:
                    woken.cancel()
                for run in [run for run in running if run.done()]:
                    del running[run]
        finally:
            await _end(set(running))
            for token in running.values():
                await self.leases.release(token)

    async def _claim(self, room: int, *, others: bool = True) -> tuple[tuple[Person, str], ...]:
        """People with enough new events; if there are none, whoever else is to be looked at."""
        try:
            claimed = await self._claimed(room, others) if room > 0 else ()
        except SQLAlchemyError as error:
            log.warning("the planner cannot reach the database: %s", type(error).__name__)
            await asyncio.sleep(_AWAY_SECONDS)
            return ()
        self.looked_at = time.monotonic()
        return claimed

    async def _claimed(self, room: int, others: bool) -> tuple[tuple[Person, str], ...]:
        claimed = await self.leases.claim_due(threshold=self.check_after, most=room)
        if claimed or not others:
            return claimed
        return await self._claim_others(room)

    async def _claim_others(self, room: int) -> tuple[tuple[Person, str], ...]:
        """People with few events that have waited long; if there are none, people nobody has
        looked at for long, whose beliefs have faded."""
        return await self.leases.claim_lingering(
            after=self.check_within, most=room
        ) or await self.leases.claim_unvisited(after=self.upkeep_after, most=min(room, _UPKEEP))

    async def _advance(self, person: Person, token: str) -> None:
        """One run; its commit ends the lease. A run that is cancelled leaves it held.

        What fails again and again does so ever more rarely. When the database is away the lease
        is left to run out.
        """
        try:
            await self._run(person, token, run_id=self.new_id(), forced=False)
        except Refused as error:  # somebody else committed first, or the person is gone
            log.warning("a planner run was given up, to be tried again: %s", type(error).__name__)
            await self.leases.release(token)
        except AWAY as error:
            log.warning("a planner run lost the database: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001  one person's fault must not stop the others
            log.error("a planner run failed: %s", where(error))  # noqa: TRY400
        self.leases.ended(token)

    async def _run(
        self,
        person: Person,
        token: str,
        *,
        run_id: str,
        forced: bool,
        asked: Asked | None = None,
    ) -> PlannerRun:
        started, thread = self.context.timer(), None
        try:
            if self.durable:
                async with autocommit(self.engine) as uow:
                    thread = await uow.threads.of(person)
            run = await run_planner(
                person,
                run_id=run_id,
                lease=token,
                forced=forced,
                asked=asked,
                graph=self.graph,
                context=self.context,
                thread=thread,
            )
        except AWAY:  # what was paid for is kept until the database is back
            raise
        except Refused:
            await self._forget(person, thread, token)
            raise
        except Exception as error:
            await self._forget(person, thread, token)
            await self._record_failure(person, token, error, since=started, asked=asked)
            raise
        finally:
            if thread is not None and isinstance(saver := self.graph.checkpointer, PaidSaver):
                saver.let_go(thread)
        self.finished(run)
        return run

    async def _forget(self, person: Person, thread: str | None, token: str) -> None:
        """The thread of a run that failed is of no more use, and holds what models answered."""
        if thread is None:
            return
        try:
            async with unit_of_work(self.engine) as uow:
                await uow.threads.forget_run(person, thread, lease=token)
        except SQLAlchemyError as error:  # the next run of the person finds it stale
            log.warning("the thread of a run was left: %s", type(error).__name__)

    async def _record_failure(
        self,
        person: Person,
        token: str,
        error: Exception,
        *,
        since: float,
        asked: Asked | None,
    ) -> None:
        run = PlannerRun(
            run_id=self.new_id(),
            started_at=self.context.clock(),
            duration_ms=(self.context.timer() - since) * 1000,
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
            detail=asked_of(asked),
        )
        self.finished(run)
        try:
            async with unit_of_work(self.engine) as uow:
                failures = await uow.people.count_failure(person, token=token)
                if failures:
                    until = self.leases.clock() + self.leases.pause_after(failures)
                    await uow.people.leave_alone(person, token=token, until=until)
                await uow.runs.add(person, run)
        except SQLAlchemyError as unwritten:
            log.warning("a failed run was not recorded: %s", type(unwritten).__name__)


async def _end(runs: set[asyncio.Task[None]]) -> None:
    """Cancel runs until all have ended: between two steps LangGraph loses a cancellation."""
    while runs:
        for run in runs:
            run.cancel()
        _, runs = await asyncio.wait(runs, timeout=_CANCEL_SECONDS)
