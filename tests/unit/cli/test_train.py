"""What `credence train` asks for and says of what it wrote; the training itself is not run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from credence.cli.main import app
from credence.inference.listwise.bundle import Bundle
from credence.inference.listwise.stage import Stage
from credence.replay.routed import train as routed
from tests.unit.inference.listwise.made_up import a_bundle

Train = Callable[..., Result]


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Runs the command where training ends with the given bundle."""

    def run(*arguments: str, ends: Bundle | None, stage: Stage) -> Result:
        def made(asked: routed.Training, *, done: Callable[[str], None]) -> Bundle | None:
            assert asked.upto is stage
            done("lessons")
            return ends

        monkeypatch.setattr(routed, "train", made)
        folders = ["--data", str(tmp_path), "--out", str(tmp_path / "model")]
        return CliRunner().invoke(app, ["train", *arguments, *folders])

    return run


def test_without_a_stage_it_makes_the_model_that_ships(train: Train) -> None:
    made = train(ends=a_bundle(), stage=Stage.ROUTER)
    assert made.exit_code == 0
    assert "generalist, films, books, router" in " ".join(made.stderr.split())


def test_it_names_what_steers_where_that_was_trained(train: Train) -> None:
    steered = a_bundle(steered=True)
    made = train("taro", ends=steered, stage=Stage.TARO)
    assert "router, reward, alpha" in " ".join(made.stderr.split())
    made = train("reward", ends=replace(steered, alpha=None), stage=Stage.REWARD)
    assert " ".join(made.stderr.split()).endswith("router, reward")


@pytest.mark.parametrize("stage", ["reward", "taro", "all"])
def test_it_says_that_there_was_nothing_to_make_a_reward_model_of(train: Train, stage: str) -> None:
    made = train(stage, "--json", ends=a_bundle(), stage=Stage(stage))
    assert "no reward model" in made.stderr
    assert json.loads(made.stdout)["stage"] == stage


def test_experts_alone_need_a_folder_for_their_checkpoints(train: Train, tmp_path: Path) -> None:
    refused = train("experts", ends=None, stage=Stage.EXPERTS)
    assert refused.exit_code == 2
    assert "--checkpoints" in refused.stderr
    kept = str(tmp_path / "kept")
    made = train("experts", "--checkpoints", kept, ends=None, stage=Stage.EXPERTS)
    assert made.exit_code == 0
    assert kept in made.stderr.replace("\n", "")
