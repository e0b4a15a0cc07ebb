"""Lists that wait for the language models of a process: too many, too long, for nobody, at its
end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from credence.app.ranker_service.order_wire import packed_ask
from credence.app.ranker_service.speech import DEADLINE, ORDER_PATH
from tests.integration.app.test_language_models import save
from tests.integration.ranker.languages import Caller, a_list
from tests.integration.ranker.processes import Process, a_folder, started

BODY = packed_ask(a_list())
HEADERS = {"Content-Type": "application/json", DEADLINE: "60000"}
_QUEUE = "credence_ranker_order_queue_length"


@contextmanager
def gated(folder: Path, *, port: int | None = None) -> Iterator[Process]:
    """A process whose models wait for `opened`."""
    listwise, router = a_folder(folder / "listwise"), save(folder / "router", 0)
    command = ["-m", "tests.integration.ranker.gated_orders", str(listwise), router]
    with started(command, port=port) as process:
        yield process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gated")


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[Process]:
    with gated(folder) as process:
        yield process


@pytest.fixture
def process(shared: Process, folder: Path) -> Iterator[Process]:
    """Its gate is closed, and nothing is being ordered."""
    for name in ("open", "begun"):
        (folder / "listwise" / name).unlink(missing_ok=True)
    yield shared
    opened(folder)
    shared.until_counted(f"{_QUEUE} 0.0")


def opened(folder: Path) -> None:
    (folder / "listwise" / "open").touch()


def begun(folder: Path) -> int:
    """Lists that the models were given."""
    return len((folder / "listwise" / "begun").read_text().splitlines())


def client_of(process: Process) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=process.url, headers=HEADERS, timeout=60, trust_env=False)


async def until(process: Process, line: str) -> None:
    await asyncio.to_thread(process.until_counted, line)


async def test_a_list_that_nobody_waits_for_any_more_is_not_begun(
    process: Process, folder: Path
) -> None:
    async with client_of(process) as client:
        first = asyncio.create_task(client.post(ORDER_PATH, content=BODY))
        await until(process, f"{_QUEUE} 1.0")
        left = asyncio.create_task(client.post(ORDER_PATH, content=BODY))
        await until(process, f"{_QUEUE} 2.0")
        left.cancel()
        await until(process, 'credence_ranker_orders_refused_total{reason="gone"} 1.0')
        late = await client.post(ORDER_PATH, content=BODY, headers={DEADLINE: "20"})
        waiting = process.get("/metrics").text
        opened(folder)
        answer = await first

    assert f"{_QUEUE} 1.0" in waiting
    assert (answer.status_code, late.status_code) == (200, 504)
    assert answer.json()["fallback"] is None
    assert late.json()["type"] == "urn:credence:problem:late"
    assert begun(folder) == 1


async def test_where_too_many_wait_the_next_one_is_refused_at_once(
    process: Process, folder: Path
) -> None:
    caller = Caller(process.url)
    async with client_of(process) as client:
        taken = [asyncio.create_task(client.post(ORDER_PATH, content=BODY)) for _ in range(8)]
        await until(process, f"{_QUEUE} 8.0")
        refused = await client.post(ORDER_PATH, content=BODY)
        kept = await caller.ranker(a_list())
        opened(folder)
        answers = [(await one).status_code for one in taken]
        await caller.client.close()

    assert refused.status_code == 503
    assert refused.json()["type"] == "urn:credence:problem:queue-full"
    assert refused.headers["retry-after"] == "1"
    assert kept.order == tuple(range(6))
    assert caller.ranker.state == "closed"
    assert answers == [200] * 8


async def test_a_caller_waits_no_longer_than_it_said(process: Process, folder: Path) -> None:
    caller, patient = (Caller(process.url, timeout=seconds, failures=100) for seconds in (0.1, 60))
    at_hand = asyncio.create_task(patient.ranker(a_list()))
    await until(process, f"{_QUEUE} 1.0")

    late = [await caller.ranker(a_list()) for _ in range(3)]
    await until(process, f"{_QUEUE} 1.0")  # none of them is still there
    opened(folder)
    in_time = [await at_hand, await patient.ranker(a_list())]
    await caller.client.close()
    await patient.client.close()

    assert [made.order for made in late] == [tuple(range(6))] * 3
    assert all(made.fallback is not None for made in late)
    assert [made.fallback for made in in_time] == [None, None]
    assert begun(folder) == 2  # those of the patient one


async def test_told_to_stop_it_orders_what_it_took_and_ends(tmp_path: Path) -> None:
    with gated(tmp_path) as process:
        async with client_of(process) as client:
            taken = [asyncio.create_task(client.post(ORDER_PATH, content=BODY)) for _ in range(5)]
            await until(process, f"{_QUEUE} 5.0")
            process.popen.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.until, "stopping")
            said = [await _health_in_a_moment(process) for _ in range(20)]  # it goes on listening
            refused = await client.post(ORDER_PATH, content=BODY)
            opened(tmp_path)
            answers = [await one for one in taken]
        ended = await asyncio.to_thread(process.popen.wait, 60)

    assert said == ["stopping"] * 20
    assert refused.status_code == 503
    assert refused.json()["type"] == "urn:credence:problem:stopping"
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {tuple(answer.json()["order"]) for answer in answers} == {
        tuple(answers[0].json()["order"])
    }
    assert begun(tmp_path) == 5
    assert ended == 0


async def _health_in_a_moment(process: Process) -> str:
    await asyncio.sleep(0.1)
    return str((await asyncio.to_thread(process.get, "/health/ready")).json()["status"])
