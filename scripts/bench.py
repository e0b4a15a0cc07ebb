"""What Credence costs, each figure as a ratio against a named baseline in the same run.

    python scripts/bench.py [recommend] [ingest] [lifecycle] [belief] [--quick] [--json]

Everything runs here: a server process on an embedded Postgres in a temporary folder, and clients
in threads over real HTTP. Machines are noisy: rounds of the two sides alternate, and medians are
quoted. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import http.client
import io
import json
import os
import pstats
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from credence.app import schema
from credence.app.adapters import embedded_postgres
from credence.app.bootstrap import assemble
from credence.app.settings import Settings
from credence.app.stock import put_items
from credence.demo.content import demo_items, demo_people
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Action
from credence.memory.record_events import Intake, NewEvent, record_events
from credence.planner.extraction.lexicon import bundled_lexicon

NOW = datetime.now(UTC)
MOODS = "warm funny tense bleak hopeful strange lyrical brisk tender eerie wry epic quiet".split()
THINGS = "heists families oceans robots letters detectives kitchens wars islands schools".split()


@dataclass(frozen=True)
class Figure:
    """One comparison: what, ours, the baseline's, and their ratio."""

    what: str
    ours: float
    baseline: float
    unit: str
    target: str

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline


# --- the server and its clients ---------------------------------------------------------------


@contextmanager
def served(database: str, *, worker: bool) -> Iterator[int]:
    """The real server in a process of its own; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = os.environ | {
        "CREDENCE_DATABASE_URL": database,
        "CREDENCE_WORKER": str(worker).lower(),
        "CREDENCE_UNKNOWN_USERS": "create",
    }
    command = [sys.executable, "-m", "credence", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_until_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("the server ended before it was ready")
        try:
            if Client(port).call("GET", "/health/ready")[0] == 200:
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the server was not ready within two minutes")


class Client:
    """A kept-alive connection, as light as a client can be: its time counts as ours."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, data, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def timed(calls: Sequence[Callable[[], object]], *, callers: int) -> list[float]:
    """Seconds of each call; call i is made by caller i modulo `callers`, all at once."""
    seconds = [0.0] * len(calls)
    start = threading.Barrier(callers)

    def one_caller(first: int) -> None:
        start.wait()
        for index in range(first, len(calls), callers):
            began = time.perf_counter()
            calls[index]()
            seconds[index] = time.perf_counter() - began

    threads = [threading.Thread(target=one_caller, args=(i,)) for i in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seconds


def percentile(seconds: Sequence[float], share: float) -> float:
    """Milliseconds at this share of the calls."""
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] * 1000


# --- worlds -----------------------------------------------------------------------------------


def events(people: int, each: int, *, seed: int) -> list[NewEvent]:
    """Reviews of the demo catalogue in words of the demo's people, newly combined."""
    dice = random.Random(seed)
    items = [item.item_id for item in demo_items()]
    texts = [event.text for person in demo_people() for event in person.events if event.text]
    return [
        NewEvent(
            user_id=f"person-{person:06d}",
            action=Action.REVIEW,
            item_id=dice.choice(items),
            rating=dice.choice([1.0, 2.0, 3.0, 4.0, 4.5, 5.0]),
            text=" ".join(dice.sample(texts, 2)),
            metadata={},
            occurred_at=NOW - timedelta(days=each - number),
        )
        for person in range(people)
        for number in range(each)
    ]


def as_json(event: NewEvent) -> dict[str, Any]:
    return {
        "user_id": event.user_id,
        "action": event.action.value,
        "item_id": event.item_id,
        "rating": event.rating,
        "text": event.text,
        "occurred_at": event.occurred_at.isoformat(),
    }


