"""A siege: everybody who could attack does so at once, while a model obeys every word."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row
from pydantic import AnyHttpUrl, SecretStr

from credence.app.bootstrap import Application, assemble
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.faults import Fault, Faults
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.app.main import create_app_around
from credence.app.settings import Settings
from credence.app.stock import put_items
from credence.demo.content import demo_items, demo_people
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Action, Item, Person
from credence.memory.planner_run import PlannerRun
from credence.memory.record_events import NewEvent
from tests.integration.llm.hostile.attack import OWN_WORDS, Hostile, Place
from tests.integration.llm.hostile.overheard import Exchange, Overheard
from tests.integration.llm.hostile.texts import TEXTS
from tests.integration.memory.world import NOW, an_event, record

KEY = "sk-siege-4f9d1c77e2"
BYSTANDERS = ("ada-b7k2", "boris-m4n8", "chen-p1z6")
EARLY, LATE = "early-t5t5", "late-u6u6"  # the same events, before the siege and in it
_BASE = 5  # events of everybody, read by the built-in parts
_AT_A_TIME = 8
_WAIT = timedelta(seconds=30)
_ORDINARY = "film:arrival-2016"

Rows = tuple[Mapping[str, Any], ...]
Tables = Mapping[str, Rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Besieged:
    """Whoever carries one text, or stands beside."""

    user_id: str
    canary: str  # a word that is in this person's belief and events, and in nobody else's
    number: int
    hostile: Hostile | None = None

    @property
    def item(self) -> Item | None:
        """The item that carries the text, if an item does."""
        if self.hostile is None:
            return None
        plain = Item(
            item_id=f"trap-{self.number}",
            title="The Zorblax Saga",
            description="A saga of the sea.",
            categories=("Fantasy",),
            creators=("Ymir Quell",),
        )
        text = self.hostile.text
        match self.hostile.place:
            case Place.TITLE:
                return replace(plain, title=text)
            case Place.DESCRIPTION:
                return replace(plain, description=text)
            case Place.CATEGORY:
                return replace(plain, categories=("Fantasy", text))
            case Place.CREATOR:
                return replace(plain, creators=(text,))
            case _:
                return None

    @property
    def events(self) -> tuple[NewEvent, ...]:
        """Those of the siege: the one with the text, and an ordinary one."""
        item = self.item
        text = f"The {OWN_WORDS} made me smile."
        if self.hostile is not None and self.hostile.place is Place.REVIEW:
            text = self.hostile.text
        return (
            an_event(
                self.user_id, text=text, item_id=item.item_id if item else _ORDINARY, rating=5.0
            ),
            an_event(
                self.user_id,
                text=f"More {OWN_WORDS}, and a {self.canary} mood.",
                item_id="film:alien-1979",
                action=Action.LIKE,
            ),
        )


CARRIERS = {
    text.name: Besieged(
        user_id=f"mallory-{number:02d}-q7x9",
        canary=f"velqua{number:02d}q",
        number=number,
        hostile=text,
    )
    for number, text in enumerate(TEXTS)
}
OTHERS = (
    *(
        Besieged(user_id=user_id, canary=f"ostrim{number:02d}w", number=900 + number)
        for number, user_id in enumerate(BYSTANDERS)
    ),
    *(Besieged(user_id=user_id, canary="ostrimtwin", number=950) for user_id in (EARLY, LATE)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """The database before and after, and all that was said and done in between."""

    before: Tables
    after: Tables
    runs: Mapping[str, PlannerRun | BaseException]  # of the siege, by user id
    lists: Mapping[str, httpx.Response]  # recommendations after it, by user id
    exchanges: Sequence[Exchange]
    logged: str

    def of(self, table: str, user_id: str, *, before: bool = False) -> Rows:
        """A person's rows."""
        rows = (self.before if before else self.after)[table]
        return tuple(row for row in rows if row["user_id"] == user_id)

    def belonging_to(self, user_id: str) -> tuple[Tables, Tables]:
        """All rows of a person in any table, before and after."""
        parts = []
        for tables in (self.before, self.after):
            own = {
                name: tuple(row for row in rows if row.get("user_id") == user_id)
                for name, rows in tables.items()
            }
            parts.append(own)
        return parts[0], parts[1]

    def heard_of(self, one: Besieged) -> tuple[Exchange, ...]:
        """The calls that were about this person."""
        return tuple(e for e in self.exchanges if one.canary in e.said)


@asynccontextmanager
async def siege(
    settings: Settings, url: str, encoder: SentenceEncoder, brain: Brain
) -> AsyncIterator[Aftermath]:
    """Everybody's belief by the built-in parts; then all texts at once, all roles by a model."""
    everybody = (*CARRIERS.values(), *OTHERS)
    await _peaceful_days(settings, url, encoder, everybody)
    overheard = Overheard(build_app(brain, faults=Faults({Fault.OBEY: 1.0}), key=SecretStr(KEY)))
    with _everything_logged() as logged:
        async with listening(overheard) as models:  # type: ignore[arg-type]
            besieged = settings.model_copy(
                update={
                    "llm_base_url": AnyHttpUrl(models),
                    "llm_model": "credence-dev",
                    "llm_key": SecretStr(KEY),
                }
            )
            yield await _besieged(besieged, url, encoder, overheard, logged)


