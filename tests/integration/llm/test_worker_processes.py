"""`credence work` as a service manager starts it, on people whose runs ask models."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from credence.app.bootstrap import Application
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.desk import Manners
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.demo.content import demo_items, demo_people
from credence.planner.llm.asking import Role
from tests.integration.asked import by_role
from tests.integration.memory.world import record, stocked, told_by

_PEOPLE = demo_people()[:12]
_IN_FLIGHT = 4
_SECONDS = 120  # that anything may take
_COMMITTED = 'credence_planner_runs_total{outcome="committed"}'


class InFlight:
    """How many requests were answered at once at most."""

    def __init__(self, app: ASGIApp, seen: list[int]) -> None:
        self._app = app
        self._seen = seen
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope.get("path", "").endswith("/completions")
        self._now += asked
        self._seen.append(self._now)
        try:
            await self._app(scope, receive, send)
        finally:
            self._now -= asked


def _counted(app: FastAPI, seen: list[int]) -> FastAPI:
    app.user_middleware.append(Middleware(InFlight, seen))
    return app


@pytest.fixture
def seen() -> list[int]:
    return []


@pytest.fixture
def latency() -> float:
    return 0.2


@pytest_asyncio.fixture
async def models(dev_brain: Brain, seen: list[int], latency: float) -> AsyncIterator[str]:
    """A server slow enough for calls to meet."""
    manners = Manners(latency_seconds=latency)
    async with listening(_counted(build_app(dev_brain, manners=manners), seen)) as url:
        yield url


@pytest_asyncio.fixture
async def waiting(application: Application) -> None:
    """Everybody's events are in, and nobody was looked at."""
    await stocked(application, most=len(demo_items()))
    for person in _PEOPLE:
        await record(application, told_by(person))


async def _started(
    database: str, models: str, folder: Path, *, processes: int, more: Sequence[str] = ()
) -> asyncio.subprocess.Process:
    given = {
        "CREDENCE_DATABASE_URL": database,
        "CREDENCE_LLM_BASE_URL": models,
        "CREDENCE_LLM_MODEL": "credence-dev",
        "CREDENCE_LLM_IN_FLIGHT": str(_IN_FLIGHT),
        "CREDENCE_WORKER": "false",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREDENCE_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "credence", "work", "--processes", str(processes), *more),
        cwd=folder,
        env=kept | given,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def _at_work(
    database: str, models: str, folder: Path, *, processes: int, more: Sequence[str] = ()
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command, once it says that it works."""
    work = await _started(database, models, folder, processes=processes, more=more)
    try:
        await _said(work, "at work")
        yield work
    finally:
        if work.returncode is None:
            work.kill()
        await work.communicate()


async def _said(work: asyncio.subprocess.Process, words: str) -> None:
    assert work.stderr is not None
    said = ""
    async with asyncio.timeout(_SECONDS):
        while words not in said:
            line = (await work.stderr.readline()).decode()
            assert line, said
            said += line


def _two_free_ports() -> int:
    """The first of two that follow each other."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as one:
            first: int = one.getsockname()[1]
            with suppress(OSError, OverflowError), socket.create_server(("127.0.0.1", first + 1)):
                return first


async def _told_by(*ports: int) -> tuple[list[dict[str, str]], Counter[str]]:
    """The models' circuits at each port, and the figures of all."""
    ready: list[dict[str, str]] = []
    figures: Counter[str] = Counter()
    for port in ports:
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=60, trust_env=False) as client:
            assert (await client.get("/health/live")).json() == {"status": "live"}
            told = await client.get("/health/ready")
            assert (told.status_code, told.json()["missing"]) == (200, [])
            ready.append(told.json()["models"])
            lines = (await client.get("/metrics")).text.splitlines()
        for name, number in (line.rsplit(" ", 1) for line in lines if not line.startswith("#")):
            figures[name] += float(number)  # type: ignore[assignment]
    return ready, figures


def _children(work: asyncio.subprocess.Process) -> list[psutil.Process]:
    """The worker processes, without what else Python starts."""
    return [
        one
        for one in psutil.Process(work.pid).children()
        if any("spawn_main" in part for part in one.cmdline())
    ]


