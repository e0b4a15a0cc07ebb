"""The embedded database's folder: shared by servers that start together, and full."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
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
