"""The ranking process: throughput with batching and without, over real HTTP."""

from __future__ import annotations

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from credence.app.ranker_service.case_wire import packed_case
from credence.app.ranker_service.speech import MODEL, PATH
from credence.inference.listwise.bundle import Bundle, read, shipped, write
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.network import SIGNALS, Network, Shape
from credence.inference.listwise.router import ListRouter
from scripts.bench.figure import Figure
from scripts.bench.serving import free_port, timed

_CLIENTS = 64
_CANDIDATES, _EVENTS, _CHUNKS = 10, 15, 24


def ranker_service(*, quick: bool, device: str = "cpu") -> list[Figure]:
    """Lists a second that 64 clients get, from one process that batches and one that does not.

    The two processes take turns. Lists of ten candidates under one variant, and under all those
    that reasons need. The model is the one that ships, or one of its size with random weights.
    """
    rounds, calls = (2, 256) if quick else (5, 512)
    with tempfile.TemporaryDirectory(prefix="credence-bench-") as place:
        folder = shipped() if (shipped() / "manifest.json").exists() else _random(Path(place))
        version = read(folder).version
        with (
            _process(folder, device, "--batch", "64") as together,
            _process(folder, device, "--batch", "1", "--wait-ms", "0") as alone,
        ):
            figures = []
            for variants in (1, _EVENTS + _CHUNKS + 1):
                bodies = [packed_case(_case(variants, seed)) for seed in range(_CLIENTS)]
                sides = [_Side(port, version, bodies) for port in (together, alone)]
                ours, theirs = _turns(sides, rounds, calls)
                what = f"{_CLIENTS} clients, lists of {_CANDIDATES} under {variants} variant(s)"
                figures.append(
                    Figure(
                        f"ranking process ({device}), {what}, batched / one by one",
                        ours,
                        theirs,
                        "lists/s",
                        "> 1",
                    )
                )
            return figures


def _turns(sides: Sequence[_Side], rounds: int, calls: int) -> tuple[float, float]:
    """Median lists a second of both sides, taking turns after one unmeasured round."""
    speeds: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for side, found in zip(sides, speeds, strict=True):
            speed = side.speed(calls)
            if turn:
                found.append(speed)
    return statistics.median(speeds[0]), statistics.median(speeds[1])


class _Side:
    """One process and its clients."""

    def __init__(self, port: int, version: str, bodies: Sequence[bytes]) -> None:
        self._clients = [_Client(port, version) for _ in range(_CLIENTS)]
        self._bodies = bodies

    def speed(self, calls: int) -> float:
        """Lists a second over so many."""
        asked = [
            partial(self._clients[i % _CLIENTS].ask, self._bodies[i * 7 % len(self._bodies)])
            for i in range(calls)
        ]
        began = time.perf_counter()
        timed(asked, callers=_CLIENTS)
        return calls / (time.perf_counter() - began)


class _Client:
    """A kept-alive connection."""

    def __init__(self, port: int, version: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {MODEL: version}

    def ask(self, body: bytes) -> None:
        self._connection.request("POST", PATH, body, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"a list was not ranked: status {answer.status}")


@contextmanager
def _process(folder: Path, device: str, *options: str) -> Iterator[int]:
    """The real command in a process of its own; its port."""
    port = free_port()
    command = [sys.executable, "-m", "credence", "serve-ranker", "--port", str(port)]
    command += ["--model", str(folder), "--device", device, *options]
    environment = {n: v for n, v in os.environ.items() if not n.startswith("CREDENCE_RANKER")}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise SystemExit("the ranking process ended before it was ready")


def _random(folder: Path) -> Path:
    """A model as large as the one that ships."""
    torch.manual_seed(0)
    experts = {name: Network(Shape(rank=rank)) for name, rank in (("generalist", 0), ("books", 32))}
    router = ListRouter(Network(Shape(homes=1)), len(experts))
    bundle = Bundle(version="random", experts=experts, router=router, homes=("books",))
    write(bundle, folder, provenance={})
    return folder


def _case(variants: int, seed: int) -> ListCase:
    """A random person and ten items."""
    rng = np.random.default_rng(seed)

    def units(*shape: int) -> NDArray[np.float32]:
        rows = rng.normal(size=(*shape, 384))
        unit: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
        return unit.astype(np.float32)

    keep = np.ones((variants, _EVENTS + _CHUNKS), dtype=np.bool_)
    keep[np.arange(1, variants), np.arange(variants - 1)] = False
    return ListCase(
        signals=rng.normal(scale=0.05, size=(variants, _CANDIDATES, SIGNALS)),
        keep_events=keep[:, _CHUNKS:],
        keep_chunks=keep[:, :_CHUNKS],
        asked=True,
        instruction=units(),
        wording=units(),
        centre=units() / 2,
        candidates=units(_CANDIDATES),
        events=units(_EVENTS),
        attitudes=rng.uniform(-1, 1, _EVENTS),
        voices=units(_EVENTS),
        event_words=units(_EVENTS),
        chunks=units(_CHUNKS),
        strengths=rng.uniform(-1, 1, _CHUNKS),
        confidences=rng.uniform(0, 1, _CHUNKS),
        words=units(_CANDIDATES),
        company=rng.uniform(0, 1, (_EVENTS, _CANDIDATES)),
        people=rng.integers(3, 100, _CANDIDATES).astype(np.float64),
        liking=rng.uniform(-0.5, 0.5, _CANDIDATES),
    )
