"""Leases on people: one run or correction of a person at a time, over all processes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.fault import where
from credence.memory.errors import PersonBusy
from credence.memory.model import Person
from credence.memory.people import People, own_token
from credence.memory.unit_of_work import autocommit

log = logging.getLogger(__name__)
_LONGEST_PAUSE = timedelta(days=1)
_MOST_DOUBLINGS = 20  # more would not make a pause longer, and be too much for a timedelta
T = TypeVar("T")
_CLAIM_SECONDS = 5.0  # that a claim which was cancelled may take to end
_WAIT_SECONDS = 0.05  # between tries for a person whom another run holds


@dataclass(slots=True, kw_only=True)
class Leases:
    """Takes, renews and gives back leases, each under a token of its own.

    A commit must hold its person's token, so a run that outlived its lease, or whose person was
    erased and came back, writes nothing. A lease that is not renewed, because its process died,
    runs out, and whoever looks next takes the person over.
    """

    engine: AsyncEngine
    length: timedelta
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    _held: dict[str, Person] = field(default_factory=dict)  # by token

    async def claim_unvisited(
        self, *, after: timedelta, most: int
    ) -> tuple[tuple[Person, str], ...]:
        """Lease people with a belief whom the planner has not looked at for so long."""
        now, token = self.clock(), self.new_id()
        return await self._claimed(
            token,
            lambda people: people.claim_unvisited(
                token=token, now=now, until=now + self.length, since=now - after, limit=most
            ),
        )

    async def claim_lingering(
        self, *, after: timedelta, most: int
    ) -> tuple[tuple[Person, str], ...]:
        """Lease people with an event that the planner has not looked at for so long."""
        now, token = self.clock(), self.new_id()
        return await self._claimed(
            token,
            lambda people: people.claim_lingering(
                token=token, now=now, until=now + self.length, before=now - after, limit=most
            ),
        )

    async def claim_due(self, *, threshold: int, most: int) -> tuple[tuple[Person, str], ...]:
        """Lease people with at least `threshold` unchecked events whom nobody works on."""
        now, token = self.clock(), self.new_id()
        return await self._claimed(
            token,
            lambda people: people.claim(
                token=token, now=now, until=now + self.length, threshold=threshold, limit=most
            ),
        )

    @property
    def held(self) -> int:
        """How many leases this process holds."""
        return len(self._held)

    async def _claimed(
        self, token: str, claim: Callable[[People], Awaitable[Sequence[Person]]]
    ) -> tuple[tuple[Person, str], ...]:
        """Lease whom the claim names, under tokens of their own."""

        async def whole() -> tuple[tuple[Person, str], ...]:
            async with autocommit(self.engine) as uow:
                claimed = tuple((one, own_token(token, one)) for one in await claim(uow.people))
                self._held |= {own: person for person, own in claimed}
            return claimed

        return await _to_its_end(whole())

    @asynccontextmanager
    async def holding(self, person: Person, *, wait: timedelta) -> AsyncIterator[str]:
        """The token of a lease on this person, given back at the end.

        Waits a while for a run that is at work. Raises UserNotFound, PersonBusy.
        """
        deadline = asyncio.get_running_loop().time() + wait.total_seconds()
        token = f"{self.new_id()}:{person.user_id}"
        try:
            while not await _to_its_end(self._take(person, token)):
                if asyncio.get_running_loop().time() > deadline:
                    raise PersonBusy(person.user_id)
                await asyncio.sleep(_WAIT_SECONDS)
            yield token
        finally:
            await self.release(token)

    def pause_after(self, failures: int) -> timedelta:
        """How long to leave somebody alone after so many failures in a row."""
        pause: timedelta = self.length * 2 ** min(failures - 1, _MOST_DOUBLINGS)
        return min(pause, _LONGEST_PAUSE)

    def ended(self, token: str) -> None:
        """The lease ended with a commit, or is left to run out."""
        self._held.pop(token, None)

    async def release(self, token: str) -> None:
        """Give a lease back; if the database is away it runs out by itself."""
        person = self._held.pop(token, None)
        if person is None:
            return
        try:
            async with autocommit(self.engine) as uow:
                await uow.people.release(person, token=token)
        except SQLAlchemyError as error:
            log.warning("a lease was left to run out: %s", type(error).__name__)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew what is held meanwhile, and give back what is held at the end."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            for token in list(self._held):
                await self.release(token)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self.length.total_seconds() / 3)
            try:
                await self._renew()
            except SQLAlchemyError as error:
                log.warning("leases could not be renewed: %s", type(error).__name__)
            except Exception as error:  # noqa: BLE001  the next time may go well
                log.warning("leases could not be renewed: %s", where(error))

    async def _renew(self) -> None:
        if self._held:
            async with autocommit(self.engine) as uow:
                await uow.people.renew(dict(self._held), until=self.clock() + self.length)

    async def _take(self, person: Person, token: str) -> bool:
        now = self.clock()
        async with autocommit(self.engine) as uow:
            taken = await uow.people.claim_one(
                person, token=token, now=now, until=now + self.length
            )
        if taken:
            self._held[token] = person
        return taken


async def _to_its_end(claim: Coroutine[Any, Any, T]) -> T:
    """What is cancelled meanwhile, however often, comes to its end first: whom the database has
    leased by then is known, and can be given back. A database that says nothing for some seconds
    is not waited for."""
    claiming = asyncio.ensure_future(claim)
    try:
        return await asyncio.shield(claiming)
    except asyncio.CancelledError:
        await _awaited(claiming, seconds=_CLAIM_SECONDS)
        raise


async def _awaited(claiming: asyncio.Future[Any], *, seconds: float) -> None:
    """Wait for it so long, whoever else cancels meanwhile; then cancel it."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not claiming.done() and (left := deadline - loop.time()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.wait({claiming}, timeout=left)
    claiming.cancel()
    if claiming.done() and not claiming.cancelled():
        claiming.exception()  # nobody else asks for it
