"""A planner process killed in the middle: nothing half-written, and the work taken up again."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg
import pytest

from credence.app.bootstrap import Application
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Person
from credence.memory.unit_of_work import autocommit
from tests.integration.forked import started, status
from tests.integration.memory import killed_planner
from tests.integration.memory.world import record, stocked, told_by

_NODES = ("plan", "extraction", "resynthesis", "commit")


@pytest.mark.parametrize("node", _NODES)
async def test_a_planner_killed_at_any_node_leaves_no_half_written_belief(
    application: Application, database: str, node: str, tmp_path: Path
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:9])

    killed = started(killed_planner.main, database, node, tmp_path / "said")

    assert await status(killed) == -signal.SIGKILL
    assert (tmp_path / "said").read_text(encoding="utf-8") == f"at {node}"
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
