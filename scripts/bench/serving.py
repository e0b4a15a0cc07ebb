"""The real server in a process of its own, and light clients in threads."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager


@contextmanager
def served(database: str, *, worker: bool) -> Iterator[int]:
    """The real server in a process of its own; its port."""
    environment = os.environ | {
        "CREDENCE_DATABASE_URL": database,
        "CREDENCE_WORKER": str(worker).lower(),
        "CREDENCE_UNKNOWN_USERS": "create",
    }
    with process("serve", environment=environment) as port:
        yield port


@contextmanager
def process(subcommand: str, *options: str, environment: Mapping[str, str]) -> Iterator[int]:
    """A subcommand of `credence` that serves, in a process of its own; its port, once ready."""
    port = free_port()
    command = [sys.executable, "-m", "credence", subcommand, "--port", str(port), *options]
    serving = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_ready(port, serving)
        yield port
    finally:
        serving.terminate()
        serving.wait(20)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


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

    def __init__(self, port: int, *, cookie: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {
            "Content-Type": "application/json",
            **({"Cookie": cookie} if cookie else {}),
        }

    def call(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, data, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def timed(calls: Sequence[Callable[[], object]], *, callers: int) -> list[float]:
    """Seconds of each call; call i is made by caller i modulo `callers`, all at once.

    What a call raises is raised here.
    """
    seconds = [0.0] * len(calls)
    start = threading.Barrier(callers)
    raised: list[BaseException] = []

    def one_caller(first: int) -> None:
        start.wait()
        try:
            for index in range(first, len(calls), callers):
                began = time.perf_counter()
                calls[index]()
                seconds[index] = time.perf_counter() - began
        except BaseException as error:  # noqa: BLE001  raised again below
            raised.append(error)

    threads = [threading.Thread(target=one_caller, args=(i,)) for i in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return seconds
