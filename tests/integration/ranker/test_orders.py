"""Lists put into order by the language models of a process, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from credence.app.causal_ranker import CausalRanker
from credence.app.causal_settings import CausalRankerSettings
from credence.app.ranker_service.order_wire import LARGEST_ASK, packed_ask, parsed_order
from credence.app.ranker_service.speech import DEADLINE, ORDER_PATH
from credence.planner.counter import Reordered
from tests.integration.ranker.languages import Caller, a_list, in_process, made, serving_languages
from tests.integration.ranker.processes import Process, announcing, growing
from tests.integration.ranker.test_without_languages import of_languages

KEY = "a-long-secret"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
CLIENTS = 24
_LISTS = 6  # different ones: each is made in process once, to be compared


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> CausalRankerSettings:
    return made(tmp_path_factory.mktemp("models"))


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


def post(process: Process, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.post(
        process.url + ORDER_PATH,
        content=body,
        headers=HEADERS | (headers or {}),
        timeout=60,
        trust_env=False,
    )


def assert_same(ours: Reordered, theirs: Reordered) -> None:
    assert (ours.order, ours.ranker, ours.fallback) == (theirs.order, theirs.ranker, None)
    assert ours.trace is not None
    assert theirs.trace is not None
    assert ours.trace.expert == theirs.trace.expert
    assert ours.trace.weights == pytest.approx(theirs.trace.weights, abs=1e-4)
    assert ours.trace.expert_scores == pytest.approx(theirs.trace.expert_scores, abs=1e-4)
    assert ours.trace.complement_scores == pytest.approx(theirs.trace.complement_scores, abs=1e-4)
    assert ours.trace.alpha == pytest.approx(theirs.trace.alpha, abs=1e-4)


@pytest.mark.parametrize("candidates", [2, 6, 23])
async def test_an_order_by_the_process_is_the_order_in_process(
    process: Process, local: CausalRanker, candidates: int
) -> None:
    shown = a_list(candidates=candidates)
    caller = Caller(process.url, key=KEY)

    ours = await caller.ranker(shown)
    await caller.client.close()

    assert_same(ours, await local(shown))
    assert caller.ranker.name == "router-labels-1"


async def test_how_far_an_item_moves_is_the_callers_to_say(
    process: Process, local: CausalRanker
) -> None:
    shown = a_list(1, candidates=12)
    caller = Caller(process.url, key=KEY, rise=2)

    held = await caller.ranker(shown)
    await caller.client.close()

    assert held.order != (await local(shown)).order
    assert all(abs(at - place) <= 2 for place, at in enumerate(held.order))


async def test_many_clients_get_their_own_orders_or_are_told_that_too_many_wait(
    process: Process, local: CausalRanker
) -> None:
    caller = Caller(process.url, key=KEY)

    found = await asyncio.gather(*(caller.ranker(a_list(at % _LISTS)) for at in range(CLIENTS)))
    again = await caller.ranker(a_list())
    await caller.client.close()

    alone = [await local(a_list(number)) for number in range(_LISTS)]
    ordered = [(at, made) for at, made in enumerate(found) if made.fallback is None]
    refused = [made for made in found if made.fallback is not None]
    assert len(ordered) >= 8  # one at hand and seven that wait
    for at, one in ordered:
        assert_same(one, alone[at % _LISTS])
    assert all(made.order == tuple(range(6)) for made in refused)
    assert {made.fallback for made in refused} <= {
        "the process of the language models gave no order: too many lists wait there already"
    }
    assert caller.ranker.state == "closed"  # to be busy is no fault
    assert again.fallback is None


def asked(**changed: Any) -> bytes:
    told = json.loads(packed_ask(a_list()))
    return json.dumps({k: v for k, v in (told | changed).items() if v is not ...}).encode()


ITEM: dict[str, Any] = {"item_id": "a", "title": "A"}
SEEN = {"seq": 1, "action": "like", "occurred_at": "2026-05-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("body", b""),
        ("body", b"{"),
        ("body", b"[]"),
        ("body", b"\xff\xfe"),
        ("candidates", asked(candidates=...)),
        ("candidates", asked(candidates=[ITEM])),
        ("candidates", asked(candidates=[ITEM, ITEM])),
        ("candidates", asked(candidates=[ITEM | {"item_id": str(at)} for at in range(101)])),
        ("candidates.1.description", asked(candidates=[ITEM, ITEM | {"description": "long"}])),
        ("candidates.0.title", asked(candidates=[ITEM | {"title": "x" * 1_001}, ITEM])),
        ("profile", asked(profile=7)),
        ("profile", asked(profile="x" * 10_001)),
        ("tenant", asked(tenant="default")),
        (
            "recent.0.occurred_at",
            asked(recent=[SEEN | {"occurred_at": "now"}]),
        ),
        ("recent", asked(recent=[SEEN] * 201)),
    ],
)
def test_what_is_wrong_is_named(process: Process, field: str, body: bytes) -> None:
    answer = post(process, body)

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["fix"]


def test_a_deadline_that_is_no_number_is_named(process: Process) -> None:
    answer = post(process, asked(), {DEADLINE: "soon"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == DEADLINE


def test_a_body_of_another_kind_is_refused(process: Process) -> None:
    assert post(process, asked(), {"Content-Type": "text/plain"}).status_code == 415


def test_a_body_that_says_it_is_too_large_is_not_read(process: Process) -> None:
    assert announcing(process, ORDER_PATH, HEADERS, LARGEST_ASK + 1) == 413


def test_a_body_that_grows_too_large_is_read_no_further(process: Process) -> None:
    assert growing(process, ORDER_PATH, HEADERS, LARGEST_ASK + 1) == 413


@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {KEY}"])
def test_without_the_key_nothing_is_ordered(process: Process, given: str) -> None:
    answer = post(process, asked(), {"Authorization": given})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_caller_with_the_wrong_key_keeps_the_local_order(process: Process) -> None:
    caller = Caller(process.url, key="another", failures=2, pause=3600)

    kept = [await caller.ranker(a_list()) for _ in range(3)]
    await caller.client.close()

    assert [made.order for made in kept] == [tuple(range(6))] * 3
    assert "CREDENCE_RANKER_KEY" in str(kept[0].fallback)
    assert caller.ranker.state == "open"


def test_a_deadline_that_is_over_is_not_computed(process: Process) -> None:
    before = ordered(process)

    answer = post(process, asked(), {DEADLINE: "0"})

    assert answer.status_code == 504
    assert answer.json()["type"] == "urn:credence:problem:late"
    assert ordered(process) == before


def test_a_question_that_is_too_long_for_them_is_said_to_be(process: Process) -> None:
    labels = {"categories": ["of a world " * 20] * 8}
    long = [ITEM | labels | {"item_id": f"{at:03}"} for at in range(100)]

    answer = post(process, asked(candidates=long))

    made = parsed_order(answer.content, candidates=100)
    assert made.order == tuple(range(100))
    assert made.fallback is not None
    assert made.fallback.startswith("the language models gave no order: ")


def test_health_names_them_and_figures_count(process: Process) -> None:
    post(process, asked())
    post(process, asked(), {DEADLINE: "0"})
    text = process.get("/metrics").text

    assert process.get("/health/ready").json()["language_models"] == {
        "ranker": "router-labels-1",
        "models": ["router", "films", "books", "reward"],
        "explanation_tokens": 0,
    }
    assert "credence_ranker_order_queue_length 0.0" in text
    assert 'credence_ranker_order_requests_total{status="200"}' in text
    assert 'credence_ranker_orders_refused_total{reason="late"}' in text
    assert "credence_ranker_order_seconds_count" in text


@pytest.mark.parametrize(
    ("key", "state", "says"),
    [
        (KEY, "ok", "orders by router-labels-1, with router, films, books, reward"),
        ("another", "problem", "asks for another key: the local ranker's order stands"),
    ],
)
def test_the_doctor_says_which_models_it_has_and_whether_the_key_is_right(
    process: Process, tmp_path: Path, key: str, state: str, says: str
) -> None:
    found = of_languages(tmp_path, process.url, key)

    assert (found.state, found.says.partition(" ")[2]) == (state, says)


def ordered(process: Process) -> float:
    """How many lists were put into order so far."""
    found = re.search(r"^credence_ranker_orders_total (\S+)$", process.get("/metrics").text, re.M)
    assert found is not None
    return float(found[1])
