"""Ranking processes for the tests, and what one does with them."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from pydantic import AnyHttpUrl, SecretStr

from credence.app.breaker import Breaker
from credence.app.ranker_service.client import RankerClient
from credence.app.remote_ranker import RemoteRanker
from credence.app.routed_ranker import RoutedRanker
from credence.inference.listwise.bundle import Bundle, write
from credence.inference.listwise.ranking import RoutedLists
from tests.unit.inference.listwise.made_up import a_bundle

ROOT = Path(__file__).parents[3]
_PATIENCE = 240  # seconds after which a process is given up


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def a_folder(place: Path, *, seed: int = 0) -> Path:
    """A tiny model on disk; those of other seeds have other weights and the same number."""
    write(a_bundle(seed=seed), place, provenance={})
    return place


def a_stored_bundle() -> Bundle:
    """The model of `a_folder` as whoever wrote it has it."""
    with TemporaryDirectory() as place:
        return write(a_bundle(), Path(place), provenance={})


VERSION = a_stored_bundle().version


class Process:
    """A ranking process that listens."""

    def __init__(self, command: list[str], port: int, environment: dict[str, str]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.popen = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={n: v for n, v in os.environ.items() if not n.startswith("CREDENCE_")}
            | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=_PATIENCE, trust_env=False)

    def until(self, status: str) -> None:
        """Until it says that it is so."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            assert self.popen.poll() is None, "the process ended"
            try:
                if self.get("/health/ready").json()["status"] == status:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"the process was not {status} in time")

    def until_counted(self, line: str) -> None:
        """Until this line is among its figures."""
        deadline = time.monotonic() + _PATIENCE
        while line not in self.get("/metrics").text.splitlines():
            assert time.monotonic() < deadline, f"never counted: {line}"
            time.sleep(0.01)

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait(_PATIENCE)


@contextmanager
def started(
    command: list[str],
    *,
    port: int | None = None,
    key: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """A process of this command, ready; its port is the last word of the command."""
    chosen = port or free_port()
    known = {} if key is None else {"CREDENCE_RANKER_KEY": key}
    process = Process([*command, str(chosen)], chosen, {**(environment or {}), **known})
    try:
        process.until("ready")
        yield process
    finally:
        process.kill()


@contextmanager
def serving(
    folder: Path,
    *,
    port: int | None = None,
    key: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """`credence serve-ranker` with the model of this folder."""
    command = ["-m", "credence", "serve-ranker", "--model", str(folder), "--port"]
    with started(command, port=port, key=key, environment=environment) as process:
        yield process


class Caller:
    """A ranker on a process, and the model in process beside it."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        timeout: float = 30,
        failures: int = 3,
        pause: float = 0,
    ) -> None:
        self.local = RoutedRanker(RoutedLists(a_stored_bundle()))
        self.client = RankerClient(
            AnyHttpUrl(url),
            key=None if key is None else SecretStr(key),
            version=VERSION,
            timeout=timeout,
        )
        self.ranker = RemoteRanker(
            self.client,
            stand_in=self.local,
            breaker=Breaker(failures=failures, pause=pause),
        )


def announcing(process: Process, path: str, headers: Mapping[str, str], size: int) -> int:
    """The status for a body that says it is of this size, of which nothing is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=60)
    connection.putrequest("POST", path)
    for name, value in {**headers, "Content-Length": str(size)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def growing(process: Process, path: str, headers: Mapping[str, str], size: int) -> int:
    """The status for a body that is at least of this size and does not say so."""

    def parts() -> Iterator[bytes]:
        for _ in range(size // 2**20 + 1):
            yield bytes(2**20)

    sent = httpx.post(
        process.url + path, content=parts(), headers=dict(headers), timeout=60, trust_env=False
    )
    return sent.status_code
