"""Input that a routed model cannot digest: a clear refusal or a list, and never a 500."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from credence.app.bootstrap import Application
from credence.inference.encoder import SentenceEncoder
from credence.planner.counter import Counter
from tests.integration.app.routed import a_bundle, client_of, routed_counter, semantic_counter
from tests.integration.app.shelf import BOOKS, believed, problem, read, sent, stock

PATH = "/v1/recommendations"


async def _no_numbers(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.full((len(texts), SentenceEncoder.dimension), np.nan, dtype=np.float32)


@pytest.fixture
def counter(application: Application) -> Counter:
    return routed_counter(application, a_bundle())


@pytest.mark.parametrize("more", [{}, {"candidates": sorted(BOOKS)}], ids=["found", "named"])
async def test_an_instruction_without_numbers_is_refused_and_the_rest_of_a_batch_is_not(
    application: Application, client: httpx.AsyncClient, counter: Counter, more: dict[str, Any]
) -> None:
    await believed(client)
    ask = {"user_id": "ada", "instruction": "anything", **more}

    async with client_of(application, replace(counter, embed=_no_numbers)) as lost:
        found = await problem(lost, "POST", PATH, ask)
        batch = await lost.post(f"{PATH}/batch", json={"requests": [ask, {"user_id": "ada"}]})

    assert (found["status"], found["errors"][0]["field"]) == (422, "instruction")
    assert batch.status_code == 207
    assert [row["status"] for row in batch.json()["results"]] == ["rejected", "made"]


async def test_a_model_that_gives_no_number_is_stood_in_for_by_the_semantic_ranker(
    application: Application, client: httpx.AsyncClient
) -> None:
    await believed(client)
    ask = {"user_id": "ada", "instruction": "a frozen world", "explain": True}

    async with client_of(application, routed_counter(application, a_bundle(lost=True))) as lost:
        made = await sent(lost, "POST", PATH, ask)
    async with client_of(application, semantic_counter(application)) as semantic:
        plain = await sent(semantic, "POST", PATH, ask)

    assert made["flags"] == ["degraded"]
    assert made["ranker"] == plain["ranker"]
    assert [i["item_id"] for i in made["items"]] == [i["item_id"] for i in plain["items"]]
    scores = [[item["score"] for item in one["items"]] for one in (made, plain)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-5)  # beliefs fade between the two
    assert made["routing"] is None
    assert (await read(client, f"{PATH}/{made['impression_id']}"))["flags"] == ["degraded"]


async def test_no_candidates_are_an_empty_list_or_a_refusal(
    application: Application, client: httpx.AsyncClient, counter: Counter
) -> None:
    async with client_of(application, counter) as routed:
        bare = await sent(routed, "POST", PATH, {"instruction": "anything", "explain": True})
        await stock(client)
        filters = {"categories": ["never"]}
        for named in (None, sorted(BOOKS)):
            ask = {"candidates": named, "filters": filters, "explain": True}
            made = await sent(routed, "POST", PATH, ask)
            again = await read(routed, f"{PATH}/{made['impression_id']}")
            assert (made["items"], made["pool"], made["routing"]) == ([], 0, None)
            assert (again["items"], again["routing"]) == ([], None)
        refused = await problem(routed, "POST", PATH, {"candidates": []})

    assert (bare["items"], bare["routing"]) == ([], None)
    assert (refused["status"], refused["errors"][0]["field"]) == (422, "candidates")


async def test_one_candidate_is_certain(
    application: Application, client: httpx.AsyncClient, counter: Counter
) -> None:
    await believed(client)

    async with client_of(application, counter) as routed:
        ask = {"user_id": "ada", "candidates": ["emma"], "explain": True}
        made = await sent(routed, "POST", PATH, ask)

    assert made["items"][0]["score"] == pytest.approx(0)
    assert made["routing"]["items"] == [
        {"item_id": "emma", "expert_score": 0.0, "complement_score": 0.0, "heeded": None}
    ]


async def test_a_thousand_candidates_are_ranked_and_explained(
    application: Application, client: httpx.AsyncClient, counter: Counter
) -> None:
    await believed(client)
    ids = [f"book-{number:04d}" for number in range(1_000)]
    for start in range(0, 1_000, 100):
        rows = [{"item_id": i, "title": f"Part {i[-2:]}"} for i in ids[start : start + 100]]
        await sent(client, "POST", "/v1/items", {"items": rows})
    ask = {"user_id": "ada", "instruction": "part two", "candidates": ids, "explain": True}

    async with client_of(application, counter) as routed:
        made = await sent(routed, "POST", PATH, {**ask, "k": 100})
        again = await read(routed, f"{PATH}/{made['impression_id']}")

    assert made["pool"] == 1_000
    assert len(made["routing"]["items"]) == len(made["items"]) == 100
    assert again["routing"] == made["routing"]


@pytest.mark.parametrize(("megabytes", "status"), [(1, 422), (9, 413)])
async def test_a_text_of_megabytes_is_refused(
    application: Application,
    client: httpx.AsyncClient,
    counter: Counter,
    megabytes: int,
    status: int,
) -> None:
    await stock(client)
    ask = {"instruction": "x" * megabytes * 1_000_000, "explain": True}

    async with client_of(application, counter) as routed:
        found = await problem(routed, "POST", PATH, ask)

    assert found["status"] == status
    assert [error["field"] for error in found["errors"]] in ([], ["instruction"])


async def test_the_longest_instruction_allowed_is_ranked(
    application: Application, client: httpx.AsyncClient, counter: Counter
) -> None:
    await stock(client)

    async with client_of(application, counter) as routed:
        made = await sent(routed, "POST", PATH, {"instruction": "a tale " * 2_857, "explain": True})

    assert len(made["items"]) == len(made["routing"]["items"]) == len(BOOKS)
