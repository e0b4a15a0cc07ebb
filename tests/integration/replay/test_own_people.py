"""A domain made of a tenant's own database: what is in it, and that everything reads it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from credence.app.bootstrap import Application
from credence.cli.main import app as credence
from credence.demo.content import demo_people
from credence.memory.model import Action, Event, Person
from credence.memory.unit_of_work import autocommit
from credence.replay.build.domain import Asked, build
from credence.replay.build.raw import Raw
from credence.replay.build.tenant import tenant_items, tenant_stories
from credence.replay.loaders.instructrec import load_domain
from tests.integration.app.shelf import sent, stock
from tests.integration.memory.world import record, stocked, told_by

REQUEST = "a desert, and\n more than sand"


async def ada(client: httpx.AsyncClient) -> str:
    """Ada looks at books, asks for one, and takes it from the list; the list's id."""
    await stock(client)
    await sent(client, "PUT", "/v1/users/ada", {})
    for index, (item, action) in enumerate(
        [("emma", "view"), ("it", "dislike"), ("emma", "purchase"), ("hyperion", "like")]
    ):
        await told(client, item, action, index)
    listed = {"user_id": "ada", "instruction": REQUEST, "candidates": ["dune", "persuasion"]}
    impression = (await sent(client, "POST", "/v1/recommendations", listed))["impression_id"]
    await told(client, "dune", "purchase", 8, impression_id=impression)
    await told(client, "left-hand", "skip", 9)
    return str(impression)


async def read(
    application: Application, tenant: str, *, done: Callable[[int], None] = lambda people: None
) -> Raw:
    """All of a tenant at once."""
    items = await tenant_items(application.engine, tenant)
    stories = tenant_stories(application.engine, tenant, items, done=done)
    told = {user_id: story async for user_id, story in stories}
    return Raw(whence=f"tenant {tenant!r}", items=items, told=told)


async def told(
    client: httpx.AsyncClient, item: str | None, action: str, day: int, **more: Any
) -> None:
    at = f"2026-05-{day + 1:02d}T12:00:00Z"
    event = {"user_id": "ada", "item_id": item, "action": action, "occurred_at": at}
    answer = await sent(client, "POST", "/v1/events", {"events": [event | more]})
    assert answer["recorded"] == 1, answer


async def test_what_somebody_did_is_read_as_it_was_recorded(
    client: httpx.AsyncClient, application: Application
) -> None:
    impression = await ada(client)
    await told(client, None, "review", 11, text="I like quiet books.")
    person = Person("default", "ada")
    async with autocommit(application.engine) as uow:
        log = await uow.events.page(person, before=None, limit=100)
    by_arrival: list[Event] = sorted(log, key=lambda event: event.seq)
    (cited,) = [event for event in log if event.impression_id == impression]

    raw = await read(application, "default")

    assert {item.item_id for item in raw.items} >= {"emma", "dune", "it"}
    assert set(raw.told) == {"ada"}, "the event about nothing is left out"
    assert [(d.item_id, d.action, d.timestamp) for d in raw.told["ada"]] == [
        (event.item_id, event.action, event.occurred_at) for event in by_arrival if event.item_id
    ]
    requests = {done.item_id: done.instruction for done in raw.told["ada"]}
    assert requests.pop(cited.item_id or "") == "a desert, and more than sand"
    assert set(requests.values()) == {None}
    await stocked(application, tenant="another", most=205)
    (event,) = [one for one in told_by(demo_people()[0], user_id="ada") if one.text][:1]
    await record(application, [event], tenant="another")
    another = await read(application, "another")
    assert [done.review for done in another.told["ada"]] == [event.text]
    assert await read(application, "default") == raw


async def test_what_is_no_longer_in_the_catalogue_is_left_out(
    client: httpx.AsyncClient, application: Application
) -> None:
    await ada(client)
    await sent(client, "DELETE", "/v1/items/it")

    raw = await read(application, "default")

    assert "it" not in {done.item_id for done in raw.told["ada"]}
    assert "it" not in {item.item_id for item in raw.items}


