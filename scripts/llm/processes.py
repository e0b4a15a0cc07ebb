"""Language-model servers in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

from scripts.bench.serving import Client, free_port

DEV_SERVER = ("credence", "llm", "dev-server")
OWN_SERVER = ("scripts.llm.own_server",)
_START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Process:
    """A server that listens."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """As a client's base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def cpu_seconds(self) -> float:
        """CPU time since its start."""
        spent = psutil.Process(self.pid).cpu_times()
        return float(spent.user + spent.system)


@contextmanager
def running(module: tuple[str, ...], *options: str) -> Iterator[Process]:
    """A server of this Python, once it listens."""
    port = free_port()
    serving = subprocess.Popen(
        [sys.executable, "-m", *module, "--port", str(port), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, serving)
        yield Process(port, serving.pid)
    finally:
        serving.terminate()
        serving.wait(20)


def _wait(port: int, serving: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if serving.poll() is not None:
            raise SystemExit("the server ended before it listened")
        try:
            if Client(port).call("GET", "/health")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"the server did not listen within {_START_SECONDS} seconds")