def _has_ended(process: psutil.Process) -> bool:
    """Also where nobody has read its exit status, whose parent is dead."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


async def _until(database: str, query: str) -> None:
    """Wait until the query is true."""

    def wait() -> None:
        deadline = time.monotonic() + _SECONDS
        while not _one(database, query):
            assert time.monotonic() < deadline, query
            time.sleep(0.1)

    await asyncio.to_thread(wait)


def _one(database: str, query: str) -> object:
    with psycopg.connect(database) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.usefixtures("waiting")
async def test_everybody_is_advanced_once_within_the_limit_of_calls_in_flight(
    database: str, models: str, seen: list[int], tmp_path: Path
) -> None:
    first = _two_free_ports()
    more = ("--port", str(first))
    async with _at_work(database, models, tmp_path, processes=2, more=more) as work:
        assert len(_children(work)) == 2
        await _until(database, f"SELECT count(*) >= {len(_PEOPLE)} FROM planner_runs")
        ready, figures = await _told_by(first, first + 1)
        async with asyncio.timeout(_SECONDS):  # a run is counted after it is written
            while figures[_COMMITTED] < len(_PEOPLE):
                ready, figures = await _told_by(first, first + 1)
        work.terminate()
        _, said = await asyncio.wait_for(work.communicate(), _SECONDS)

    assert work.returncode == 0, said.decode()
    with psycopg.connect(database) as connection:
        runs = connection.execute(
            "SELECT user_id, outcome, events_consumed FROM planner_runs"
        ).fetchall()
        written: dict[str, int] = dict(
            connection.execute(
                "SELECT role, count(*) FROM llm_calls JOIN planner_runs USING (run_id) GROUP BY 1"
            ).fetchall()
        )
    assert sorted(runs) == sorted((p.user_id, "committed", len(p.events)) for p in _PEOPLE)
    assert await by_role(models) == written
    assert ready == [dict.fromkeys(Role, "closed")] * 2
    assert figures[_COMMITTED] == len(_PEOPLE)
    answered = 'credence_llm_calls_total{outcome="answered",role="extractor"}'
    assert figures[answered] == written["extractor"]
    assert written["extractor"] == len(_PEOPLE)
    assert 1 < max(seen) <= _IN_FLIGHT
    assert b"Traceback" not in said


@pytest.mark.parametrize("latency", [60.0])
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.usefixtures("waiting")
async def test_told_to_stop_it_gives_back_whom_it_was_at_work_on(
    database: str, models: str, tmp_path: Path, processes: int
) -> None:
    async with _at_work(database, models, tmp_path, processes=processes) as work:
        await _until(database, "SELECT count(*) > 0 FROM users WHERE lease_owner IS NOT NULL")
        for child in _children(work):  # as service managers do that tell every process
            child.terminate()
        work.terminate()
        _, said = await asyncio.wait_for(work.communicate(), _SECONDS)

    assert work.returncode == 0, said.decode()
    assert b"Traceback" not in said
    assert _one(database, "SELECT count(*) FROM users WHERE lease_owner IS NOT NULL") == 0
    assert _one(database, "SELECT count(*) FROM planner_runs") == 0


async def test_one_that_is_killed_ends_the_others_and_says_so(
    database: str, models: str, tmp_path: Path
) -> None:
    async with _at_work(database, models, tmp_path, processes=2) as work:
        first, second = _children(work)
        first.send_signal(signal.SIGKILL)
        _, said = await asyncio.wait_for(work.communicate(), _SECONDS)

    assert work.returncode == 1
    assert "was killed by signal 9; the others were stopped" in said.decode()
    assert b"Traceback" not in said
    assert not second.is_running()


async def test_they_end_with_the_process_that_started_them(
    database: str, models: str, tmp_path: Path
) -> None:
    async with _at_work(database, models, tmp_path, processes=2) as work:
        children = _children(work)
        work.kill()
        await asyncio.wait_for(work.wait(), _SECONDS)

    deadline = time.monotonic() + _SECONDS
    while not all(_has_ended(child) for child in children):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def test_what_keeps_all_of_them_from_working_is_told_of_once(
    empty_database: str, models: str, tmp_path: Path
) -> None:
    work = await _started(empty_database, models, tmp_path, processes=2)

    _, said = await asyncio.wait_for(work.communicate(), _SECONDS)

    assert work.returncode == 2
    assert said.decode().count("error:") == 1
    assert "credence db upgrade" in said.decode()
    assert b"Traceback" not in said


async def test_a_port_that_is_taken_is_told_of_once(
    database: str, models: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        work = await _started(database, models, tmp_path, processes=2, more=("--port", port))
        _, said = await asyncio.wait_for(work.communicate(), _SECONDS)

    assert work.returncode == 2
    assert said.decode().count("error:") == 1
    assert f"port {port} of 127.0.0.1 cannot be listened on" in said.decode()
    assert b"Traceback" not in said


async def test_while_the_database_is_away_it_is_alive_and_not_ready(
    database: str, models: str, tmp_path: Path
) -> None:
    first = _two_free_ports()
    away = f"postgresql://nobody@127.0.0.1:{first}/nothing"
    more = ("--port", str(first + 1))
    work = await _started(away, models, tmp_path, processes=1, more=more)
    try:
        await _said(work, "cannot be reached")
        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            base = f"http://127.0.0.1:{first + 1}/health"
            live, ready = await client.get(f"{base}/live"), await client.get(f"{base}/ready")
        work.terminate()
        await asyncio.wait_for(work.communicate(), _SECONDS)
    finally:
        if work.returncode is None:
            work.kill()

    assert work.returncode == 0
    assert (live.status_code, ready.status_code) == (200, 503)
    assert "cannot be reached" in ready.json()["missing"][0]


async def test_a_host_without_a_port_is_refused(database: str, models: str, tmp_path: Path) -> None:
    work = await _started(database, models, tmp_path, processes=1, more=("--host", "::1"))

    _, said = await asyncio.wait_for(work.communicate(), _SECONDS)

    assert work.returncode == 2
    assert "--host is the address of a port" in said.decode()
