"""Every role played over real HTTP, from events to an explained recommendation."""

from __future__ import annotations

import httpx
import psycopg

from credence.app.bootstrap import Application
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Person
from credence.memory.strength import statement
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import record, stocked, told_by

ADA = Person("default", "ada")


async def test_a_persons_history_becomes_a_belief_by_models_alone(
    application: Application, database: str
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:12])

    await application.worker.drain()

    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(ADA)
        (run,) = await uow.runs.page(ADA, before=None, limit=5)
    assert held.belief.watermark == 12
    assert held.belief.profile is not None
    assert {"likes", "dislikes"} >= {statement(c).split()[0] for c in held.belief.active}
    assert len(held.belief.active) > 3
    assert run.policy == "llm-planner-1"
    assert [part["fallback"] for part in run.detail["roles"]] == [None] * len(run.detail["roles"])
    assert run.cost["llm_calls"] >= 3
    assert run.cost["tokens_in"] > 1_000
    with psycopg.connect(database) as connection:
        counted = connection.execute(
            "SELECT role, count(*) FROM llm_calls WHERE run_id = %s GROUP BY role ORDER BY role",
            [run.run_id],
        ).fetchall()
        (left,) = connection.execute(
            "SELECT count(*) FROM planner_threads.checkpoints"
        ).fetchone() or (None,)
    assert sum(count for _, count in counted) == run.cost["llm_calls"]
    assert {role for role, _ in counted} == {"planner", "extractor", "synthesizer"}
    assert left == 0


async def test_a_recommendation_says_who_ordered_it(
    application: Application, client: httpx.AsyncClient
) -> None:
    await stocked(application, most=40)
    await record(application, told_by(demo_people()[0], user_id="ada")[:6])
    await application.worker.drain()

    answer = await client.post(
        "/v1/recommendations",
        json={"user_id": "ada", "instruction": "a clever mystery", "k": 5, "explain": True},
    )

    told = answer.json()
    assert answer.status_code == 200, told
    assert told["ranker"].startswith("llm-ranker-1 over ")
    assert len(told["items"]) == 5
    assert "degraded" not in told["flags"]
