"""The ranking process over real HTTP: what it answers, and what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from credence.app.ranker_service.answer_wire import parsed_answer
from credence.app.ranker_service.case_wire import LARGEST_BODY, packed_case
from credence.app.ranker_service.speech import DEADLINE, MODEL, PATH
from credence.inference.listwise.ranking import RoutedLists
from credence.planner.ranking.case import RankingCase, Scored
from credence.planner.ranking.reasons import leave_one_out
from tests.integration.ranker.processes import (
    VERSION,
    Caller,
    Process,
    a_folder,
    announcing,
    growing,
    serving,
)
from tests.unit.inference.listwise.made_up import a_bundle, a_list, assert_near
from tests.unit.planner.ranking.cases import a_case

CLIENTS = 64
KEY = "a-long-secret"
HEADERS = {MODEL: VERSION, "Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(a_folder(tmp_path_factory.mktemp("model")), key=KEY) as process:
        yield process


def post(process: Process, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(
        process.url + PATH,
        content=body,
        headers=HEADERS | (headers or {}),
        timeout=60,
        trust_env=False,
    )


def a_person(number: int) -> RankingCase:
    return a_case(
        candidates=1 + number % 17, chunks=number % 4, events=number % 3, heard=True, seed=number
    )


async def test_64_clients_get_what_the_model_in_process_says(process: Process) -> None:
    caller = Caller(process.url, key=KEY)

    async def one(client: int) -> list[Scored]:
        scored = []
        for number in (client, client + CLIENTS):
            case = a_person(number)
            keep = leave_one_out(len(case.chunks), len(case.events))
            scored.append(await caller.ranker.score(case, keep))
        return scored

    found = await asyncio.gather(*(one(client) for client in range(CLIENTS)))
    await caller.client.close()

    for client, scored in enumerate(found):
        for number, got in zip((client, client + CLIENTS), scored, strict=True):
            case = a_person(number)
            keep = leave_one_out(len(case.chunks), len(case.events))
            alone = await caller.local.score(case, keep)
            assert_near(got.scores, alone.scores)
            assert got.trace is not None
            assert alone.trace is not None
            assert got.trace.expert == alone.trace.expert
            assert (got.ranker, got.degraded) == (f"routed-{VERSION}", False)
    sizes = {
        name.split()[0]: float(name.split()[1])
        for name in process.get("/metrics").text.splitlines()
        if name.startswith("credence_ranker_batch_size_")
    }
    passes, lists = (sizes[f"credence_ranker_batch_size_{what}"] for what in ("count", "sum"))
    assert lists >= 4 * CLIENTS  # with what others say, and without
    assert passes < lists


def test_a_list_is_answered_once_by_hand(process: Process) -> None:
    case = a_list(explain=True)

    answer = post(process, packed_case(case))

    assert answer.status_code == 200
    variants, candidates = case.signals.shape[:2]
    got = parsed_answer(answer.content, version=VERSION, variants=variants, candidates=candidates)
    assert_near(got.logs, RoutedLists(a_bundle()).rank(case).logs)


def test_a_large_list_is_answered_too(process: Process) -> None:
    case = a_list(candidates=10_000, explain=True)

    answer = post(process, packed_case(case))

    got = parsed_answer(answer.content, version=VERSION, variants=8, candidates=10_000)
    alone = RoutedLists(a_bundle()).rank(case).logs
    assert got.logs.shape == (8, 10_000)
    assert_near(got.logs, alone)


@pytest.mark.parametrize(
    ("field", "body", "headers"),
    [
        ("body", b"", {}),
        ("body", b"{}", {}),
        ("body", b"\xff" * 100, {}),
        ("body", packed_case(a_list())[:-1], {}),
        ("candidates", packed_case(a_list(candidates=10_001)), {}),
        ("words", packed_case(a_list()).replace(b'"words"', b'"warts"'), {}),
        (MODEL, packed_case(a_list()), {MODEL: "6"}),
        (DEADLINE, packed_case(a_list()), {DEADLINE: "soon"}),
        (DEADLINE, packed_case(a_list()), {DEADLINE: "-1"}),
    ],
)
def test_what_is_wrong_is_named(
    process: Process, field: str, body: bytes, headers: dict[str, str]
) -> None:
    answer = post(process, body, headers)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "urn:credence:problem:invalid"
    named = problem["errors"][0]["field"]
    assert named in {field, "warts"}
    assert problem["errors"][0]["fix"]


def test_numbers_that_the_model_cannot_follow_are_refused(process: Process) -> None:
    case = a_list()
    case.signals[:] = 3e38

    answer = post(process, packed_case(case))

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:credence:problem:no-answer"


def test_a_body_that_says_it_is_too_large_is_not_read(process: Process) -> None:
    assert announcing(process, PATH, HEADERS, LARGEST_BODY + 1) == 413


def test_a_body_that_grows_too_large_is_read_no_further(process: Process) -> None:
    assert growing(process, PATH, HEADERS, LARGEST_BODY + 1) == 413


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {KEY}"])
def test_without_the_key_nothing_is_ranked(process: Process, given: str) -> None:
    answer = post(process, packed_case(a_list()), {"Authorization": given})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert process.get("/health/live").status_code == 200
    ready = {"status": "ready", "model": VERSION, "language_models": None}
    assert process.get("/health/ready").json() == ready


def test_a_deadline_that_is_over_is_not_computed(process: Process) -> None:
    answer = post(process, packed_case(a_list()), {DEADLINE: "0"})

    assert answer.status_code == 504
    assert answer.json()["type"] == "urn:credence:problem:late"


def test_other_paths_are_problems_too(process: Process) -> None:
    answer = process.get("/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_figures_count_what_happened(process: Process) -> None:
    post(process, packed_case(a_list()))
    post(process, packed_case(a_list()), {DEADLINE: "0"})
    text = process.get("/metrics").text

    assert "credence_ranker_queue_length 0.0" in text
    assert 'credence_ranker_requests_total{status="200"}' in text
    assert 'credence_ranker_dropped_total{reason="late"}' in text
    assert "credence_ranker_request_seconds_count" in text


def test_a_folder_without_a_model_ends_the_command_with_the_reason(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from credence.cli.main import app

    done = CliRunner().invoke(app, ["serve-ranker", "--model", str(tmp_path)])

    assert done.exit_code == 2
    assert "manifest.json does not exist" in done.stderr.replace("\n", " ")


def test_other_machines_are_not_let_in_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from credence.cli.main import app

    monkeypatch.delenv("CREDENCE_RANKER_KEY", raising=False)
    done = CliRunner().invoke(app, ["serve-ranker", "--host", "0.0.0.0"])

    assert done.exit_code == 2
    assert "CREDENCE_RANKER_KEY" in done.stderr
