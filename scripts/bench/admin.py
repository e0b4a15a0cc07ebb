"""Admin pages with a hundred thousand people in the database, against a hundred."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from urllib.parse import unquote, urlsplit

import httpx
import psycopg
from sqlalchemy import event, text

from credence.app.admin.sessions import make_link
from credence.app.bootstrap import assemble
from credence.app.clock import utc_now
from credence.app.main import create_app_around
from credence.app.settings import Settings
from credence.cli.admin import made_link
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Action
from scripts.bench.copies import multiply
from scripts.bench.figure import Figure, percentile
from scripts.bench.serving import Client, served, timed
from scripts.bench.worlds import events, fill, fresh_database

_TEMPLATES, _EVENTS = 10, 100  # people who are copied, and events of each
_WRITTEN = 4  # one event in so many is a review, the others are views
_ROUNDS, _CALLS = 5, 30
_LIST, _PERSON = "people list", "person page"
_ORDERS = ("active", "changed", "uncertain", "attention", "id")


def admin(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Server time of the people list in every order, and of a person's page."""
    few, many = (100, 2_000) if quick else (100, 100_000)
    databases = {people: _world(server, encoder, people) for people in (few, many)}
    with ExitStack() as stack:
        clients = {}
        for people, database in databases.items():
            port = stack.enter_context(served(database, worker=False))
            clients[people] = _signed_in(database, port)
        figures = []
        for what, paths in _pages(few).items():
            medians = _medians(clients, {few: paths, many: _pages(many)[what]})
            figures.append(
                Figure(
                    f"{what} with {many:,} people in the database, over {few:,}",
                    medians[many],
                    medians[few],
                    "ms",
                    "<= 2" if what == _PERSON else "<= 3",
                )
            )
    asyncio.run(_explained(databases[many], encoder, _pages(many)))
    return figures


def _pages(people: int) -> dict[str, list[str]]:
    """What is asked for, many times each."""
    dice = random.Random(11)
    root = "/admin/t/default/people"
    somebody = [f"copy-{dice.randrange(people):06d}" for _ in range(_CALLS)]
    return {
        _PERSON: [f"{root}/@{who}" for who in somebody],
        **{f"{_LIST}, {order}": [f"{root}?order={order}"] * _CALLS for order in _ORDERS},
        f"{_LIST}, id beginning with": [f"{root}?q={who[:9]}" for who in somebody],
    }


def _world(server: str, encoder: SentenceEncoder, people: int) -> str:
    database = fresh_database(server, f"bench_admin_{people}")
    told = [
        event
        if number % _WRITTEN == 0
        else replace(event, action=Action.VIEW, rating=None, text="")
        for number, event in enumerate(events(_TEMPLATES, _EVENTS, seed=3))
    ]
    asyncio.run(fill(database, encoder, told, advance=True))
    multiply(database, people, runs=True)
    with psycopg.connect(database) as connection:
        rows = {
            table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            for table in ("users", "events", "chunks", "ledger", "planner_runs")
        }
    told_rows = ", ".join(f"{count[0]:,} {table}" for table, count in rows.items() if count)
    print(f"database of {people:,} people: {told_rows}", flush=True)
    return database


def _signed_in(database: str, port: int) -> Client:
    """A client that bears the cookie of a session."""
    link = asyncio.run(made_link(database, who="bench", url=f"http://127.0.0.1:{port}"))
    address, _, token = link.partition("?token=")
    answer = httpx.post(address, data={"token": unquote(token)})
    assert answer.status_code == 303, answer.text
    return Client(port, cookie=answer.headers["set-cookie"].partition(";")[0])


def _medians(clients: dict[int, Client], paths: dict[int, Sequence[str]]) -> dict[int, float]:
    """The two sides take turns."""
    seconds: dict[int, list[float]] = {people: [] for people in clients}
    for number in range(_ROUNDS + 1):
        for people, client in clients.items():
            calls = [partial(_got, client, path) for path in paths[people]]
            took = timed(calls, callers=1)
            if number:  # the first round warms caches
                seconds[people] += took
    return {people: percentile(took, 0.5) for people, took in seconds.items()}


def _got(client: Client, path: str) -> None:
    status, _ = client.call("GET", path)
    assert status == 200, f"{path}: {status}"


async def _explained(database: str, encoder: SentenceEncoder, pages: dict[str, list[str]]) -> None:
    """Print what Postgres does for each statement of a page."""
    app = assemble(Settings(worker=False), database, encoder)
    said: list[tuple[str, object]] = []
    event.listen(
        app.engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _u, statement, parameters, *_: said.append((statement, parameters)),
    )
    transport = httpx.ASGITransport(create_app_around(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as browser:
        token = await make_link("bench", engine=app.engine, now=utc_now())
        await browser.post("/admin/sign-in/link", data={"token": token})
        for what, paths in pages.items():
            said.clear()
            assert (await browser.get(urlsplit(paths[0]).geturl())).status_code == 200
            statements = list(said)
            print(f"\n{what}: {len(statements)} statements")
            for statement, parameters in statements:
                async with app.engine.connect() as connection:
                    rows = await connection.exec_driver_sql(
                        f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {statement}",
                        parameters,  # type: ignore[arg-type]
                    )
                    print(" ".join(statement.split())[:160])
                    for (line,) in rows:
                        print(f"    {line}")
                    await connection.execute(text("ROLLBACK"))
    await app.close()
