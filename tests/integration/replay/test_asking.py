"""Systems that ask language models, over HTTP, with the development server in the models' place."""

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
from pydantic import AnyHttpUrl
from sqlalchemy import create_engine, text

from credence.app.llm_dev.brain import Brain, built_in
from credence.app.llm_dev.desk import Manners
from credence.app.llm_dev.faults import Fault, Faults
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.app.settings import Settings
from credence.inference.encoder import BatchingEncoder, SentenceEncoder
from credence.memory.database import postgres_url
from credence.planner.llm.fence import read_document
from credence.replay.asking.consulting import NoModels
from credence.replay.asking.interview import ModelsAway
from credence.replay.asking.stand_in import minds
from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Outcome
from credence.replay.audit.prompts import prompts
from credence.replay.encoded import Encode
from credence.replay.exam.donors import donors_of
from credence.replay.loaders.instructrec import load_domain
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.kept import AnotherRun
from credence.replay.runner.reading import read_run
from credence.replay.runner.run import run
from tests.integration.asked import stats
from tests.integration.replay.killed_midway import killed_midway
from tests.integration.replay.standing import schemas
from tests.integration.replay.toy_run import a_run, a_watcher, an_exam, write_toy

ASKING = ("vanilla", "iagent", "i2agent", "flat")
SEATED = ("credence:llm-ranker", "credence:llm-policy", "credence:llm")
MODEL = "credence-dev"
IN_ALL, PEOPLE = 14, 3  # in the domain, and of those of its exam who are asked about
AT_ONCE = 2  # people, and so calls, at a time
Serve = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("data") / "toy", people=IN_ALL)


@pytest_asyncio.fixture(scope="session")
async def brain(encoder: SentenceEncoder) -> AsyncIterator[Brain]:
    batching = BatchingEncoder(encoder)
    embed = batching.embed_phrases
    yield Brain({**built_in(embed).minds, **minds(embed)})
    batching.close()


@pytest.fixture
def serve(brain: Brain) -> Serve:
    """A development server with these faults; its URL, as the settings have it."""

    def served(fault: Fault | None = None, latency: float = 0.0) -> Any:
        faults = Faults({} if fault is None else {fault: 1.0})
        return listening(build_app(brain, faults=faults, manners=Manners(latency_seconds=latency)))

    return served


def settings(url: str, **given: Any) -> Settings:
    told: dict[str, Any] = {
        "llm_base_url": AnyHttpUrl(url),
        "llm_model": MODEL,
        "llm_attempts": 2,
        "lease_seconds": 3,  # a killed run's are soon over
    }
    return Settings(_env_file=None, **(told | given))  # type: ignore[call-arg]


@dataclass(frozen=True)
class Stage:
    """A toy domain and a database, and runs of a few of its people."""

    data: Path
    database: str
    encode: Encode
    out: Path

    async def run(self, url: str, *systems: str, **changes: Any) -> None:
        exam = an_exam(self.data)
        base = a_run(
            self.data,
            self.out,
            self.database,
            self.encode,
            systems=systems,
            at_once=AT_ONCE,
            exams={"toy": replace(exam, papers=exam.papers[:PEOPLE])},
            settings=settings(url),
        )
        await run(replace(base, **changes), a_watcher())

    @property
    def finished(self) -> FinishedRun:
        return read_run(self.out / "toy")


@pytest.fixture
def stage(data: Path, database: str, encoder: SentenceEncoder, tmp_path: Path) -> Stage:
    return Stage(data, database, encoder.encode, tmp_path / "out")


def answers(out: Path, system: str) -> bytes:
    return (out / "toy" / "answers" / f"{system.replace(':', '_')}.jsonl").read_bytes()


def count(database: str, table: str) -> int:
    engine = create_engine(postgres_url(database))
    try:
        with engine.connect() as connection:
            found: int = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            return found
    finally:
        engine.dispose()