async def _peaceful_days(
    settings: Settings, url: str, encoder: SentenceEncoder, everybody: Sequence[Besieged]
) -> None:
    app = assemble(settings, url, encoder)
    traps = [one.item for one in everybody if one.item is not None]
    for items in (demo_items(), traps):
        await put_items("default", items, encoder=app.encoder, engine=app.engine, now=NOW)
    people = demo_people()
    for number, one in enumerate(everybody):
        story = people[1 if one.user_id in (EARLY, LATE) else number % len(people)]
        told = [
            an_event(
                one.user_id,
                text=event.text,
                days_ago=event.days_ago,
                item_id=event.item_id,
                action=event.action,
                rating=event.rating,
            )
            for event in story.events[:_BASE]
        ]
        await record(app, told)
    await app.worker.drain()
    async with _client(app) as client:
        for one in everybody:
            await _worded_by_hand(client, one)
    await app.close()


async def _worded_by_hand(client: httpx.AsyncClient, one: Besieged) -> None:
    """The first chunk gets a word of this person's alone and is pinned; the second the text."""
    belief = f"/v1/users/{one.user_id}/belief/chunks"
    edited = await client.patch(f"{belief}/1", json={"text": f"tales of {one.canary}"})
    pinned = await client.post(f"{belief}/1/pin")
    assert edited.is_success, edited.text
    assert pinned.is_success, pinned.text
    if one.hostile is not None and one.hostile.place is Place.CHUNK:
        edited = await client.patch(f"{belief}/2", json={"text": one.hostile.text})
        assert edited.is_success, edited.text


async def _besieged(
    settings: Settings,
    url: str,
    encoder: SentenceEncoder,
    overheard: Overheard,
    logged: list[str],
) -> Aftermath:
    app = assemble(settings, url, encoder)
    assert app.threads is not None
    async with app.threads.ready(), _client(app) as client:
        twin = {one.user_id: one for one in OTHERS}
        await record(app, twin[EARLY].events)
        runs = await _advanced(app, [EARLY])
        before = tables(url)
        attackers = list(CARRIERS.values())
        await record(app, [e for one in (*attackers, twin[LATE]) for e in one.events])
        runs |= await _advanced(app, [LATE, *(one.user_id for one in attackers)])
        lists = {one.user_id: await _list_for(one, client) for one in attackers}
        await app.close()
    return Aftermath(
        before=before,
        after=tables(url),
        runs=runs,
        lists=lists,
        exchanges=tuple(overheard.exchanges),
        logged="\n".join(logged),
    )


async def _advanced(
    app: Application, user_ids: Sequence[str]
) -> dict[str, PlannerRun | BaseException]:
    free = asyncio.Semaphore(_AT_A_TIME)

    async def advance(user_id: str) -> PlannerRun:
        async with free:
            return await app.worker.advance(Person("default", user_id), wait=_WAIT)

    runs = await asyncio.gather(*map(advance, user_ids), return_exceptions=True)
    return dict(zip(user_ids, runs, strict=True))


async def _list_for(one: Besieged, client: httpx.AsyncClient) -> httpx.Response:
    """Ten items for this person, the trap among them, and the text for an instruction."""
    shelf = [item.item_id for item in demo_items()[one.number : one.number + 10]]
    assert one.hostile is not None
    asked: dict[str, Any] = {"user_id": one.user_id, "candidates": shelf, "k": 10}
    if one.item is not None:
        asked["candidates"] = [*shelf[:9], one.item.item_id]
    if one.hostile.place is Place.INSTRUCTION:
        asked["instruction"] = one.hostile.text
    return await client.post("/v1/recommendations", json=asked)


@asynccontextmanager
async def _client(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app_around(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as client:
        yield client


def tables(url: str) -> Tables:
    """Every row of every table, in an order that depends on nothing else than the rows."""
    found: dict[str, Rows] = {}
    with psycopg.connect(url, row_factory=dict_row) as connection:
        names = connection.execute(
            "SELECT table_schema AS schema, table_name AS name FROM information_schema.tables "
            "WHERE table_type = 'BASE TABLE' AND table_schema IN ('public', 'planner_threads')"
        ).fetchall()
        for row in names:
            told = connection.execute(
                f'SELECT * FROM "{row["schema"]}"."{row["name"]}"'.encode()
            ).fetchall()
            found[row["name"]] = tuple(sorted(told, key=repr))
    return found


@contextmanager
def _everything_logged() -> Iterator[list[str]]:
    """What any library logs at any level, written out."""
    lines: list[str] = []

    class Listening(logging.Handler):
        def emit(self, told: logging.LogRecord) -> None:
            lines.append(f"{told.name} {self.format(told)}")

    root, handler = logging.getLogger(), Listening(logging.DEBUG)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
