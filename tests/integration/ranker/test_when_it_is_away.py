"""Recommendations go on when the ranking process dies, is late, full, about to end or another."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from credence.app.ranker_service.case_wire import packed_case
from credence.app.ranker_service.speech import DEADLINE, MODEL, PATH
from credence.planner.ranking.case import Scored
from tests.integration.ranker.processes import (
    VERSION,
    Caller,
    Process,
    a_folder,
    free_port,
    serving,
    started,
)
from tests.unit.inference.listwise.made_up import a_list, assert_near
from tests.unit.planner.ranking.cases import a_case, everything

CLIENTS, ROUNDS = 64, 6
BODY = packed_case(a_list())


@contextmanager
def gated(folder: Path, *, queue: int = 100) -> Iterator[Process]:
    """A process whose passes wait for `opened`."""
    command = ["-m", "tests.integration.ranker.gated_process", str(folder), str(queue)]
    with started(command) as process:
        yield process


def opened(folder: Path) -> None:
    (folder / "open").touch()


@asynccontextmanager
async def asked(process: Process) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=process.url, headers={MODEL: VERSION}, timeout=60, trust_env=False
    ) as client:
        yield client


async def in_pass(folder: Path) -> None:
    """Until a pass waits at the gate."""
    while not (folder / "busy").exists():  # noqa: ASYNC110  another process makes it
        await asyncio.sleep(0.005)


async def test_a_killed_process_fails_no_recommendation_and_is_used_when_it_is_back(
    tmp_path: Path,
) -> None:
    folder, port = a_folder(tmp_path), free_port()
    done: list[Scored] = []
    last: dict[int, Scored] = {}
    with serving(folder, port=port) as process:
        caller = Caller(process.url)
        killed = asyncio.Event()

        async def one(client: int) -> None:
            for number in range(ROUNDS):
                if number == ROUNDS // 2:
                    await killed.wait()
                case = a_case(candidates=9, heard=True, seed=client)
                scored = await caller.ranker.score(case, everything(case))
                alone = await caller.local.score(case, everything(case))
                assert_near(scored.scores, alone.scores)
                done.append(scored)
                last[client] = scored
                if len(done) == CLIENTS * ROUNDS // 3:
                    process.popen.kill()  # others are in flight
                    killed.set()

        await asyncio.gather(*(one(client) for client in range(CLIENTS)))
    assert len(done) == CLIENTS * ROUNDS
    assert not any(scored.degraded for scored in done[: CLIENTS * ROUNDS // 3])
    assert all(scored.degraded for scored in last.values())

    case = a_case(heard=True)
    with serving(folder, port=port):
        back = [await caller.ranker.score(case, everything(case)) for _ in range(2)]
    await caller.client.close()
    assert not any(scored.degraded for scored in back)


async def test_a_late_process_is_not_waited_for(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    case = a_case()
    with gated(folder) as process:
        caller = Caller(process.url, timeout=0.05, failures=100)
        late = await caller.ranker.score(case, everything(case))
        patient = Caller(process.url)
        opened(folder)
        in_time = await patient.ranker.score(case, everything(case))
        await caller.client.close()
        await patient.client.close()

    assert (late.degraded, in_time.degraded) == (True, False)
    assert_near(late.scores, in_time.scores)


async def test_what_nobody_waits_for_any_more_is_not_computed(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    with gated(folder) as process:
        async with asked(process) as client:
            first = asyncio.create_task(client.post(PATH, content=BODY))
            await in_pass(folder)
            late = await client.post(PATH, content=BODY, headers={DEADLINE: "20"})
            opened(folder)
            in_time = await first

        assert (in_time.status_code, late.status_code) == (200, 504)
        assert "credence_ranker_batch_size_count 1.0" in process.get("/metrics").text


async def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    with gated(folder, queue=1) as process:
        async with asked(process) as client:
            first = asyncio.create_task(client.post(PATH, content=BODY))
            await in_pass(folder)
            second = asyncio.create_task(client.post(PATH, content=BODY))
            await asyncio.to_thread(process.until_counted, "credence_ranker_queue_length 1.0")
            refused = await client.post(PATH, content=BODY)
            caller, case = Caller(process.url), a_case()
            instead = await caller.ranker.score(case, everything(case))
            opened(folder)
            answers = [(await one).status_code for one in (first, second)]
            await caller.client.close()

    assert refused.status_code == 503
    assert refused.json()["type"] == "urn:credence:problem:queue-full"
    assert refused.headers["retry-after"] == "1"
    assert instead.degraded
    assert answers == [200, 200]


async def test_told_to_stop_it_answers_what_it_took_and_ends(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    with gated(folder) as process:
        async with asked(process) as client:
            taken = [asyncio.create_task(client.post(PATH, content=BODY)) for _ in range(5)]
            await asyncio.to_thread(process.until_counted, "credence_ranker_queue_length 4.0")
            process.popen.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.until, "stopping")
            ready = process.get("/health/ready")
            refused = await client.post(PATH, content=BODY)
            opened(folder)
            answers = [(await one).status_code for one in taken]
        ended = await asyncio.to_thread(process.popen.wait, 60)

    assert ready.status_code == 503
    assert refused.status_code == 503
    assert refused.json()["type"] == "urn:credence:problem:stopping"
    assert answers == [200] * 5
    assert ended == 0


async def test_a_model_of_another_version_is_not_used(tmp_path: Path) -> None:
    case = a_case()
    with serving(a_folder(tmp_path, seed=1)) as process:
        caller = Caller(process.url, failures=2, pause=3600)
        scored = [await caller.ranker.score(case, everything(case)) for _ in range(4)]
        await caller.client.close()
        asked_of_it = process.get("/metrics").text

    assert all(one.degraded and one.ranker == f"routed-{VERSION}" for one in scored)
    assert 'credence_ranker_requests_total{status="422"} 2.0' in asked_of_it
