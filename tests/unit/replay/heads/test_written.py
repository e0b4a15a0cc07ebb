"""What is written of heads that were learnt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from credence.inference.causal.load import check
from credence.inference.causal.plan import planned
from credence.inference.causal.settings import CausalSettings
from credence.inference.errors import NotEnoughMemory
from credence.replay.heads.lists import Asked
from credence.replay.heads.train import HeadsTraining, Learnt
from credence.replay.heads.trial import Trial
from credence.replay.heads.written import REPORT, write
from tests.unit.inference.causal.models import save_model, tiny


def test_what_took_hours_is_written_though_there_is_no_room_for_the_models_now(
    tmp_path: Path,
) -> None:
    save_model(tiny(), tmp_path / "router")
    save_model(tiny(seed=1), tmp_path / "reward")
    models = CausalSettings(
        router=str(tmp_path / "router"),
        reward=str(tmp_path / "reward"),
        dtype="fp32",
        device="cpu",
        untrained=True,
    )
    trial = Trial(people=0, lists=0, ours="fused", figures={})
    learnt = Learnt(plan=planned(models), head=None, alpha=None, trial=trial, people={}, left_out=0)
    full = replace(models, longest=10**12)  # as a device is that still holds the models
    with pytest.raises(NotEnoughMemory):
        check(full)

    write(learnt, HeadsTraining(asked=Asked(data=tmp_path), models=full, orders=1), tmp_path)

    report = json.loads((tmp_path / REPORT).read_text("utf-8"))
    assert report["router"] != report["reward"]
    assert report["router"]["name"] == models.router
