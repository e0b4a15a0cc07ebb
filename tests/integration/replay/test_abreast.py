"""Domains in processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from credence.replay.errors import ReplayError
from credence.replay.runner.abreast import ProcessLost, portable, run_abreast
from credence.replay.runner.hall import OtherData
from credence.replay.runner.kept import AnotherRun
from credence.replay.runner.record import Record
from credence.replay.runner.run import run
from tests.integration.replay import killed_abreast
from tests.integration.replay.killing import killed
from tests.integration.replay.standing import schemas
from tests.integration.replay.toy_run import PEOPLE, a_watcher
from tests.integration.replay.two_domains import FEWER, NAMES, a_run_of_two, write_two

SYSTEMS = ("random", "als", "credence")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_two(tmp_path_factory.mktemp("data"))


def written(out: Path) -> dict[str, bytes]:
    """All that decides on figures, by its place."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for name in NAMES
        for part in ("answers", "beliefs", "people.jsonl")
        for path in sorted((out / name).glob(f"{part}*")) + sorted((out / name / part).glob("*"))
        if path.is_file()
    }


def no_encoding(texts: object) -> None:
    """An encoder that fails, in whichever process."""
    os._exit(3)


class Deadly:
    """Ends the process that it is sent to before that one has read anything else."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


class Worded(ReplayError):
    """An error that cannot be made from what it says."""

    def __init__(self, *, field: str, fix: str) -> None:
        super().__init__(f"{field} is wrong")
        self.fix = fix


def test_an_error_that_cannot_be_sent_keeps_its_words_and_its_fix() -> None:
    sent = pickle.loads(pickle.dumps(portable(Worded(field="seed", fix="name another"))))

    assert isinstance(sent, ReplayError)
    assert (str(sent), sent.fix) == ("seed is wrong", "name another")


def test_two_processes_write_the_bytes_of_one_and_tell_of_everybody(
    data: Path, database: str, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    asyncio.run(run(a_run_of_two(data, here, database, systems=SYSTEMS), a_watcher()))
    told: Counter[tuple[str, bool]] = Counter()
    built: list[None] = []

    def tell(system: str, record: Record | None) -> None:
        told[system, record is not None] += 1

    asked = a_run_of_two(data, there, database, systems=SYSTEMS)
    watcher = a_watcher(told=tell, built=lambda: built.append(None))
    folders = run_abreast(asked, watcher, processes=2)

    assert folders == (there / "toy", there / "yot")
    assert len(written(here)) == 2 * (2 * len(SYSTEMS) + 1)
    assert written(there) == written(here)
    people = sum(len(exam.papers) for exam in asked.exams.values())
    assert told == {(system, True): people for system in SYSTEMS}
    assert len(built) == PEOPLE + FEWER
    assert schemas(database) == []


def test_what_goes_wrong_in_a_process_is_raised_here(
    data: Path, database: str, tmp_path: Path
) -> None:
    asked = a_run_of_two(data, tmp_path, database, systems=("random",))
    other = {n: replace(exam, data_sha256="0" * 64) for n, exam in asked.exams.items()}

    with pytest.raises(OtherData, match="drawn from other data") as refusal:
        run_abreast(replace(asked, exams=other), a_watcher(), processes=2)
    for deadly in (no_encoding, Deadly()):
        with pytest.raises(ProcessLost):
            run_abreast(replace(asked, encode=deadly), a_watcher(), processes=2)  # type: ignore[arg-type]

    assert "in a process of the run" in refusal.value.__notes__[0]


def test_a_run_made_in_another_way_is_refused_before_any_process_begins(
    data: Path, database: str, tmp_path: Path
) -> None:
    asked = a_run_of_two(data, tmp_path, database, systems=("random",))
    asyncio.run(run(asked, a_watcher()))
    before = written(tmp_path)
    short = asked.settings.model_copy(update={"half_life_days": 1.0})

    with pytest.raises(AnotherRun, match="half_life_days"):
        run_abreast(replace(asked, settings=short, encode=no_encoding), a_watcher(), processes=2)  # type: ignore[arg-type]

    assert written(tmp_path) == before


async def test_a_killed_run_takes_its_processes_along_and_goes_on(
    data: Path, database: str, tmp_path: Path
) -> None:
    await killed(killed_abreast.main, data, tmp_path, database, 9)
    pids = json.loads((tmp_path / "pids.json").read_text())
    assert len(pids) == 2
    await asyncio.to_thread(_wait_for_the_end_of, pids)
    asked = a_run_of_two(data, tmp_path, database, systems=("random",))
    left = sum(
        len(exam.papers) - len(_lines(tmp_path / name / "answers" / "random.jsonl"))
        for name, exam in asked.exams.items()
    )
    again: list[str] = []

    def tell(system: str, record: Record | None) -> None:
        if system == "random" and record is not None:
            again.append(record.user_id)

    await run(asked, a_watcher(told=tell))

    assert len(again) == left < sum(len(exam.papers) for exam in asked.exams.values())
    assert len(written(tmp_path)) == 2 * (2 + 1)


def _wait_for_the_end_of(pids: list[int]) -> None:
    for _ in range(1_200):
        if not any(map(_runs, pids)):
            return
        time.sleep(0.05)
    raise AssertionError("a process of the run outlived it by a minute")


def _runs(pid: int) -> bool:
    """Whether there is such a process, and it is not merely waiting to be forgotten."""
    found = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)],
        check=False,
        capture_output=True,
        text=True,
    )
    return found.returncode == 0 and not found.stdout.startswith("Z")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
