"""How many people a minute are advanced while 16 calls to a slow model are in flight."""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from credence.app.bootstrap import Application
from credence.memory.planner_run import PlannerRun
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.graph import build_graph
from scripts.llm.calls import Calls, calls_of
from scripts.llm.processes import DEV_SERVER, OWN_SERVER, Process, running
from scripts.llm.report import Report, commit, table
from scripts.llm.workers import hold_back, let_go, working
from scripts.llm.world import NEVER_MINUTES, Bench, World, arrive, models

_IN_FLIGHT, _WORKERS = 16, 32
_LATENCY = 0.3  # seconds
_PROCESSES = (1, 2)
_CHECK_AFTER = 3
_TARGET = 0.8
_LONGEST = 900.0  # seconds of one measurement
_SLOW = ("--latency-ms", str(_LATENCY * 1000))
_SHOWN = 12  # lines of a profile


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """One measurement."""

    what: str
    latency: float
    people: int
    outcomes: Counter[str]
    calls: Calls  # as the application saw them
    seconds: float
    own_cpu: float
    server_cpu: float
    busy: float  # share of all cores, by whomever

    @property
    def ideal(self) -> float:
        """Seconds, were there nothing but the latency."""
        return len(self.calls.spans) * self.latency / _IN_FLIGHT

    @property
    def share(self) -> float:
        """Of the pace that the latency alone would let through."""
        return self.ideal / self.seconds

    def row(self) -> tuple[object, ...]:
        a_minute, calls = 60 / self.seconds, len(self.calls.spans)
        middle = None
        if self.latency:
            middle = self.calls.share_in_the_middle(latency=self.latency, in_flight=_IN_FLIGHT)
        return (
            self.what,
            f"{self.people * a_minute:,.0f}",
            f"{self.people * 60 / self.ideal:,.0f}" if self.latency else "-",
            f"{self.share:.0%}" if self.latency else "-",
            f"{middle:.0%}" if middle else "-",
            calls,
            f"{self.calls.answering / calls * 1000:.0f}",
            f"{self.calls.answering / self.seconds:.1f}",
            f"{self.own_cpu / calls * 1000:.1f}",
            f"{self.server_cpu / calls * 1000:.1f}",
            f"{self.busy:.0%}",
            f"{self.seconds:.1f}",
        )


async def study(bench: Bench, *, seed: int) -> Report:
    """The pace with the development server, with one that has its answers ready, with workers in
    processes of their own, and without latency; where it is under the target, what the
    application's process does meanwhile."""
    paces = [
        await _fresh(bench, DEV_SERVER, f"dev server, {_LATENCY * 1000:.0f} ms", _LATENCY),
        await _fresh(bench, DEV_SERVER, "dev server, no latency", 0.0),
    ]
    profile = ""
    with running(OWN_SERVER, "--remember", *_SLOW) as server:
        await _pace(bench, server, "to have the answers ready", _LATENCY)
        ready = await _pace(bench, server, f"answers ready, {_LATENCY * 1000:.0f} ms", _LATENCY)
        paces.append(ready)
        paces.append(
            await _pace(bench, server, "the same, no checkpoints", _LATENCY, checkpoints=False)
        )
        paces += [await _of_processes(bench, server, number) for number in _PROCESSES]
        if min(paces[0].share, ready.share) < _TARGET:
            profile = await _profiled(bench, server)
    with running(OWN_SERVER, "--remember") as server:
        await _pace(bench, server, "to have the answers ready", 0.0)
        paces.append(await _pace(bench, server, "answers ready, no latency", 0.0))
    head = ("server", "people/min", "ideal", "share", "middle", "calls", "ms a call", "in flight")
    more = ("own CPU ms/call", "server CPU ms/call", "cores busy", "s")
    text = "\n".join(
        [
            f"# People a minute, commit {commit()}\n",
            f"{bench.world.told}; seed {seed} (nothing is drawn). {_IN_FLIGHT} calls in flight, "
            f"{_WORKERS} workers, a look after {_CHECK_AFTER} events, other settings as by "
            f"default; {psutil.cpu_count()} cores. The ideal is calls * {_LATENCY:g} s / "
            f"{_IN_FLIGHT}; the target is {_TARGET:.0%} of it; the middle is from the first time "
            f"that {_IN_FLIGHT} were in flight until the last. Runs: "
            f"{', '.join(f'{name} {n}' for name, n in paces[0].outcomes.items())}.\n",
            table((*head, *more), [pace.row() for pace in paces]),
            profile,
        ]
    )
    return Report(text)


async def _fresh(bench: Bench, module: tuple[str, ...], what: str, latency: float) -> _Pace:
    with running(module, "--latency-ms", str(latency * 1000)) as server:
        return await _pace(bench, server, what, latency)


