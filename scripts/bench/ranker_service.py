"""The ranking process: throughput with batching and without, over real HTTP."""

from __future__ import annotations

import http.client
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
from numpy.typing import NDArray

from credence.app.ranker_service.case_wire import packed_case
from credence.app.ranker_service.speech import MODEL, PATH
from credence.inference.listwise.bundle import read, shipped
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.network import SIGNALS
from scripts.bench.figure import Figure
from scripts.bench.serving import process, timed

_CLIENTS = 64
_CANDIDATES, _EVENTS, _CHUNKS = 10, 15, 24


def ranker_service(*, quick: bool, device: str = "cpu") -> list[Figure]:
    """Lists a second that 64 clients get, from one process that batches and one that does not.

    The two processes take turns. Lists of ten candidates under one variant, and under all those
    that reasons need, by the model that ships.
    """
    rounds, calls = (2, 256) if quick else (5, 512)
    version, figures = read(shipped()).version, []
    with (
        _process(device, "--batch", "64") as together,
        _process(device, "--batch", "1", "--wait-ms", "0") as alone,
    ):
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
def _process(device: str, *options: str) -> Iterator[int]:
    """The real command, whatever the environment says of rankers; its port."""
    environment = {n: v for n, v in os.environ.items() if not n.startswith("CREDENCE_RANKER")}
    with process("serve-ranker", "--device", device, *options, environment=environment) as port:
        yield port


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
        followed=rng.uniform(0, 1, (_EVENTS, _CANDIDATES)),
        followed_soon=rng.uniform(0, 1, (_EVENTS, _CANDIDATES)),
        people=rng.integers(3, 100, _CANDIDATES).astype(np.float64),
        liking=rng.uniform(-0.5, 0.5, _CANDIDATES),
    )
