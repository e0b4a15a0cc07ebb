"""Ranking processes whose answers are none: no caller fails by them, or passes their words on."""

from __future__ import annotations

import gzip
import json

import pytest
from pydantic import AnyHttpUrl

from credence.app.ranker_service.answer_wire import largest_answer, packed_answer
from credence.app.ranker_service.client import RankerClient
from credence.app.ranker_service.connection import Busy, CaseRefused, NotAnswered, NotSent
from credence.app.ranker_service.order_client import OrderClient
from credence.app.ranker_service.order_wire import LARGEST_ORDER
from credence.app.ranker_service.speech import MODEL
from credence.inference.listwise.ranking import RoutedLists
from credence.planner.counter import Reordered
from tests.unit.app.ranker_service.answering import an_answer, answering
from tests.unit.app.test_causal_ranker import shown
from tests.unit.inference.listwise.made_up import a_bundle, a_list

ORDER = json.dumps({"ranker": "tiny", "order": [1, 0, 2, 3]}).encode()
DEEP = b'{"type": ' + b"[" * 100_000
FORGED = "x\nWARNING all is well"
KINDS = ["order", "rank"]


async def asked(kind: str, url: AnyHttpUrl) -> object:
    """What a client of this kind gets for a list."""
    if kind == "order":
        orders = OrderClient(url, key=None, timeout=60)
        try:
            return await orders.order(orders.packed(shown()), candidates=4)
        finally:
            await orders.close()
    ranks = RankerClient(url, key=None, version="7", timeout=60)
    try:
        return await ranks.rank(a_list())
    finally:
        await ranks.close()


async def refused(kind: str, said: bytes) -> NotAnswered:
    async with answering(said) as server:
        with pytest.raises(NotAnswered) as found:
            await asked(kind, server.url)
    return found.value


def answers() -> dict[str, bytes]:
    """Good ones."""
    return {
        "order": ORDER,
        "rank": packed_answer(RoutedLists(a_bundle()).rank(a_list())),
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_asked_for_an_answer_that_is_not_encoded(kind: str) -> None:
    async with answering(an_answer(200, answers()[kind])) as server:
        await asked(kind, server.url)

    (head,) = server.heads
    assert "accept-encoding: identity\r\n" in head


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [422, 503])
async def test_a_problem_of_any_depth_is_a_refusal(kind: str, status: int) -> None:
    error = await refused(kind, an_answer(status, DEEP))

    assert str(error) == ("it refused the list" if status == 422 else "status 503")
    assert type(error) is (CaseRefused if status == 422 else NotAnswered)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_is_packed_is_not_unpacked(kind: str) -> None:
    packed = gzip.compress(answers()[kind])

    error = await refused(kind, an_answer(200, packed, "Content-Encoding: gzip"))

    assert str(error) == "its answer is encoded"


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_is_read_as_far_as_one_can_be_long(kind: str, status: int) -> None:
    case = a_list()
    ranked = largest_answer(variants=len(case.signals), candidates=len(case.candidates))
    most = LARGEST_ORDER if kind == "order" else ranked

    long = await refused(kind, an_answer(status, b" " * (most + 1)))
    whole = await refused(kind, an_answer(status, b" " * most))

    assert str(long) == "its answer is too long"
    assert str(whole) == ("its answer is none" if status == 200 else "status 503")


async def test_the_names_in_an_answer_are_not_passed_on() -> None:
    said = json.dumps(json.loads(ORDER) | {FORGED: 1}).encode()

    assert str(await refused("order", an_answer(200, said))) == "its answer is none"


async def test_a_full_queue_and_another_version_are_told_apart_from_faults() -> None:
    full = json.dumps({"type": "urn:credence:problem:queue-full"}).encode()
    other = json.dumps({"errors": [{"field": MODEL}]}).encode()

    assert isinstance(await refused("order", an_answer(503, full)), Busy)
    version = await refused("rank", an_answer(422, other))
    assert (type(version), str(version)) == (NotAnswered, "its model is of another version")


async def test_a_list_that_cannot_be_sent_asks_nobody() -> None:
    client = OrderClient(AnyHttpUrl("http://127.0.0.1:9"), key=None, timeout=60)

    with pytest.raises(NotSent):
        client.packed(shown(["x" * 201, "y"]))
    await client.close()


@pytest.mark.parametrize("host", ["a..b", "a" * 70])
async def test_a_host_that_there_cannot_be_does_not_answer(host: str) -> None:
    client = OrderClient(AnyHttpUrl(f"http://{host}"), key=None, timeout=60)

    with pytest.raises(NotAnswered):
        await client.order(client.packed(shown()), candidates=4)
    await client.close()


async def test_a_good_answer_is_one() -> None:
    async with answering(an_answer(200, ORDER)) as server:
        made = await asked("order", server.url)

    assert made == Reordered(order=(1, 0, 2, 3), ranker="tiny")