async def _pace(
    bench: Bench, server: Process, what: str, latency: float, *, checkpoints: bool = True
) -> _Pace:
    database = await bench.database()
    async with _waiting(bench, database, server) as app:
        if not checkpoints:
            app.worker.graph, app.worker.durable = build_graph(), False
        meter = _Meter(time.process_time, server)
        seconds, outcomes = await _advanced(app, _due(bench.world))
        read = meter.read()
        assert app.seats is not None
        await app.seats.ledger.settle()
    return _Pace(
        what=what,
        latency=latency,
        people=outcomes.total(),
        outcomes=outcomes,
        calls=calls_of(database),
        seconds=seconds,
        **read,
    )


async def _of_processes(bench: Bench, server: Process, processes: int) -> _Pace:
    """`credence work` in so many processes, the answers ready."""
    database = await bench.database()
    async with _waiting(bench, database, server):
        hold_back(database)
    with working(database, _settings(server), processes=processes) as workers:
        workers.wait_until_quiet()
        meter = _Meter(lambda: workers.cpu_seconds, server)
        seconds, outcomes = let_go(database, _due(bench.world), longest=_LONGEST)
        read = meter.read()
    return _Pace(
        what=f"answers ready, credence work --processes {processes}",
        latency=_LATENCY,
        people=outcomes.total(),
        outcomes=outcomes,
        calls=calls_of(database),
        seconds=seconds,
        **read,
    )


class _Meter:
    """What was spent since it was made."""

    def __init__(self, own: Callable[[], float], server: Process) -> None:
        self._own, self._server = own, server
        self._before = own(), server.cpu_seconds, psutil.cpu_times()

    def read(self) -> dict[str, float]:
        """`own_cpu`, `server_cpu` and `busy` of a pace."""
        own, theirs, cores = self._before
        after = psutil.cpu_times()
        idle = after.idle - cores.idle
        return {
            "own_cpu": self._own() - own,
            "server_cpu": self._server.cpu_seconds - theirs,
            "busy": 1 - idle / (sum(after) - sum(cores)),
        }


def _settings(server: Process) -> dict[str, Any]:
    return models(server.url, roles="planner,extractor,synthesizer") | {
        "llm_in_flight": _IN_FLIGHT,
        "workers": _WORKERS,
        "check_after": _CHECK_AFTER,
        "check_within_minutes": NEVER_MINUTES,
    }


@asynccontextmanager
async def _waiting(bench: Bench, database: str, server: Process) -> AsyncIterator[Application]:
    """An application with everybody's events in, and nobody looked at yet; common topics are at
    hand, as in a server."""
    async with bench.application(database, **_settings(server)) as app:
        await app.encoder.embed_phrases([topic.name for topic in bundled_lexicon().topics])
        await arrive(app, [one for events in bench.world.events.values() for one in events])
        yield app


def _due(world: World) -> int:
    return sum(len(events) >= _CHECK_AFTER for events in world.events.values())


async def _advanced(app: Application, people: int) -> tuple[float, Counter[str]]:
    """Seconds until the worker has advanced so many people, and how their runs ended."""
    outcomes: Counter[str] = Counter()
    done = asyncio.Event()

    def finished(run: PlannerRun) -> None:
        outcomes[run.outcome] += 1
        if outcomes.total() >= people:
            done.set()

    app.worker.finished = finished
    began = time.perf_counter()
    working = asyncio.create_task(app.worker.serve())
    try:
        await asyncio.wait_for(done.wait(), _LONGEST)
        return time.perf_counter() - began, outcomes
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _profiled(bench: Bench, server: Process) -> str:
    """What the event loop's thread does, by package and by function; profiling slows it down."""
    database = await bench.database()
    async with _waiting(bench, database, server) as app:
        profile = cProfile.Profile()
        profile.enable()
        await _advanced(app, _due(bench.world))
        profile.disable()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    own = {where: of[2] for where, of in stats.items() if "poll" not in where[2]}
    total = sum(own.values())
    packages: Counter[str] = Counter()
    for (file, _, _), seconds in own.items():
        packages[_package(file)] += seconds
    functions = sorted(own.items(), key=lambda pair: -pair[1])[:_SHOWN]
    return "\n".join(
        [
            f"Profile of the event loop's thread, answers ready, {_LATENCY * 1000:.0f} ms: "
            f"{total:.1f} s at work.\n",
            table(
                ("package", "s", "share"),
                [(n, f"{s:.2f}", f"{s / total:.0%}") for n, s in packages.most_common(_SHOWN)],
            ),
            table(
                ("function", "s", "calls"),
                [
                    (
                        f"{_package(file)} {Path(file).name}:{line} {name}",
                        f"{s:.2f}",
                        stats[where][1],
                    )
                    for where, s in functions
                    for file, line, name in [where]
                ],
            ),
        ]
    )


def _package(file: str) -> str:
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    if "credence" in parts:
        at = len(parts) - 1 - parts[::-1].index("credence")
        return ".".join(parts[at : at + 3]).removesuffix(".py")
    return "built in" if file.startswith(("~", "<")) else "standard library"
