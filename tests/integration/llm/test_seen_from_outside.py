"""What health, figures and `credence doctor` say of language models."""

from __future__ import annotations

import asyncio

import httpx
from pydantic import AnyHttpUrl, SecretStr

from credence.app.bootstrap import Application, assemble
from credence.app.examination import Finding
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.app.settings import Settings
from credence.cli.doctor import language_models
from credence.demo.content import demo_items, demo_people
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Person
from credence.planner.llm.asking import Role
from tests.integration.memory.world import record, stocked, told_by


async def examined(settings: Settings) -> list[Finding]:
    return await asyncio.to_thread(language_models, settings)


async def test_health_says_of_each_role_whether_its_model_is_asked(
    client: httpx.AsyncClient,
) -> None:
    told = (await client.get("/health/ready")).json()

    assert told["models"] == dict.fromkeys(map(str, Role), "closed")


async def test_a_model_that_is_away_is_seen_and_the_built_in_parts_work(
    application: Application, client: httpx.AsyncClient, settings: Settings
) -> None:
    assert application.seats is not None
    model = application.seats.models[Role.PLANNER]
    model._breaker._clock = lambda: 0.0  # however long the rest takes, the pause is not over
    while model.state == "closed":
        model._breaker.failed()
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:6])

    await application.worker.drain()

    assert (await client.get("/health/ready")).json()["models"]["planner"] == "open"
    figures = (await client.get("/metrics")).text
    assert 'credence_llm_circuit_open{role="planner"} 1.0' in figures
    (run,) = (await client.get("/v1/users/ada/planner-runs")).json()["runs"]
    assert run["outcome"] == "committed"
    assert run["policy"] == "adaptive-1 for llm-planner-1"
    assert "left alone for a while" in str(run["detail"])


async def test_calls_are_counted_by_role_and_outcome(
    application: Application, client: httpx.AsyncClient
) -> None:
    await stocked(application, most=len(demo_items()))
    await record(application, told_by(demo_people()[0], user_id="ada")[:6])
    await client.get("/metrics")

    await application.worker.drain()

    figures = (await client.get("/metrics")).text
    assert 'credence_llm_calls_total{outcome="answered",role="planner"} 1.0' in figures
    assert 'credence_llm_tokens_total{direction="in",role="extractor"}' in figures


async def test_doctor_asks_the_server_whether_it_has_the_model(settings: Settings) -> None:
    wrong = settings.model_copy(update={"llm_model": "no-such-model"})

    (well,), (ill,) = await examined(settings), await examined(wrong)

    assert (well.state, "planner, extractor, synthesizer, ranker" in well.says) == ("ok", True)
    assert (ill.state, "does not list" in ill.says) == ("problem", True)


async def test_doctor_tells_roles_of_other_servers_apart(settings: Settings) -> None:
    other = settings.model_copy(
        update={"llm_ranker_base_url": AnyHttpUrl("http://127.0.0.1:9/v1"), "llm_ranker_model": "m"}
    )

    three, ranker = await examined(other)

    assert three.state == "ok"
    assert (ranker.state, "does not answer" in ranker.says) == ("problem", True)


async def test_doctor_never_prints_a_key(settings: Settings, dev_brain: Brain) -> None:
    async with listening(build_app(dev_brain, key=SecretStr("right"))) as url:
        given = settings.model_copy(
            update={"llm_base_url": AnyHttpUrl(url), "llm_key": SecretStr("mistaken-key")}
        )
        (found,) = await examined(given)

    assert (found.state, "status 401" in found.says) == ("problem", True)
    assert "mistaken-key" not in found.says + found.fix


async def test_a_fixed_policy_that_was_asked_for_keeps_its_seat(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> None:
    made = assemble(settings.model_copy(update={"policy": "fixed-3"}), database, encoder)
    assert made.seats is not None

    roles = made.seats.for_run(Person("default", "ada"), "run")

    assert roles.policy is None
    assert made.worker.context.policy.name == "fixed-3"
    assert roles.extractor is not None
    await made.close()
