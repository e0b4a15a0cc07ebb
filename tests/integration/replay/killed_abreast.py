"""Run by test_abreast: a replay in two processes whose parent is killed after so many answers."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

from credence.replay.runner.abreast import run_abreast
from credence.replay.runner.record import Record
from tests.integration.replay.killing import dying_after
from tests.integration.replay.toy_run import a_watcher
from tests.integration.replay.two_domains import a_run_of_two


def main(data: Path, out: Path, database: str, count: int) -> None:
    step = dying_after(count)

    def told(system: str, record: Record | None) -> None:
        pids = [child.pid for child in multiprocessing.active_children()]
        (out / "pids.json").write_text(json.dumps(pids))
        step()

    asked = a_run_of_two(data, out, database, systems=("random",))
    run_abreast(asked, a_watcher(told=told), processes=2)