async def test_every_token_of_the_server_is_in_somebodys_record_and_workers_change_no_byte(
    stage: Stage, serve: Serve
) -> None:
    spent = {}
    outs = {at_once: stage.out / str(at_once) for at_once in (1, 6)}
    for at_once, out in outs.items():
        async with serve() as url:
            await stage.run(url, *ASKING, *SEATED, out=out, at_once=at_once)
            spent[at_once] = await stats(url)

    assert spent[1] == spent[6] | {"tokens": spent[1]["tokens"]}  # but for what is cached
    finished = read_run(outs[1] / "toy")
    records = [record for system in finished.records.values() for record in system]
    assert not any(record.failure for record in records)
    assert sum(record.tokens_in for record in records) == spent[1]["tokens"]["in"]
    assert sum(record.tokens_out for record in records) == spent[1]["tokens"]["out"]
    for system in (*ASKING, *SEATED):
        assert answers(outs[1], system) == answers(outs[6], system)
        assert all(record.tokens_in for record in finished.records[system])
    assert finished.manifest.plumbing_only
    assert finished.manifest.settings["llm_ranker_model"] == MODEL
    assert schemas(stage.database) == []
    assert count(stage.database, "llm_calls") == 0


async def test_the_audit_finds_every_prompt_and_no_claim_in_them(
    stage: Stage, serve: Serve
) -> None:
    async with serve() as url:
        await stage.run(url, *ASKING, "credence:llm-ranker")

    domain = load_domain(stage.data)
    finished = stage.finished
    found = prompts(
        Evidence(domain=domain, exam=finished.exam, donors=donors_of(domain, {}), run=finished)
    )
    assert found.outcome is Outcome.PASSED
    assert not found.detail.startswith("0 prompts")


async def test_a_run_that_asks_no_model_is_no_plumbing_and_one_that_did_stays_it(
    stage: Stage, serve: Serve
) -> None:
    manifests = []
    async with serve() as url:
        for system in ("random", "vanilla", "popularity"):
            await stage.run(url, system)
            manifests.append(stage.finished.manifest)
        with pytest.raises(AnotherRun, match="llm_ranker_model"):
            await stage.run(url, "iagent", settings=settings(url, llm_model="another-model"))

    assert [manifest.plumbing_only for manifest in manifests] == [False, True, True]
    assert manifests[-1].systems == ("random", "vanilla", "popularity")


async def test_a_model_in_the_rankers_seat_is_shown_the_profile(stage: Stage, serve: Serve) -> None:
    async with serve() as url:
        await stage.run(url, "credence:llm-ranker")

    asked = (stage.out / "toy" / "prompts" / "credence_llm-ranker.jsonl").read_text("utf-8")
    shown = [
        json.loads(read_document(json.loads(row)["prompt"]) or "{}") for row in asked.splitlines()
    ]
    assert any(one["profile"] for one in shown)  # not all have done enough for one


async def test_baselines_are_shown_as_many_events_as_the_first_tier_holds(
    stage: Stage, serve: Serve
) -> None:
    async with serve() as url:
        await stage.run(url, "vanilla", settings=settings(url, event_memory=2))

    asked = (stage.out / "toy" / "prompts" / "vanilla.jsonl").read_text("utf-8")
    shown = [
        json.loads(read_document(json.loads(row)["prompt"]) or "{}") for row in asked.splitlines()
    ]
    assert [len(one["recent"]) for one in shown] == [2] * PEOPLE  # of seven
    assert stage.finished.manifest.settings["event_memory"] == 2


async def test_a_model_in_the_rankers_seat_has_the_last_word_on_the_order(
    stage: Stage, serve: Serve
) -> None:
    systems = ("credence", "credence:llm-ranker", "credence:semantic:llm-ranker")
    async with serve() as url:
        await stage.run(url, *systems, settings=settings(url, llm_rank_rise=None))

    finished = stage.finished
    orders = {name: [r.order for r in finished.records[name]] for name in systems}
    assert orders["credence:llm-ranker"] == orders["credence:semantic:llm-ranker"]
    assert orders["credence:llm-ranker"] != orders["credence"]
    proof = json.loads((stage.out / "toy" / "readonly.json").read_text())
    assert "read-only transaction" in proof["credence:llm-ranker"]["write_attempt"]


