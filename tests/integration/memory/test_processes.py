from __future__ import annotations

import asyncio

import psycopg

from credence.app.bootstrap import Application
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Person
from credence.memory.unit_of_work import autocommit
from tests.integration.forked import pipe, started, status
from tests.integration.memory import draining_planner
from tests.integration.memory.world import record, stocked, told_by


async def test_planner_processes_at_work_together_take_every_event_exactly_once(
    application: Application, database: str
) -> None:
    await stocked(application, most=len(demo_items()))
    people = demo_people()[:12]
    for person in people:
        await record(application, told_by(person))
    lines, processes = [], []
    for _ in range(3):
        ours, theirs = pipe()
        processes.append(started(draining_planner.main, database, theirs))
        theirs.close()
        lines.append(ours)
    assert [await asyncio.to_thread(line.recv) for line in lines] == ["ready"] * 3

    for line in lines:
        line.send("go")
    runs = [await asyncio.to_thread(line.recv) for line in lines]

    assert [await status(process) for process in processes] == [0] * 3
    assert sum(runs) == len(people)
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
