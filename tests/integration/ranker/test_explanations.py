"""Explanations by the language models of a process, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import AnyHttpUrl, SecretStr

from credence.app.bootstrap import Application
from credence.app.breaker import Breaker
from credence.app.causal_ranker import CausalRanker
from credence.app.causal_settings import CausalRankerSettings
from credence.app.not_explained import NotExplained
from credence.app.ranker_service.explanation_client import ExplanationClient
from credence.app.ranker_service.explanation_wire import Wanted, packed_placement
from credence.app.ranker_service.speech import DEADLINE, EXPLAIN_PATH
from credence.app.remote_causal_teller import RemoteCausalTeller
from credence.app.settings import Settings
from credence.planner.placement import Held, Moved, Placement
from tests.integration.app.shelf import BOOKS, believed, problem, read, sent
from tests.integration.ranker.languages import a_list, in_process, made, serving_languages
from tests.integration.ranker.processes import Process, free_port

KEY = "a-long-secret"
TOKENS = 10
LONGEST = 1_024
PATH = "/v1/recommendations"
ASK: dict[str, Any] = {"user_id": "ada", "instruction": "a frozen world"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> CausalRankerSettings:
    models = made(tmp_path_factory.mktemp("models"))
    return replace(models, explanation_tokens=TOKENS, longest=LONGEST)


@pytest.fixture(scope="module")
def process(
    told: CausalRankerSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    with serving_languages(tmp_path_factory.mktemp("served"), told, key=KEY) as process:
        yield process


@pytest.fixture(scope="module")
def local(told: CausalRankerSettings) -> Iterator[CausalRanker]:
    ranker = in_process(told)
    yield ranker
    ranker.close()


def a_placement() -> Placement:
    shown = a_list(candidates=1)
    return Placement(
        shown=shown,
        beliefs=(Held("likes science fiction", 0.5),),
        reasons=(Moved("likes science fiction", 0.25), Moved("rated 2: Emma", -0.125)),
    )


def a_caller(
    url: str, *, key: str = KEY, timeout: float = 60, tokens: int = TOKENS
) -> RemoteCausalTeller:
    return RemoteCausalTeller(
        ExplanationClient(AnyHttpUrl(url), key=SecretStr(key), timeout=timeout),
        most=tokens,
        breaker=Breaker(failures=2, pause=3600),
    )


def post(process: Process, body: bytes, **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"} | headers
    return httpx.post(
        process.url + EXPLAIN_PATH, content=body, headers=sent, timeout=60, trust_env=False
    )


def asked(**changed: Any) -> bytes:
    body = json.loads(packed_placement(Wanted(a_placement(), TOKENS)))
    return json.dumps({k: v for k, v in (body | changed).items() if v is not ...}).encode()


async def test_the_words_of_the_process_are_those_of_the_models_in_process(
    process: Process, local: CausalRanker
) -> None:
    caller = a_caller(process.url)

    theirs = await caller(a_placement())
    await caller.close()

    assert local.teller is not None
    ours = await local.teller(a_placement())
    assert (theirs.text, theirs.tokens, theirs.cut) == (ours.text, ours.tokens, ours.cut)
    assert (theirs.model, theirs.models) == (ours.model, ours.models)
    assert theirs.experts == pytest.approx(ours.experts)
    assert theirs.complement_share == pytest.approx(ours.complement_share, abs=1e-4)
    assert theirs.alpha == pytest.approx(ours.alpha, abs=1e-4)


@pytest.mark.parametrize(("tokens", "written"), [(3, 3), (500, TOKENS)])
async def test_the_lower_of_both_bounds_holds(process: Process, tokens: int, written: int) -> None:
    caller = a_caller(process.url, tokens=tokens)

    made = await caller(a_placement())
    await caller.close()

    assert (made.tokens, made.cut) == (written, True)


def test_nobodys_id_and_no_description_is_sent() -> None:
    body = packed_placement(Wanted(a_placement(), TOKENS)).decode()

    for word in ("person-0", "default", "never shown", "private"):
        assert word not in body


ITEM: dict[str, Any] = {"item_id": "a", "title": "A"}


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("body", b"{"),
        ("item", asked(item=...)),
        ("item.description", asked(item=ITEM | {"description": "long"})),
        ("tokens", asked(tokens=0)),
        ("tokens", asked(tokens=5_000)),
        ("beliefs.0.strength", asked(beliefs=[{"says": "x", "strength": 7}])),
        ("reasons", asked(reasons=[{"says": "x", "change": 0.5}] * 7)),
        ("user_id", asked(user_id="ada")),
    ],
)
def test_what_is_wrong_is_named(process: Process, field: str, body: bytes) -> None:
    answer = post(process, body)

    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["fix"]


def test_what_the_process_refuses(process: Process) -> None:
    assert post(process, asked(), Authorization="Bearer wrong").status_code == 401
    assert post(process, asked(), **{"Content-Type": "text/plain"}).status_code == 415
    late = post(process, asked(), **{DEADLINE: "0"})
    assert (late.status_code, late.json()["type"]) == (504, "urn:credence:problem:late")
    long = post(process, asked(profile="a of world " * 900, instruction="world " * 800))
    assert (long.status_code, long.json()["type"]) == (422, "urn:credence:problem:too-long")
    assert "CREDENCE_CAUSAL_LONGEST" in long.json()["detail"]


def test_health_and_figures_tell_of_explanations(process: Process) -> None:
    post(process, asked())
    post(process, asked(), **{DEADLINE: "0"})
    text = process.get("/metrics").text

    health = process.get("/health/ready").json()
    assert health["language_models"]["explanation_tokens"] == TOKENS
    assert 'credence_ranker_explanation_requests_total{status="200"}' in text
    assert 'credence_ranker_explanations_refused_total{reason="late"}' in text
    assert "credence_ranker_explanation_seconds_count" in text
    assert "credence_ranker_order_queue_length 0.0" in text


@pytest.mark.parametrize(
    ("key", "seconds", "cause", "says"),
    [("another", 60, "failed", "CREDENCE_RANKER_KEY"), (KEY, 0.001, "late", "CAUSAL_SECONDS")],
)
async def test_a_process_that_gives_none_is_said_to_and_then_left_alone(
    process: Process, key: str, seconds: float, cause: str, says: str
) -> None:
    caller = a_caller(process.url, key=key, timeout=seconds)
    found = []
    for _ in range(3):
        with pytest.raises(NotExplained) as refused:
            await caller(a_placement())
        found.append(refused.value)
    await caller.close()

    assert [one.cause for one in found] == [cause, cause, "failed"]
    assert says in str(found[0])
    assert "left alone" in str(found[2])
    assert caller.state == "open"


async def test_a_process_that_writes_none_is_well(
    told: CausalRankerSettings, tmp_path: Path
) -> None:
    silent = replace(told, explanation_tokens=0)
    with serving_languages(tmp_path, silent, key=KEY) as process:
        answer = post(process, asked())
        caller = a_caller(process.url)
        for _ in range(3):
            with pytest.raises(NotExplained) as refused:
                await caller(a_placement())
        await caller.close()

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:credence:problem:no-explanations"
    assert refused.value.cause == "off"
    assert "CREDENCE_CAUSAL_EXPLANATION_TOKENS" in refused.value.fix
    assert caller.state == "closed"


class TestOverTheApi:
    @pytest.fixture
    def port(self) -> int:
        return free_port()

    @pytest.fixture
    def settings(self, settings: Settings, port: int) -> Settings:
        changed: dict[str, Any] = {
            "causal_seconds": 60,
            "causal_url": f"http://127.0.0.1:{port}",
            "causal_explanation_tokens": TOKENS,
            "ranker_key": SecretStr(KEY),
        }
        return settings.model_copy(update=changed)

    async def test_a_process_that_dies_costs_the_explanation_and_not_the_list(
        self,
        client: httpx.AsyncClient,
        application: Application,
        told: CausalRankerSettings,
        port: int,
        tmp_path: Path,
    ) -> None:
        await believed(client)
        with serving_languages(tmp_path, told, port=port, key=KEY) as process:
            shown = await sent(client, "POST", PATH, ASK | {"candidates": sorted(BOOKS)})
            path = f"{PATH}/{shown['impression_id']}/explanation"
            said = await sent(client, "POST", path, {"item_id": "dune"})
            health = await read(client, "/health/ready")
            process.kill()
            away = [await problem(client, "POST", path, {"item_id": "dune"}) for _ in range(6)]
        still = await sent(client, "POST", PATH, ASK)
        after = await read(client, "/health/ready")

        assert said["text"]
        assert said["model"] == "router-explanation-1"
        assert health["models"] == {"ranker": "closed", "explanations": "closed"}
        assert {(one["status"], one["type"]) for one in away} == {
            (503, "urn:credence:problem:explanations-failed")
        }
        assert "left alone" in away[-1]["detail"]
        assert after["models"] == {"ranker": "closed", "explanations": "open"}
        assert "degraded" in still["flags"]

    async def test_what_is_too_long_for_the_models_there_is_said_to_be(
        self,
        client: httpx.AsyncClient,
        told: CausalRankerSettings,
        port: int,
        tmp_path: Path,
    ) -> None:
        await believed(client)
        shown = await sent(client, "POST", PATH, ASK | {"instruction": "a of world " * 900})
        path = f"{PATH}/{shown['impression_id']}/explanation"
        with serving_languages(tmp_path, replace(told, longest=640), port=port, key=KEY):
            item = {"item_id": shown["items"][0]["item_id"]}
            found = [await problem(client, "POST", path, item) for _ in range(6)]
            health = await read(client, "/health/ready")

        assert {(one["status"], one["type"]) for one in found} == {
            (503, "urn:credence:problem:explanations-failed")
        }
        assert "too long for them" in found[-1]["detail"]
        assert "CREDENCE_CAUSAL_LONGEST there" in found[-1]["detail"]
        assert health["models"]["explanations"] == "closed"  # it is well