def fresh_database(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = server.replace("/postgres?", f"/{name}?")
    schema.upgrade(url)
    return url


async def fill(
    database: str, encoder: SentenceEncoder, told: Sequence[NewEvent], *, advance: bool
) -> None:
    """The demo catalogue and these events, taken through the planner if wanted."""
    app = assemble(Settings(worker=False), database, encoder)
    await put_items("default", demo_items(), encoder=app.encoder, engine=app.engine, now=NOW)
    await ingest(app, told)
    if advance:
        await app.worker.drain()
    await app.close()


async def ingest(app: Any, told: Sequence[NewEvent]) -> None:
    intake = Intake(unknown_users="create")
    for first in range(0, len(told), 1000):
        await record_events(
            told[first : first + 1000], tenant="default", now=NOW, intake=intake, engine=app.engine
        )


# --- the measures -----------------------------------------------------------------------------


def recommend(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Ranking 10 candidates for a known person with an instruction, against encoding it."""
    database = fresh_database(server, "bench_recommend")
    asyncio.run(fill(database, encoder, events(40, 18, seed=1), advance=True))
    items = [item.item_id for item in demo_items()]
    dice = random.Random(2)
    words = iter(
        f"something {a} and {b} about {c}, number {n}"
        for n, (a, b, c) in enumerate(
            (dice.choice(MOODS), dice.choice(MOODS), dice.choice(THINGS)) for _ in range(100_000)
        )
    )
    figures = []
    with served(database, worker=False) as port:
        for callers in (1, 8):
            clients = [Client(port) for _ in range(callers)]
            ours: list[float] = []
            bare: list[float] = []
            for turn in range(2 if quick else 6):
                asked = [next(words) for _ in range(200)]
                bodies = [
                    {
                        "user_id": f"person-{dice.randrange(40):06d}",
                        "instruction": text,
                        "candidates": dice.sample(items, 10),
                        "k": 10,
                    }
                    for text in asked
                ]
                http_calls = [
                    lambda i=i, body=body: _expect_ok(clients[i % callers], body)
                    for i, body in enumerate(bodies)
                ]
                bare_calls = [lambda text=text: encoder.encode([text]) for text in asked]
                if turn == 0:  # warm both sides
                    timed(http_calls, callers=callers)
                    timed(bare_calls, callers=callers)
                    continue
                ours += timed(http_calls, callers=callers)
                bare += timed(bare_calls, callers=callers)
            for share, target in ((0.5, "<= 1.7"), (0.99, "<= 3")):
                figures.append(
                    Figure(
                        f"recommend among 10, {callers} client(s), p{share * 100:.0f}, "
                        "over the bare encoder call",
                        percentile(ours, share),
                        percentile(bare, share),
                        "ms",
                        target,
                    )
                )
    return figures


def _expect_ok(client: Client, body: object) -> None:
    status, answer = client.call("POST", "/v1/recommendations", body)
    if status != 200:
        raise SystemExit(f"a recommendation failed: {answer[:300]!r}")


def ingestion(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """10,000 events through POST /v1/events by 1,000, against one multi-row insert a thousand."""
    ours, plain = [], []
    for turn in range(2 if quick else 5):
        database = fresh_database(server, "bench_ingest")
        asyncio.run(fill(database, encoder, [], advance=False))
        told = events(500, 20, seed=turn)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("CREATE TABLE plain (LIKE events INCLUDING ALL)")
            connection.execute(
                b"INSERT INTO users (tenant_id, user_id, created_at) "
                b"SELECT 'default', 'person-' || lpad(n::text, 6, '0'), now() "
                b"FROM generate_series(0, 499) n"
            )
        with served(database, worker=False) as port:
            client = Client(port)
            client.call("POST", "/v1/events", {"events": []})
            bodies = [
                {"events": [as_json(event) for event in told[first : first + 1000]]}
                for first in range(0, len(told), 1000)
            ]
            began = time.perf_counter()
            for body in bodies:
                status, answer = client.call("POST", "/v1/events", body)
                if status != 200:
                    raise SystemExit(f"a batch was not recorded: {answer[:300]!r}")
            ours.append(len(told) / (time.perf_counter() - began))
        plain.append(_plain_insert(database, told))
    return [
        Figure(
            "ingest by batches of 1,000 over HTTP, over a plain psycopg multi-row insert",
            statistics.median(ours),
            statistics.median(plain),
            "events/s",
            ">= 0.33",
        )
    ]


def _plain_insert(database: str, told: Sequence[NewEvent]) -> float:
    """Rows a second by one INSERT ... VALUES of 1,000 rows each, committed each."""
    columns = (
        "tenant_id, user_id, seq, item_id, action, rating, text, metadata, occurred_at, recorded_at"
    )
    rows = [
        ("default", e.user_id, n, e.item_id, e.action.value, e.rating, e.text, "{}")
        + (e.occurred_at, NOW)
        for n, e in enumerate(told)
    ]
    row = "(" + ",".join(["%s"] * 10) + ")"
    with psycopg.connect(database) as connection:
        began = time.perf_counter()
        for first in range(0, len(rows), 1000):
            some = rows[first : first + 1000]
            statement = f"INSERT INTO plain ({columns}) VALUES {','.join([row] * len(some))}"
            connection.execute(statement.encode(), [value for r in some for value in r])
            connection.commit()
        return len(rows) / (time.perf_counter() - began)


def lifecycle(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Events a second through the whole built-in lifecycle, and where the time goes."""
    figures = []
    people = 150 if quick else 600
    for each in (3, 15):
        database = fresh_database(server, "bench_lifecycle")
        rate, profile = asyncio.run(_drain(database, encoder, events(people, each, seed=each)))
        what = f"lifecycle, {each} events a run, over the target of 300 events/s"
        figures.append(Figure(what, rate, 300.0, "events/s", ">= 1"))
        print(profile, file=sys.stderr)
    return figures


async def _drain(
    database: str, encoder: SentenceEncoder, told: Sequence[NewEvent]
) -> tuple[float, str]:
    app = assemble(Settings(worker=False), database, encoder)
    await put_items("default", demo_items(), encoder=app.encoder, engine=app.engine, now=NOW)
    await app.encoder.embed_phrases([topic.name for topic in bundled_lexicon().topics])
    await ingest(app, told)
    began = time.perf_counter()
    await app.worker.drain()
    rate = len(told) / (time.perf_counter() - began)
    again = [event for event in events(60, 3, seed=99)]
    await ingest(app, again)
    profiler = cProfile.Profile()
    profiler.enable()
    await app.worker.drain()
    profiler.disable()
    await app.close()
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(12)
    return rate, text.getvalue()


def belief(server: str, encoder: SentenceEncoder, *, quick: bool) -> list[Figure]:
    """Reading a belief with many people in the database, against few."""
    medians = {}
    few, many = (200, 5_000) if quick else (1_000, 50_000)
    for people in (few, many):
        database = fresh_database(server, "bench_belief")
        asyncio.run(fill(database, encoder, events(1, 18, seed=3), advance=True))
        _multiply(database, people)
        dice = random.Random(4)
        with served(database, worker=False) as port:
            client = Client(port)
            calls = [
                lambda n=n: client.call("GET", f"/v1/users/copy-{n:06d}/belief")
                for n in (dice.randrange(people) for _ in range(400))
            ]
            timed(calls[:100], callers=1)
            medians[people] = percentile(timed(calls, callers=1), 0.5)
    return [
        Figure(
            f"belief read with {many:,} people in the database, over {few:,}",
            medians[many],
            medians[few],
            "ms",
            "<= 1.5",
        )
    ]


def _multiply(database: str, people: int) -> None:
    """Copies of the one person with a belief, made inside Postgres."""
    order = ["users", "events", "revisions", "chunks", "ledger", "evidence", "profiles"]
    with psycopg.connect(database, autocommit=True) as connection:
        for table in order:
            rows = connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
                "AND table_schema = 'public' ORDER BY ordinal_position",
                [table],
            ).fetchall()
            names = [name for (name,) in rows]
            values = ["'copy-' || lpad(n::text, 6, '0')" if c == "user_id" else c for c in names]
            connection.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
                f"FROM {table}, generate_series(0, {people - 1}) n "
                "WHERE user_id = 'person-000000'".encode()
            )
        connection.execute("ANALYZE")


MEASURES: dict[str, Callable[..., list[Figure]]] = {
    "recommend": recommend,
    "ingest": ingestion,
    "lifecycle": lifecycle,
    "belief": belief,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("measures", nargs="*", help=", ".join(MEASURES), metavar="measure")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller worlds")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    unknown = set(chosen.measures) - MEASURES.keys()
    if unknown:
        parser.error(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="credence-bench-") as folder:
        server = embedded_postgres.start(Path(folder) / "postgres")
        encoder = SentenceEncoder()
        for name in chosen.measures or MEASURES:
            figures += MEASURES[name](server, encoder, quick=chosen.quick)
    if chosen.json:
        print(json.dumps([vars(figure) | {"ratio": figure.ratio} for figure in figures], indent=1))
        return
    for figure in figures:
        print(
            f"{figure.what}\n    {figure.ours:,.1f} {figure.unit} / {figure.baseline:,.1f} "
            f"{figure.unit} = {figure.ratio:.2f} (target {figure.target})"
        )


if __name__ == "__main__":
    main()
