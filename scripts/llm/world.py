"""Recorded people as events to come, and applications that ask models about them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from credence.app.bootstrap import Application, assemble
from credence.app.settings import Settings
from credence.app.stock import put_items
from credence.cli.histories import of_a_folder
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Action, Item
from credence.memory.record_events import Intake, NewEvent, record_events
from scripts.bench.worlds import copied_database, fresh_database

TENANT = "default"
NEVER_MINUTES = 1e6  # no look but by the number of events, however long a study takes
_AT_ONCE = 1_000  # events in one request


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A catalogue, and what each person does in order of time."""

    name: str
    items: tuple[Item, ...]
    events: Mapping[str, tuple[NewEvent, ...]]  # by person
    instructions: Mapping[str, str]  # by person

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(self.events)

    @property
    def longest(self) -> int:
        """Events of whoever has most."""
        return max(map(len, self.events.values()), default=0)

    def first(self, people: int, *, events: int) -> World:
        """The same with the first so many people, and the first events of each."""
        kept = self.people[:people]
        return World(
            name=self.name,
            items=self.items,
            events={person: self.events[person][:events] for person in kept},
            instructions=self.instructions,
        )

    @property
    def told(self) -> str:
        events = sum(map(len, self.events.values()))
        return (
            f"World {self.name}: {len(self.events)} people, {events} events (most "
            f"{self.longest} each), {len(self.items)} items"
        )


@dataclass(slots=True, kw_only=True)
class Bench:
    """A database server, an encoder and a world; each run has a database of its own."""

    server: str
    encoder: SentenceEncoder
    world: World
    _numbers: count[int] = field(default_factory=count)
    _stocked: str | None = None

    async def database(self) -> str:
        """A new database with the world's catalogue and nobody in it."""
        if self._stocked is None:
            url = fresh_database(self.server, "stocked")
            app = assemble(Settings(worker=False), url, self.encoder)
            await put_items(
                TENANT,
                self.world.items,
                encoder=app.encoder,
                engine=app.engine,
                now=datetime.now(UTC),
            )
            await app.close()
            self._stocked = "stocked"
        return copied_database(self.server, f"run_{next(self._numbers)}", self._stocked)

    @asynccontextmanager
    async def application(self, database: str, **settings: Any) -> AsyncIterator[Application]:
        """An application at work on a database but for its worker, which the study drives."""
        given = {"worker": False, "check_within_minutes": NEVER_MINUTES} | settings
        app = assemble(Settings(**given), database, self.encoder)
        async with AsyncExitStack() as stack:
            if app.threads is not None:
                await stack.enter_async_context(app.threads.ready())
            stack.push_async_callback(app.close)
            await stack.enter_async_context(app.worker.leases.kept())
            yield app


def models(url: str, *, roles: str) -> dict[str, Any]:
    """Settings of models at this server in these roles, over a local ranker that loads quickly."""
    return {
        "llm_base_url": url,
        "llm_model": "credence-dev",
        "llm_roles": roles,
        "ranker": "semantic",
    }


def world_of(folder: Path, *, people: int, events: int) -> World:
    """The first people of a folder with the first events of each."""
    now = datetime.now(UTC)
    found = of_a_folder(folder, now=now, most_people=people, most_items=None)
    told: dict[str, list[NewEvent]] = {person: [] for person in found.people}
    for body in found.events:
        if len(told[body["user_id"]]) < events:
            told[body["user_id"]].append(_event(body))
    return World(
        name=found.name,
        items=tuple(_item(body) for body in found.items),
        events={person: tuple(history) for person, history in told.items()},
        instructions=found.instructions,
    )


async def arrive(app: Application, events: Sequence[NewEvent]) -> None:
    """Take events in. Raises RuntimeError where one is refused."""
    intake = Intake(unknown_users="create")
    for start in range(0, len(events), _AT_ONCE):
        outcomes = await record_events(
            events[start : start + _AT_ONCE],
            tenant=TENANT,
            now=datetime.now(UTC),
            intake=intake,
            engine=app.engine,
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        if refused:
            raise RuntimeError(f"{len(refused)} events were refused: {refused[0]}")


async def live(app: Application, world: World, *, batch: int) -> None:
    """Everybody's events in batches, in turns; the worker does all that is due after each turn."""
    for start in range(0, world.longest, batch):
        turn = [one for events in world.events.values() for one in events[start : start + batch]]
        await arrive(app, turn)
        await app.worker.drain()


def _event(body: dict[str, Any]) -> NewEvent:
    return NewEvent(
        **(
            body
            | {
                "action": Action(body["action"]),
                "occurred_at": datetime.fromisoformat(body["occurred_at"]),
                "metadata": {},
            }
        )
    )


def _item(body: dict[str, Any]) -> Item:
    return Item(**(body | {name: tuple(body[name]) for name in ("categories", "creators")}))
