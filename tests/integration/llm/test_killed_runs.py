"""A planner process killed after each node in turn: no call is paid twice, nothing counts twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import psycopg
import pytest

from credence.app.bootstrap import Application
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Belief, Person
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import record, stocked, told_by

ADA = Person("default", "ada")
_PROGRAM = Path(__file__).with_name("killed_run.py")
_NODES = ("plan", "interpret", "extraction", "reinforcement", "consolidation", "resynthesis")
_CALLED = {  # roles that have answered by the time a node begins
    "plan": Counter(),
    "interpret": Counter(planner=1),
    "extraction": Counter(planner=1, extractor=1),
    "reinforcement": Counter(planner=1, extractor=1),
    "consolidation": Counter(planner=1, extractor=1),
    "resynthesis": Counter(planner=1, extractor=1),
}


@pytest.mark.parametrize("node", [*_NODES, "commit", "after"])
async def test_a_run_killed_before_a_node_goes_on_there(
    application: Application, database: str, models: str, node: str
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="bob")[:9])
    await application.worker.drain()
    undisturbed, alone = await _belief(application, Person("default", "bob")), await _calls(models)
    await _count_anew(models)
    await record(application, told_by(demo_people()[0], user_id="ada")[:9])

    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(_PROGRAM), database, models, node],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert killed.returncode == -9, killed.stderr
    assert f"at {node}" in killed.stdout
    if node in _CALLED:
        assert await _calls(models) == _CALLED[node]
    if node != "after":
        assert (await _belief(application, ADA)).revision == 0
    _let_the_lease_run_out(database)
    await application.worker.sweep()
    await application.worker.drain()
    assert await _calls(models) == alone
    assert _shape(await _belief(application, ADA)) == _shape(undisturbed)
    with psycopg.connect(database) as connection:
        (left,) = connection.execute(
            "SELECT count(*) FROM planner_threads.checkpoint_blobs"
        ).fetchone() or (None,)
    assert left == 0


async def _belief(application: Application, person: Person) -> Belief:
    async with autocommit(application.engine) as uow:
        return (await uow.beliefs.load(person)).belief


def _shape(belief: Belief) -> tuple[object, ...]:
    """All of a belief but when its profile was written."""
    sentences = belief.profile.sentences if belief.profile else ()
    return belief.revision, belief.watermark, belief.chunks, sentences


async def _calls(url: str) -> Counter[str]:
    async with httpx.AsyncClient() as client:
        told = (await client.get(url.removesuffix("/v1") + "/stats")).json()
    return Counter({role: sum(calls.values()) for role, calls in told["by_role"].items()})


async def _count_anew(url: str) -> None:
    async with httpx.AsyncClient() as client:
        await client.delete(url.removesuffix("/v1") + "/stats")


def _let_the_lease_run_out(database: str) -> None:
    """What time would do: the killed process can no longer renew it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "UPDATE users SET lease_until = now() - interval '1 second' WHERE user_id = 'ada'"
        )
