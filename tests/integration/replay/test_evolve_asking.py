"""Walks that ask language models, over HTTP, with the development server in the models' place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import typer
from pydantic import AnyHttpUrl
from typer.testing import CliRunner

from credence.app.llm_dev.brain import Brain, built_in
from credence.app.llm_dev.desk import Manners
from credence.app.llm_dev.faults import Fault, Faults
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.app.settings import Settings
from credence.cli.replay.evolve import evolve as evolve_command
from credence.inference.encoder import BatchingEncoder, SentenceEncoder
from credence.planner.llm.fence import read_document
from credence.replay.asking.consulting import NoModels
from credence.replay.asking.interview import ModelsAway
from credence.replay.encoded import Encode
from credence.replay.evolving.folder import Study
from credence.replay.evolving.run import evolve
from credence.replay.runner.kept import AnotherRun
from tests.integration.asked import stats
from tests.integration.replay.killed_midway import killed_midway
from tests.integration.replay.standing import schemas
from tests.integration.replay.toy_evolve import a_study, a_watcher, write_toy

POLICY, EVERY_SEAT = "credence:llm-policy", "credence:llm"
RANKER = "credence:fixed-3:llm-ranker"
MODEL = "credence-dev"
PEOPLE = 3
AT_ONCE = 2  # people, and so calls, at a time
Serve = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("asking") / "toy")


@pytest_asyncio.fixture(scope="session")
async def brain(encoder: SentenceEncoder) -> AsyncIterator[Brain]:
    batching = BatchingEncoder(encoder)
    yield built_in(batching.embed_phrases)
    batching.close()


@pytest.fixture
def serve(brain: Brain) -> Serve:
    """A development server with this share of a fault; its URL, as the settings have it."""

    def served(fault: Fault | None = None, share: float = 1.0, latency: float = 0.0) -> Any:
        faults = Faults({} if fault is None else {fault: share})
        return listening(build_app(brain, faults=faults, manners=Manners(latency_seconds=latency)))

    return served


def settings(url: str, **given: Any) -> Settings:
    told: dict[str, Any] = {
        "llm_base_url": AnyHttpUrl(url),
        "llm_model": MODEL,
        # What is cached depends on who asks first: with a price of its own, so would the cost.
        "llm_prices": f"{MODEL}=1/1/2",
        "llm_attempts": 2,
        "lease_seconds": 3,
    }
    return Settings(_env_file=None, **(told | given))  # type: ignore[call-arg]


@dataclass(frozen=True)
class Stage:
    """A toy domain and a database, and a few of its people to follow."""

    data: Path
    database: str
    encode: Encode
    out: Path

    async def walk(self, url: str, *systems: str, **changes: Any) -> Study:
        base = a_study(
            self.data,
            self.out,
            self.database,
            self.encode,
            systems=systems,
            most=PEOPLE,
            stride=2,
            at_once=AT_ONCE,
        )
        return await evolve(replace(base, **({"settings": settings(url)} | changes)), a_watcher())


@pytest.fixture
def stage(data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path) -> Stage:
    return Stage(data, database, encoder.encode, tmp_path / "out")


def steps_of(out: Path, system: str) -> bytes:
    return (out / "steps" / f"{system.replace(':', '_')}.jsonl").read_bytes()


async def test_every_token_of_the_server_is_in_somebodys_walk_and_workers_change_no_byte(
    stage: Stage, serve: Serve
) -> None:
    spent, studies = {}, {}
    for at_once in (1, 6):
        out = stage.out / str(at_once)
        async with serve() as url:
            studies[at_once] = await stage.walk(
                url, POLICY, EVERY_SEAT, "credence", out=out, at_once=at_once
            )
            spent[at_once] = await stats(url)

    for system in (POLICY, EVERY_SEAT, "credence"):
        assert steps_of(stage.out / "1", system) == steps_of(stage.out / "6", system)
    study = studies[1]
    walks = [walk for system in study.walked.values() for walk in system]
    assert sum(walk.spent.tokens_in for walk in walks) == spent[1]["tokens"]["in"]
    assert sum(walk.spent.tokens_out for walk in walks) == spent[1]["tokens"]["out"]
    assert sum(walk.spent.calls for walk in walks) == spent[1]["calls"]
    for walk in (*study.walked[POLICY], *study.walked[EVERY_SEAT]):
        so_far = [step.spent for step in walk.steps]
        assert [one.tokens for one in so_far] == sorted(one.tokens for one in so_far)
        assert 0 < so_far[-1].tokens <= walk.spent.tokens
        assert walk.spent.cost > 0
        assert walk.operations
    assert all(walk.spent.calls == 0 for walk in study.walked["credence"])
    assert all(
        one.spent.calls > other.spent.calls
        for one, other in zip(study.walked[EVERY_SEAT], study.walked[POLICY], strict=True)
    )
    assert study.manifest.plumbing_only
    assert study.manifest.settings["llm_planner_model"] == MODEL
    assert schemas(stage.database) == []


async def test_a_model_that_ranks_is_shown_the_profile_and_asked_once_a_question(
    stage: Stage, serve: Serve
) -> None:
    async with serve() as url:
        study = await stage.walk(url, RANKER, settings=settings(url, llm_rank_rise=None))

    walked = study.walked[RANKER]
    assert sum(walk.spent.calls for walk in walked) == sum(len(walk.steps) for walk in walked)
    assert all(step.unlooked is None for walk in walked for step in walk.steps)
    asked = (stage.out / "prompts" / f"{RANKER.replace(':', '_')}.jsonl").read_text("utf-8")
    shown = [
        json.loads(read_document(json.loads(line)["prompt"]) or "{}") for line in asked.splitlines()
    ]
    assert all(one["candidates"] for one in shown)
    assert {bool(one["profile"]) for one in shown} == {True}


@pytest.mark.parametrize("system", [POLICY, EVERY_SEAT])
async def test_a_killed_study_repeats_no_call_but_those_in_flight(
    system: str, stage: Stage, serve: Serve
) -> None:
    whole, cut = stage.out / "whole", stage.out / "cut"
    async with serve() as url:
        await stage.walk(url, system, out=whole)
        needed = (await stats(url))["calls"]
    async with serve(latency=0.03) as url:
        told = (stage.data, stage.database, cut, url, system)
        before = await killed_midway(_asking, *told, url=url, needed=needed)

        await stage.walk(url, system, out=cut)
        after = (await stats(url))["calls"]

    assert needed // 2 <= before < needed
    assert needed <= after <= needed + AT_ONCE
    assert steps_of(cut, system) == steps_of(whole, system)
    assert schemas(stage.database) == []


async def test_where_a_model_gives_no_plan_the_built_in_policy_decides_and_it_is_counted(
    stage: Stage, serve: Serve
) -> None:
    async with serve(Fault.WRONG_SCHEMA) as url:
        study = await stage.walk(url, POLICY, "credence")

    for asked, alone in zip(study.walked[POLICY], study.walked["credence"], strict=True):
        assert [step.order for step in asked.steps] == [step.order for step in alone.steps]
        assert asked.operations == alone.operations
        assert asked.spent.fallbacks == asked.looks
        assert asked.spent.tokens_in > 0, "answers of no use cost too"
        assert alone.spent.fallbacks == 0


async def test_a_server_that_fails_now_and_then_is_stood_in_for_and_counted(
    stage: Stage, serve: Serve
) -> None:
    async with serve(Fault.BROKEN, share=0.5) as url:
        study = await stage.walk(url, POLICY, settings=settings(url, llm_attempts=1))

    walked = study.walked[POLICY]
    fallbacks = sum(walk.spent.fallbacks for walk in walked)
    assert 0 < fallbacks < sum(walk.looks for walk in walked)
    assert not any(step.failure for walk in walked for step in walk.steps)


async def test_a_server_that_keeps_failing_ends_the_study_and_the_next_one_goes_on(
    stage: Stage, serve: Serve
) -> None:
    async with serve(Fault.BROKEN) as url:
        with pytest.raises(ModelsAway, match="planner"):
            await stage.walk(url, POLICY, settings=settings(url, llm_attempts=1))
    assert steps_of(stage.out, POLICY) == b""

    async with serve() as url:
        study = await stage.walk(url, POLICY, settings=settings(url, llm_attempts=1))

    assert sum(walk.spent.fallbacks for walk in study.walked[POLICY]) == 0


async def test_a_study_without_models_can_be_added_to_and_another_model_is_refused(
    stage: Stage, serve: Serve
) -> None:
    async with serve() as url:
        alone = await stage.walk(url, "credence:never")
        both = await stage.walk(url, POLICY)
        with pytest.raises(AnotherRun, match="llm_planner_model"):
            await stage.walk(url, EVERY_SEAT, settings=settings(url, llm_model="another-model"))

    assert not alone.manifest.plumbing_only
    assert both.manifest.plumbing_only
    assert both.manifest.systems == ("credence:never", POLICY)


async def test_a_server_that_is_not_there_or_not_set_is_refused_before_anything_is_done(
    stage: Stage,
) -> None:
    nowhere = "http://127.0.0.1:9/v1"
    with pytest.raises(ModelsAway, match="does not answer"):
        await stage.walk(nowhere, POLICY)
    unset = Settings(_env_file=None)  # type: ignore[call-arg]
    with pytest.raises(NoModels, match="CREDENCE_LLM_BASE_URL"):
        await stage.walk(nowhere, POLICY, settings=unset)

    assert not stage.out.exists()


def test_the_command_says_what_to_set(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENCE_DATABASE_URL", stage.database)
    app = typer.Typer()
    app.command()(evolve_command)
    asked = ["--data", str(stage.data), "--domain", "toy", "--out", str(stage.out)]

    refused = CliRunner().invoke(app, [*asked, "--systems", POLICY])

    assert refused.exit_code == 2
    assert "CREDENCE_LLM_BASE_URL is not set" in refused.stderr
    assert "credence llm dev-server" in refused.stderr
    assert "Traceback" not in refused.output


def _asking(data: Path, database: str, out: Path, url: str, system: str) -> None:
    """One of these, to be killed by the real signal."""
    stage = Stage(data, database, SentenceEncoder().encode, out)
    asyncio.run(stage.walk(url, system))
