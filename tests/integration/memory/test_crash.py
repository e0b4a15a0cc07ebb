"""A planner process killed in the middle: nothing half-written, and the work taken up again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from credence.app.bootstrap import Application
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Person
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import record, stocked, told_by

_NODES = ("plan", "extraction", "resynthesis", "commit")
_PROGRAM = Path(__file__).with_name("killed_planner.py")


@pytest.mark.parametrize("node", _NODES)
async def test_a_planner_killed_at_any_node_leaves_no_half_written_belief(
    application: Application, database: str, node: str
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:9])

    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(_PROGRAM), database, node],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert killed.returncode == -9, killed.stderr
    assert f"at {node}" in killed.stdout
    person = Person("default", "ada")
    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(person)
    assert (held.belief.revision, held.belief.watermark, held.belief.chunks) == (0, 0, ())
    for table in ("revisions", "ledger", "chunks", "evidence", "profiles", "planner_runs"):
        with psycopg.connect(database) as connection:
            (count,) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or ()
        assert count == 0, table

    _let_the_lease_run_out(database)
    assert await application.worker.drain() == 1
    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(person)
    assert (held.belief.revision, held.belief.watermark) == (1, 9)


def _let_the_lease_run_out(database: str) -> None:
    """What time would do: the killed process can no longer renew it."""
    with psycopg.connect(database, autocommit=True) as connection:
        (owner,) = connection.execute("SELECT lease_owner FROM users").fetchone() or (None,)
        assert owner is not None
        connection.execute("UPDATE users SET lease_until = now() - interval '1 second'")
