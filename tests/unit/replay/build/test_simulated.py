"""Folders of made-up people say so, and nobody else's do."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from credence.replay.build.demo import NAME, build_demo
from credence.replay.loaders.simulated import is_simulated
from credence.replay.runner.folder import MANIFEST
from credence.replay.runner.reading import read_manifest
from tests.unit.replay.figures.runs import an_exam
from tests.unit.replay.manifests import a_manifest


def test_the_people_of_the_demo_are_simulated(tmp_path: Path) -> None:
    build_demo(tmp_path / NAME)

    assert is_simulated(tmp_path, NAME)
    assert is_simulated(tmp_path / NAME, NAME)
    assert not is_simulated(tmp_path, "books")


@pytest.mark.parametrize("told", [None, "{", "[]", '{"domain": "demo"}', '{"simulated": true}'])
def test_a_name_alone_makes_nobody_simulated(tmp_path: Path, told: str | None) -> None:
    build_demo(tmp_path / NAME)
    manifest = tmp_path / NAME / "manifest.json"
    if told is None:
        manifest.unlink()
    else:
        manifest.write_text(told)

    assert not is_simulated(tmp_path, NAME)


@pytest.mark.parametrize("simulated", [None, False, True])
def test_a_run_tells_it_and_an_older_one_is_of_recorded_people(
    tmp_path: Path, simulated: bool | None
) -> None:
    row = asdict(a_manifest(an_exam(people=3), ["random"], simulated=bool(simulated)))
    if simulated is None:
        del row["simulated"]
    (tmp_path / MANIFEST).write_text(json.dumps(row))

    assert read_manifest(tmp_path).simulated is bool(simulated)
