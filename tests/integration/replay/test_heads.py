"""`credence train-heads`: from recorded people and tiny models to settings that serve."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from credence.app.causal_ranker import models_of
from credence.app.settings import Settings
from credence.cli.main import app
from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.load import load
from credence.inference.training.checkpoint import read_sealed, write_sealed
from credence.replay.heads import train
from tests.integration.replay.tiny_causal import save
from tests.unit.replay.routed.recorded import a_recorded_domain

PEOPLE = 70  # of whom half may be learnt from, in five folds

FEW = 4  # people a set, where the command wants twenty


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    a_recorded_domain(folder, "toy", people=PEOPLE)
    return folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of a router, two experts and a reward model, without heads."""
    folder = tmp_path_factory.mktemp("models")
    names = {name: save(folder / name, seed) for seed, name in enumerate(("r", "a", "b", "w"))}
    return {
        "CREDENCE_CAUSAL_ROUTER": names["r"],
        "CREDENCE_CAUSAL_EXPERTS": f"{names['a']},{names['b']}",
        "CREDENCE_CAUSAL_REWARD": names["w"],
        "CREDENCE_CAUSAL_DTYPE": "fp32",
        "CREDENCE_CAUSAL_DEVICE": "cpu",
        "CREDENCE_CAUSAL_ORDERS": "1",
    }


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "FEWEST", FEW)


def run(models: dict[str, str], data: Path, out: Path, *more: str) -> Result:
    asked = ["train-heads", "--data", str(data), "--out", str(out), "--each", "0", *more]
    return CliRunner().invoke(app, asked, env=models)


def test_heads_are_learnt_tried_and_fit_the_models(
    models: dict[str, str], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, out = tmp_path / "kept", tmp_path / "heads"
    made = run(models, data, out, "--checkpoints", str(kept), "--json")
    assert made.exit_code == 0, made.stderr
    told = json.loads(made.stdout)
    assert told["settings"] == {
        "CREDENCE_CAUSAL_HEAD": str(out / "head.safetensors"),
        "CREDENCE_CAUSAL_ALPHA": str(out / "alpha.safetensors"),
    }
    figures = told["trial"]["figures"]
    assert {
        "router alone",
        "expert a alone",
        "expert b alone",
        "steered, alpha 0.5 for all",
    } < figures.keys()
    assert told["trial"]["people"] == told["people"]["tried on"] >= FEW
    for name, value in {**models, **told["settings"]}.items():
        monkeypatch.setenv(name, value)
    causal = Settings().causal
    assert causal is not None
    assert load(models_of(causal)).experts == ("a", "b")

    shutil.rmtree(out)
    again = run(models, data, out, "--checkpoints", str(kept), "--json")
    assert json.loads(again.stdout) == told
    report = json.loads((out / "heads.json").read_text())
    assert report["trial"] == told["trial"]
    experts = [one["name"] for one in report["experts"]]
    assert ",".join(experts) == models["CREDENCE_CAUSAL_EXPERTS"]


def test_what_other_models_said_is_not_taken_for_theirs(
    models: dict[str, str], data: Path, tmp_path: Path
) -> None:
    kept = str(tmp_path / "kept")
    alone = {**models, "CREDENCE_CAUSAL_EXPERTS": ""}
    first = run(alone, data, tmp_path / "one", "--checkpoints", kept)
    assert first.exit_code == 0, first.stderr
    assert "router alone" in first.stdout
    assert "CREDENCE_CAUSAL_ALPHA=" in first.stdout
    assert "CREDENCE_CAUSAL_HEAD" not in first.stdout
    assert not (tmp_path / "one" / "head.safetensors").exists()
    refused = run(models, data, tmp_path / "two", "--checkpoints", kept)
    assert refused.exit_code == 2
    assert "models, lists and orders" in " ".join(refused.stderr.split())
    assert not list((tmp_path / "two").iterdir())


def test_a_label_that_the_reward_model_rules_out_ends_nothing(
    models: dict[str, str], data: Path, tmp_path: Path
) -> None:
    """What it said is made so where it is kept: no tiny model overflows for some questions only."""
    alone, kept = {**models, "CREDENCE_CAUSAL_EXPERTS": ""}, tmp_path / "kept"
    more = ("--checkpoints", str(kept))
    assert "probability at all" not in run(alone, data, tmp_path / "heads", *more).stdout
    for path in (kept / "said").glob("*.safetensors"):
        tensors, identity = read_sealed(path)
        said = Observed(**tensors)
        for at in range(0, len(said), 3):
            said.reward[at, 0, 0, said.labels[at, 0]] = -torch.inf
        write_sealed(path, said.tensors(), identity)
    shutil.rmtree(kept / "alpha")

    made = run(alone, data, tmp_path / "heads", *more)
    assert made.exit_code == 0, made.stderr

    report = json.loads((tmp_path / "heads" / "heads.json").read_text())
    assert report["ruled_out"] > 0
    assert f"alpha learnt nothing from {report['ruled_out']} lists" in made.stdout


def test_without_models_whose_heads_could_be_learnt_it_is_refused(
    models: dict[str, str], data: Path, tmp_path: Path
) -> None:
    router = {"CREDENCE_CAUSAL_ROUTER": models["CREDENCE_CAUSAL_ROUTER"]}
    for said in ({}, router):
        refused = run(said, data, tmp_path / "heads")
        assert refused.exit_code == 2
        assert "CREDENCE_CAUSAL_EXPERTS" in refused.stderr


def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_asked(
    models: dict[str, str], data: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    refused = run(models, data, tmp_path / "file" / "heads")
    assert refused.exit_code == 2
    assert "--out" in refused.stderr


def test_too_few_people_are_refused_before_anything_is_asked(
    models: dict[str, str], data: Path, tmp_path: Path
) -> None:
    refused = run(models, data, tmp_path / "heads", "--people", "9")
    assert refused.exit_code == 2
    assert f"{FEW} of each are needed" in " ".join(refused.stderr.split())
    unknown = run(models, data, tmp_path / "heads", "--domain", "elsewhere")
    assert unknown.exit_code == 2
    assert "elsewhere" in unknown.stderr