@pytest.mark.parametrize("system", ["i2agent", "credence:llm"])
async def test_a_killed_run_repeats_no_call_but_those_in_flight(
    system: str, stage: Stage, serve: Serve
) -> None:
    whole, cut = stage.out / "whole", stage.out / "cut"
    async with serve() as url:
        await stage.run(url, system, out=whole)
        needed = (await stats(url))["calls"]
    async with serve(latency=0.03) as url:
        told = (stage.data, stage.database, cut, url, system)
        before = await killed_midway(_asking, *told, url=url, needed=needed)
        # Threads are in their memories' schemas: no other run of this database can meet them.
        assert count(stage.database, "planner_threads.checkpoints") == 0

        await stage.run(url, system, out=cut)
        after = (await stats(url))["calls"]

    assert needed // 2 <= before < needed
    assert needed <= after <= needed + AT_ONCE
    assert answers(cut, system) == answers(whole, system)
    assert schemas(stage.database) == []


async def test_answers_of_no_use_are_failures_with_the_worst_rank(
    stage: Stage, serve: Serve
) -> None:
    async with serve(Fault.WRONG_SCHEMA) as url:
        await stage.run(url, *ASKING)

    finished = stage.finished
    for name in ASKING:
        for record, paper in zip(finished.records[name], finished.exam.papers, strict=True):
            assert record.failure.startswith("the model gave no answer of the form asked for")
            assert record.rank == len(paper.candidates)
            assert record.tokens_in > 0


async def test_a_failing_server_ends_the_run_and_the_next_one_goes_on(
    stage: Stage, serve: Serve
) -> None:
    async with serve(Fault.BROKEN) as url:
        with pytest.raises(ModelsAway, match="status 500"):
            await stage.run(url, "vanilla")
    assert answers(stage.out, "vanilla") == b""

    async with serve() as url:
        await stage.run(url, "vanilla")

    assert not any(record.failure for record in stage.finished.records["vanilla"])


async def test_a_memory_is_not_made_to_its_end_without_its_models_and_what_was_is_counted(
    stage: Stage, serve: Serve
) -> None:
    async with serve(Fault.BROKEN) as url:
        with pytest.raises(ModelsAway, match="extractor"):
            await stage.run(url, "credence:llm")
        assert len(schemas(stage.database)) == 3  # of the ground, the memory, and the accounts

    async with serve() as url:
        await stage.run(url, "credence:llm")

    records = stage.finished.records["credence:llm"]
    assert sum(record.operations["fallbacks"] for record in records) > 0
    assert min(record.operations["fallbacks"] for record in records) == 0


async def test_a_spent_budget_ends_the_run_and_is_still_spent_in_the_next(
    stage: Stage, serve: Serve
) -> None:
    async with serve() as url:
        poor = settings(url, llm_daily_tokens=1_000)
        for _ in range(2):
            with pytest.raises(ModelsAway, match="tokens of the day"):
                await stage.run(url, "flat", settings=poor, at_once=1)
        calls = (await stats(url))["calls"]

    assert 0 < calls < 5


async def test_a_server_that_is_not_there_or_not_set_is_refused_before_anything_is_done(
    stage: Stage,
) -> None:
    nowhere = "http://127.0.0.1:9/v1"
    with pytest.raises(ModelsAway, match="does not answer"):
        await stage.run(nowhere, "vanilla")
    unset = Settings(_env_file=None)  # type: ignore[call-arg]
    with pytest.raises(NoModels, match="CREDENCE_LLM_BASE_URL"):
        await stage.run(nowhere, "vanilla", settings=unset)

    assert not stage.out.exists()


def _asking(data: Path, database: str, out: Path, url: str, system: str) -> None:
    """One of these, to be killed by the real signal."""
    stage = Stage(data, database, SentenceEncoder().encode, out)
    asyncio.run(stage.run(url, system))
