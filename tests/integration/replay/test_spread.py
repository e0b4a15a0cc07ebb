"""People spread over the two processes of a local Ray cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from credence.inference.encoder import SentenceEncoder
from credence.replay.runner import spread
from credence.replay.runner.run import run
from credence.replay.runner.spread import RayMissing, cluster
from tests.integration.replay.toy_run import PEOPLE, a_run, a_watcher, write_toy

SYSTEMS = ("credence", "credence:semantic:never", "als")


async def test_two_processes_of_a_cluster_write_the_same_bytes_as_one(
    database: str, encoder: SentenceEncoder, tmp_path: Path
) -> None:
    data = write_toy(tmp_path / "toy", people=PEOPLE)
    here, there = tmp_path / "here", tmp_path / "there"
    asked = replace(
        a_run(data, here, database, encoder.encode, systems=SYSTEMS), cache=tmp_path / "texts"
    )
    await run(asked, a_watcher())

    with cluster(processes=2, address=None) as desks:
        await run(replace(asked, out=there, at_once=2, desks=desks), a_watcher())

    for part in ("answers", "beliefs"):
        files = sorted(path.name for path in (here / "toy" / part).iterdir())
        assert files == sorted(path.name for path in (there / "toy" / part).iterdir())
        for name in files:
            ours, theirs = (out / "toy" / part / name for out in (here, there))
            assert ours.read_bytes() == theirs.read_bytes(), name


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "find_spec", lambda name: None)

    with pytest.raises(RayMissing) as refusal, cluster(processes=2, address=None):
        pass

    assert "credence[ray]" in refusal.value.fix
