from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import psycopg

from credence.app.bootstrap import Application
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Person
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import record, stocked, told_by

_PROGRAM = Path(__file__).with_name("draining_planner.py")


async def test_planner_processes_at_work_together_take_every_event_exactly_once(
    application: Application, database: str
) -> None:
    await stocked(application, most=len(demo_items()))
    people = demo_people()[:12]
    for person in people:
        await record(application, told_by(person))
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            str(_PROGRAM),
            database,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"

    answers = await asyncio.gather(*(process.communicate(b"\n") for process in processes))

    runs = [int(out) for out, _ in answers]
    assert sum(runs) == len(people), [errors.decode() for _, errors in answers]
    with psycopg.connect(database) as connection:
        consumed = connection.execute(
            "SELECT user_id, sum(events_consumed), count(*) FROM planner_runs GROUP BY user_id"
        ).fetchall()
        twice = connection.execute(
            "SELECT user_id, chunk_id, seq, count(*) FROM evidence GROUP BY 1, 2, 3 "
            "HAVING count(*) > 1"
        ).fetchall()
    assert sorted(consumed) == sorted((p.user_id, len(p.events), 1) for p in people)
    assert twice == []
    for person in people:
        async with autocommit(application.engine) as uow:
            held = await uow.beliefs.load(Person("default", person.user_id))
            rebuilt = await uow.beliefs.at_revision(
                Person("default", person.user_id), held.belief.revision
            )
        assert rebuilt == held.belief
        assert held.belief.watermark == held.last_seq
