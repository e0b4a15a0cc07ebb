"""What is left of people's beliefs when models and their server go wrong."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from credence.app.bootstrap import Application
from credence.app.llm_dev.brain import built_in
from credence.app.llm_dev.faults import NONE, Fault, Faults
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.inference.encoder import BatchingEncoder
from credence.memory.model import Person
from credence.planner.counter import Ask
from credence.planner.recommend import recommend
from scripts.llm.invariants import Invariant, invariants
from scripts.llm.processes import DEV_SERVER, running
from scripts.llm.report import Report, commit, table
from scripts.llm.world import TENANT, Bench, World, live, models

_SHARE = 0.2  # of the calls that go wrong
_CALL_SECONDS = 3.0  # so that what stalls ends
_BATCH = 3  # events that arrive together
_FEW, _FEWER = 10, 6  # people for each fault by itself, and events of each
_AT_ONCE = 8
_SHOWN = 10  # items of a recommendation
_WAIT = timedelta(seconds=60)
_RUNNING = "planner,extractor,synthesizer"
_ROLES = f"{_RUNNING},ranker"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lived:
    """What people's lives under one mix of faults left behind."""

    seconds: float
    server: dict[str, Any]
    invariants: Sequence[Invariant]
    joined_twice: int
    runs: Counter[str]  # by outcome
    authors: Counter[str]  # of the first plan of a run
    fallbacks: Counter[tuple[str, str]]  # by role and reason
    repaired: int  # answers that took more than one call
    steps: int  # at which a model was asked
    with_fallback: int  # runs
    outcomes: Counter[str]  # of calls, as the application saw them
    lists: Counter[str]  # recommendations by how their order came about

    @property
    def broken(self) -> int:
        return sum(one.broken for one in self.invariants)

    def server_calls(self, fault: str) -> int:
        """Calls that the server counted with a fault, of all roles."""
        return sum(int(of.get(fault, 0)) for of in self.server["by_role"].values())


async def study(bench: Bench, *, seed: int) -> Report:
    """Everybody under all faults mixed, then a few people under each fault by itself."""
    mixed = await _mixed(bench, seed=seed)
    few = bench.world.first(_FEW, events=_FEWER)
    alone = await _each_alone(bench, few, seed=seed)
    text = "\n".join(
        [
            f"# Faults, commit {commit()}\n",
            f"{bench.world.told}. Seed {seed}; {_SHARE:.0%} of calls go wrong; {_CALL_SECONDS:g} s "
            f"a call, other settings as by default; events in batches of {_BATCH}, then one "
            "forced run each.\n",
            "## All faults mixed evenly\n",
            *_told(mixed),
            f"## Each fault by itself, {_SHARE:.0%} of calls\n",
            f"{few.told}.\n",
            _compared(alone),
        ]
    )
    return Report(text, broken=any(lived.broken for lived in (mixed, *alone.values())))


async def _mixed(bench: Bench, *, seed: int) -> _Lived:
    """Against the real command, a process of its own."""
    with running(DEV_SERVER, "--fault", f"all={_SHARE}", "--seed", str(seed)) as server:
        return await _lived(bench, bench.world, server.url, roles=_ROLES)


async def _each_alone(bench: Bench, world: World, *, seed: int) -> dict[Fault, _Lived]:
    """Against the same server in this process, which spares a start for every fault."""
    encoder, found = BatchingEncoder(bench.encoder), {}
    brain = built_in(encoder.embed_phrases)
    for fault in Fault:
        web = build_app(brain, faults=Faults({fault: _SHARE}, seed=seed))
        async with listening(web) as url:
            found[fault] = await _lived(bench, world, url, roles=_RUNNING)
    encoder.close()
    return found


async def _lived(bench: Bench, world: World, url: str, *, roles: str) -> _Lived:
    database = await bench.database()
    given = models(url, roles=roles) | {"llm_call_seconds": _CALL_SECONDS}
    async with bench.application(database, **given) as app:
        began = time.perf_counter()
        await live(app, world, batch=_BATCH)
        await _force(app, world)
        seconds = time.perf_counter() - began
        ranks = app.seats is not None and app.seats.ranker is not None
        lists = await _recommended(app, world) if ranks else Counter[str]()
        assert app.seats is not None
        await app.seats.ledger.settle()
        with psycopg.connect(database, autocommit=True) as connection:
            held, twice = await invariants(app, world, connection)
            return _counted(
                connection, await _stats(url), seconds=seconds, held=held, twice=twice, lists=lists
            )


async def _stats(url: str) -> dict[str, Any]:
    """What the server counted."""
    async with httpx.AsyncClient() as client:
        told: dict[str, Any] = (await client.get(url.removesuffix("v1") + "stats")).json()
    return told


