"""`credence work` in processes of its own, and people who wait until it is there."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg

_LOOK_SECONDS = 0.05
_QUIET_SECONDS, _QUIET_CPU = 2.0, 0.2  # when what a start brings with it is over


@dataclass(frozen=True, slots=True)
class Workers:
    """A command at work, with the processes that it started."""

    pid: int

    @property
    def cpu_seconds(self) -> float:
        """CPU time of all of them since their start."""
        command = psutil.Process(self.pid)
        spent = [one.cpu_times() for one in (command, *command.children(recursive=True))]
        return float(sum(times.user + times.system for times in spent))

    def wait_until_quiet(self) -> None:
        """Nobody is due, and what they had at hand to prepare is prepared."""
        before = self.cpu_seconds
        while True:
            time.sleep(_QUIET_SECONDS)
            now = self.cpu_seconds
            if now - before < _QUIET_CPU:
                return
            before = now


@contextmanager
def working(database: str, settings: Mapping[str, Any], *, processes: int) -> Iterator[Workers]:
    """The command, once it says that it is at work."""
    given = {f"CREDENCE_{name.upper()}": str(value) for name, value in settings.items()}
    others = {name: value for name, value in os.environ.items() if not name.startswith("CREDENCE_")}
    with tempfile.TemporaryDirectory(prefix="credence-work-") as folder:
        told = Path(folder) / "told"
        with told.open("w", encoding="utf-8") as log:
            command = subprocess.Popen(
                [sys.executable, "-m", "credence", "work", "--processes", str(processes)],
                cwd=folder,  # where there is no .env
                env=others | given | {"CREDENCE_DATABASE_URL": database},
                stderr=log,
            )
        try:
            while "at work" not in told.read_text(encoding="utf-8"):
                if command.poll() is not None:
                    raise SystemExit(f"the workers ended: {told.read_text(encoding='utf-8')}")
                time.sleep(_LOOK_SECONDS)
            yield Workers(command.pid)
        finally:
            command.terminate()
            command.wait()


def hold_back(database: str) -> None:
    """Nobody is due until they are let go."""
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE users SET retry_at = now() + interval '1 day'")


def let_go(database: str, people: int, *, longest: float) -> tuple[float, Counter[str]]:
    """Seconds until so many are advanced, and how their runs ended. Raises TimeoutError."""
    with psycopg.connect(database, autocommit=True) as connection:
        began = time.perf_counter()
        connection.execute("UPDATE users SET retry_at = NULL")
        while (seconds := time.perf_counter() - began) < longest:
            ended = connection.execute(
                "SELECT outcome, count(*) FROM planner_runs GROUP BY outcome"
            ).fetchall()
            outcomes: Counter[str] = Counter(dict(ended))
            if outcomes.total() >= people:
                return seconds, outcomes
            time.sleep(_LOOK_SECONDS)
    raise TimeoutError(f"{people} people were not advanced in {longest:.0f} seconds")