async def test_many_people_are_read_page_by_page(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stocked(application)
    people = demo_people()
    known = {person.user_id: told_by(person) for person in people}
    await record(application, [row for rows in known.values() for row in rows])
    module = sys.modules["credence.replay.build.tenant"]
    monkeypatch.setattr(module, "_PEOPLE", 4)
    monkeypatch.setattr(module, "_ITEMS", 7)
    seen: list[int] = []

    raw = await read(application, "default", done=seen.append)

    assert len(raw.items) == 60
    assert len({item.item_id for item in raw.items}) == 60
    stocked_items = {item.item_id for item in raw.items}
    kept = 0
    for user_id, rows in known.items():
        of_items = [row for row in rows if row.item_id in stocked_items]
        assert len(raw.told.get(user_id, ())) == len(of_items)
        kept += any(row.item_id is None or row.item_id in stocked_items for row in rows)
    assert 20 < kept < len(people), "who told only of what nobody knows is no user"
    assert seen[-1] == kept
    assert len(seen) == -(-kept // 4)


async def test_people_are_at_hand_page_by_page(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is read before those of the page before have been taken."""
    await stocked(application)
    people = demo_people()
    await record(application, [row for person in people for row in told_by(person)])
    monkeypatch.setattr(sys.modules["credence.replay.build.tenant"], "_PEOPLE", 4)
    items = await tenant_items(application.engine, "default")
    pages: list[int] = []
    seen: list[int] = []

    stories = tenant_stories(application.engine, "default", items, done=pages.append)
    async for _ in stories:
        seen.append(len(pages))

    assert seen[:4] == [0] * 4
    assert seen == sorted(seen)
    assert max(seen) >= len(seen) // 4 - 1


async def test_what_is_made_person_by_person_is_byte_for_byte_what_is_made_of_all_at_once(
    application: Application, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stocked(application, most=205)
    people = [
        (f"{'Ä0a_'[n % 4]}{person.user_id}", person) for n, person in enumerate(demo_people())
    ]
    rows = [row for user_id, person in people for row in told_by(person, user_id=user_id)]
    few = [row for row in told_by(demo_people()[0], user_id="few") if row.item_id][:2]
    await record(application, [*rows, *few])
    asked = Asked(out=tmp_path / "whole", name="ours", seed=3, fewest=5, liked=4.0)
    build(asked, await read(application, "default"))
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)
    monkeypatch.setattr(sys.modules["credence.replay.build.tenant"], "_PEOPLE", 4)

    out = tmp_path / "paged"
    told = ("--name", "ours", "--seed", "3", "--fewest", "5", "--out", str(out))
    await run("build", "--tenant", "default", *told)

    whole = {path.name: path.read_bytes() for path in asked.out.iterdir()}
    assert {path.name: path.read_bytes() for path in out.iterdir()} == whole
    assert json.loads(whole["manifest.json"])["left_out"], "somebody is"


async def test_the_command_makes_a_domain_that_sits_exams(
    application: Application, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stocked(application, most=205)
    people = demo_people()
    await record(application, [row for person in people for row in told_by(person)])
    monkeypatch.setenv("CREDENCE_DATABASE_URL", database)
    monkeypatch.chdir(tmp_path)

    made = json.loads(
        await run("build", "--tenant", "default", "--name", "ours", "--out", "ours", "--json")
    )
    await run("data", "ours")
    await run("exam", "--data", "ours", "--out", "exams", "--negatives", "popularity")

    assert made["items"] == 205
    assert made["people"] + sum(made["left_out"].values()) == len(people)
    domain = load_domain(tmp_path / "ours")
    assert domain.name == "ours"
    actions = {done.action for person in domain.people for done in person.history}
    assert actions >= {Action.REVIEW, Action.LIKE}, "what they did is kept"
    exam, *_ = sorted((tmp_path / "exams").glob("*.json"))
    await run("run", str(exam), "--data", "ours", "--out", "runs", "--systems", "random,bm25")


async def run(*arguments: str) -> str:
    """What the command says; it has an event loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, credence, ["replay", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout
