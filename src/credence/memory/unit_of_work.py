"""One block, one transaction, all repositories on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from credence.memory.beliefs import Beliefs
from credence.memory.catalogue import Catalogue
from credence.memory.commits import Commits
from credence.memory.companions import Companions
from credence.memory.database_figures import DatabaseFigures
from credence.memory.event_log import EventLog
from credence.memory.holdings import Holdings
from credence.memory.impressions import Impressions
from credence.memory.item_memories import ItemMemories
from credence.memory.item_people import ItemPeople
from credence.memory.item_search import ItemSearch
from credence.memory.llm_calls import LlmCalls
from credence.memory.outcomes import Outcomes
from credence.memory.people import People
from credence.memory.people_list import PeopleList
from credence.memory.planner_queue import Queue
from credence.memory.planner_threads import PlannerThreads
from credence.memory.ranker_weights import RankerWeights
from credence.memory.run_changes import RunChanges
from credence.memory.runs import PlannerRuns
from credence.memory.sign_ins import SignIns
from credence.memory.trail import Trail
from credence.memory.unlinked import Unlinked


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """The repositories of one open transaction."""

    connection: AsyncConnection

    @property
    def beliefs(self) -> Beliefs:
        return Beliefs(self.connection)

    @property
    def trail(self) -> Trail:
        return Trail(self.connection)

    @property
    def commits(self) -> Commits:
        return Commits(self.connection)

    @property
    def events(self) -> EventLog:
        return EventLog(self.connection)

    @property
    def people(self) -> People:
        return People(self.connection)

    @property
    def holdings(self) -> Holdings:
        return Holdings(self.connection)

    @property
    def people_list(self) -> PeopleList:
        return PeopleList(self.connection)

    @property
    def sign_ins(self) -> SignIns:
        return SignIns(self.connection)

    @property
    def runs(self) -> PlannerRuns:
        return PlannerRuns(self.connection)

    @property
    def run_changes(self) -> RunChanges:
        return RunChanges(self.connection)

    @property
    def queue(self) -> Queue:
        return Queue(self.connection)

    @property
    def figures(self) -> DatabaseFigures:
        return DatabaseFigures(self.connection)

    @property
    def llm_calls(self) -> LlmCalls:
        return LlmCalls(self.connection)

    @property
    def threads(self) -> PlannerThreads:
        return PlannerThreads(self.connection)

    @property
    def unlinked(self) -> Unlinked:
        return Unlinked(self.connection)

    @property
    def impressions(self) -> Impressions:
        return Impressions(self.connection)

    @property
    def outcomes(self) -> Outcomes:
        return Outcomes(self.connection)

    @property
    def item_memories(self) -> ItemMemories:
        return ItemMemories(self.connection)

    @property
    def item_search(self) -> ItemSearch:
        return ItemSearch(self.connection)

    @property
    def item_people(self) -> ItemPeople:
        return ItemPeople(self.connection)

    @property
    def companions(self) -> Companions:
        return Companions(self.connection)

    @property
    def ranker_weights(self) -> RankerWeights:
        return RankerWeights(self.connection)

    def catalogue(self, tenant: str) -> Catalogue:
        return Catalogue(self.connection, tenant)


@asynccontextmanager
async def unit_of_work(engine: AsyncEngine) -> AsyncIterator[UnitOfWork]:
    """Commit on success, roll back on any error. No model may run inside."""
    async with engine.begin() as connection:
        yield UnitOfWork(connection)


@asynccontextmanager
async def autocommit(engine: AsyncEngine) -> AsyncIterator[UnitOfWork]:
    """Every statement by itself, which saves the round trips of a transaction.

    For reads, and for a write of one statement: nothing here is undone by a later error.
    """
    async with engine.connect() as connection:
        yield UnitOfWork(await connection.execution_options(isolation_level="AUTOCOMMIT"))