async def _force(app: Application, world: World) -> None:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def force(user_id: str) -> None:
        async with slots:
            await app.worker.advance(Person(TENANT, user_id), wait=_WAIT)

    await asyncio.gather(*map(force, world.people))


async def _recommended(app: Application, world: World) -> Counter[str]:
    """Lists by how their order came about. Raises RuntimeError for one that is no list."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def listed(user_id: str) -> str:
        instruction = world.instructions.get(user_id, "")
        ask = Ask(tenant=TENANT, user_id=user_id, instruction=instruction, k=_SHOWN)
        async with slots:
            made = await recommend(ask, app.counter)
        if len({one.item.item_id for one in made.items}) != _SHOWN:
            raise RuntimeError(
                f"{len(made.items)} items were recommended, not {_SHOWN} of one each"
            )
        if "degraded" in made.flags:
            return "local ranker's order, flagged as degraded"
        return "model's order, completed" if "repaired" in made.flags else "model's order"

    return Counter(await asyncio.gather(*map(listed, world.people)))


def _counted(
    connection: psycopg.Connection[Any],
    server: dict[str, Any],
    *,
    seconds: float,
    held: Sequence[Invariant],
    twice: int,
    lists: Counter[str],
) -> _Lived:
    cursor = connection.cursor(row_factory=dict_row)
    runs = cursor.execute("SELECT outcome, policy, detail FROM planner_runs").fetchall()
    calls = cursor.execute("SELECT outcome FROM llm_calls").fetchall()
    parts = [[*run["detail"].get("roles", ())] for run in runs]
    every = [part for of_run in parts for part in of_run]
    return _Lived(
        seconds=seconds,
        server=server,
        invariants=held,
        joined_twice=twice,
        runs=Counter(run["outcome"] for run in runs),
        authors=Counter(run["policy"] for run in runs),
        fallbacks=Counter(
            (part["role"], _plain(part["fallback"])) for part in every if part["fallback"]
        ),
        repaired=sum(part["calls"] > 1 and not part["fallback"] for part in every),
        steps=len(every),
        with_fallback=sum(any(part["fallback"] for part in of_run) for of_run in parts),
        outcomes=Counter(call["outcome"] for call in calls),
        lists=lists,
    )


def _plain(reason: str) -> str:
    """A reason without its figures, so that the same ones count together."""
    return re.sub(r"\d+", "N", reason)


def _told(lived: _Lived) -> list[str]:
    total = sum(lived.runs.values())
    calls = sum(lived.outcomes.values())
    return [
        table(
            ("invariant", "looked at", "broken"),
            [(one.what, one.checked, one.broken) for one in lived.invariants],
        ),
        f"Runs: {total} in {lived.seconds:.0f} s; {_listed(lived.runs)}. By author of the plan: "
        f"{_listed(lived.authors)}. Models were asked at {lived.steps} steps; {lived.repaired} "
        f"answers took more than one call and came; {sum(lived.fallbacks.values())} steps in "
        f"{lived.with_fallback} runs were done by a built-in part.\n",
        f"Of merged beliefs {lived.joined_twice} pairs of a belief and an event rest on two "
        "findings of that event, one of each of the chunks that became one: by the rule that no "
        "evidence is lost in a merge.\n",
        f"Recommendations: {_listed(lived.lists)}.\n",
        table(
            ("role", "why the built-in part did the work", "steps"),
            [(*key, n) for key, n in sorted(lived.fallbacks.items(), key=lambda p: (-p[1], p[0]))],
        ),
        table(
            ("fault", "calls at the server", "planner", "extractor", "synthesizer", "ranker"),
            [
                (name, lived.server_calls(name), *_by_role(lived, name))
                for name in (NONE, *(fault.value for fault in Fault))
            ],
        ),
        f"The server counted {lived.server['calls']} calls, the application {calls}: "
        f"{_listed(lived.outcomes)}.\n",
    ]


def _by_role(lived: _Lived, fault: str) -> list[int]:
    by_role = lived.server["by_role"]
    return [int(by_role.get(role, {}).get(fault, 0)) for role in _ROLES.split(",")]


def _compared(found: dict[Fault, _Lived]) -> str:
    rows = [
        (
            fault.value,
            lived.server["calls"],
            lived.server_calls(fault.value),
            _listed(lived.outcomes),
            lived.repaired,
            sum(lived.fallbacks.values()),
            lived.steps,
            _listed(lived.runs),
            lived.broken,
            f"{lived.seconds:.0f}",
        )
        for fault, lived in found.items()
    ]
    head = ("fault", "calls", "with it", "calls as the application saw them", "repaired")
    return table((*head, "fallbacks", "of steps", "runs", "broken invariants", "s"), rows)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.most_common()) or "none"
