"""The loop: learns, logs, resumes as if nothing had happened, refuses what is not its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from safetensors.torch import load_file, save
from torch import nn

from credence.inference.training.checkpoint import load_weights, newest, path_of
from credence.inference.training.errors import (
    CheckpointDamaged,
    LossNotFinite,
    NothingToTrain,
    OtherSettings,
)
from credence.inference.training.job import Job
from credence.inference.training.settings import TrainSettings, rate_at
from credence.inference.training.sources import Shuffled, Together
from credence.inference.training.trainer import train
from tests.unit.inference.training.small import SETTINGS, STEPS, Pair, small_job, weights_of

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def same(one: Job[Pair], other: Job[Pair]) -> bool:
    ours, theirs = weights_of(one), weights_of(other)
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)


def metrics(folder: Path) -> list[tuple[int, float, float, float]]:
    lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    return [(s["step"], s["losses"]["loss"], s["learning_rate"], s["gradient_norm"]) for s in said]


def test_a_run_learns_logs_draws_and_keeps_the_newest_checkpoints(tmp_path: Path) -> None:
    job = small_job()
    outcome = train(job, SETTINGS, tmp_path)

    losses = [record.losses["loss"] for record in outcome.history]
    assert len(losses) == STEPS
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    assert outcome.resumed_from == 0
    assert outcome.checkpoint == newest(tmp_path) == path_of(tmp_path, STEPS)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "metrics.jsonl",
        "metrics.svg",
        *(f"step-{step:010d}.safetensors" for step in (52, 56, 60)),
    ]
    assert [line[0] for line in metrics(tmp_path)] == list(range(1, STEPS + 1))
    assert "<svg" in (tmp_path / "metrics.svg").read_text(encoding="utf-8")

    bare = small_job()
    assert load_weights(tmp_path, bare.modules) == STEPS
    assert same(job, bare)


def test_the_same_run_again_ends_the_same_and_another_seed_does_not() -> None:
    jobs = [small_job() for _ in range(3)]
    for job, seed in zip(jobs, (5, 5, 6), strict=True):
        torch.manual_seed(time.time_ns())  # what the process drew before is of no account
        train(job, replace(SETTINGS, seed=seed))
    assert same(jobs[0], jobs[1])
    assert not same(jobs[0], jobs[2])


@pytest.mark.parametrize("dies_after", [4, 16, 32])
def test_a_run_killed_at_any_moment_and_resumed_ends_with_the_same_weights(
    tmp_path: Path, dies_after: int
) -> None:
    whole, resumed = small_job(), small_job()
    train(whole, SETTINGS, tmp_path / "whole")

    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "tests.unit.inference.training.small", str(folder)]
    child = subprocess.Popen(command, cwd=ROOT)
    deadline = time.monotonic() + 60
    while (newest(folder) or path_of(folder, 0)) < path_of(folder, dies_after):
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.001)
    time.sleep(0.07)  # somewhere within a step
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    # a checkpoint that the kill cut short, and a line
    (folder / ".step-0000000099.safetensors.writing").write_bytes(b"half")
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 59, "lo')
    outcome = train(resumed, SETTINGS, folder)

    assert dies_after <= outcome.resumed_from < STEPS
    assert same(whole, resumed)
    assert metrics(folder) == metrics(tmp_path / "whole")
    assert not list(folder.glob(".*"))
    assert [record.step for record in outcome.history] == list(range(1, STEPS + 1))


def test_without_its_checkpoint_the_optimiser_would_have_gone_elsewhere(tmp_path: Path) -> None:
    """The test above can fail: weights alone do not resume a run."""
    whole, resumed = small_job(), small_job()
    train(whole, SETTINGS, tmp_path)
    for path in (path_of(tmp_path, 60), path_of(tmp_path, 56)):
        path.unlink()
    load_weights(tmp_path, resumed.modules)
    train(resumed, SETTINGS)
    assert not same(whole, resumed)


def test_a_finished_run_is_loaded_and_not_run_again(tmp_path: Path) -> None:
    whole, again = small_job(), small_job()
    train(whole, SETTINGS, tmp_path)
    outcome = train(again, SETTINGS, tmp_path)
    assert outcome.resumed_from == STEPS
    assert len(outcome.history) == STEPS
    assert same(whole, again)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"learning_rate": 0.02}, "settings.learning_rate = 0.01, and now"),
        ({"steps": 61}, "settings.steps = 60"),
        ({"seed": 6}, "settings.seed = 5"),
        ({"accumulate": 2}, "batches a step = 1"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused_by_the_settings_name(
    tmp_path: Path, change: dict[str, int], named: str
) -> None:
    train(small_job(), SETTINGS, tmp_path)
    with pytest.raises(OtherSettings, match=named):
        train(small_job(), replace(SETTINGS, **change), tmp_path)  # type: ignore[arg-type]


def test_a_checkpoint_of_another_model_optimiser_or_data_is_refused(tmp_path: Path) -> None:
    train(small_job(), SETTINGS, tmp_path)
    with pytest.raises(OtherSettings, match=r"shape of trunk.0.weight = \(16, 4\) torch.float32"):
        train(small_job(width=8), SETTINGS, tmp_path)
    with pytest.raises(OtherSettings, match=r"facts.data = line-1, and now facts.data = line-2"):
        train(replace(small_job(), facts={"data": "line-2"}), SETTINGS, tmp_path)
    with pytest.raises(OtherSettings, match=r"optimiser = AdamW, and now optimiser = SGD"):
        train(
            replace(small_job(), optimiser=lambda own, rate: torch.optim.SGD(own, lr=rate)),
            SETTINGS,
            tmp_path,
        )


def test_what_changes_no_result_may_change_between_runs(tmp_path: Path) -> None:
    whole, resumed = small_job(), small_job()
    train(whole, SETTINGS, tmp_path)
    path_of(tmp_path, 60).unlink()
    outcome = train(resumed, replace(SETTINGS, log_every=3, checkpoint_every=50, keep=1), tmp_path)
    assert outcome.resumed_from == 56
    assert same(whole, resumed)


@pytest.mark.parametrize("where", [0.0, 0.001, 0.1, 0.5, 0.99, "cut", "empty", "foreign"])
def test_a_damaged_checkpoint_is_refused_with_what_to_do(
    tmp_path: Path, where: float | str
) -> None:
    train(small_job(), replace(SETTINGS, steps=4), tmp_path)
    path = path_of(tmp_path, 4)
    content = bytearray(path.read_bytes())
    if isinstance(where, float):
        content[int(where * len(content))] ^= 0x10
    elif where == "foreign":
        content = bytearray(save({"weights.x": torch.zeros(1)}))
    else:
        content = content[: len(content) // 2 if where == "cut" else 0]
    path.write_bytes(content)
    with pytest.raises(
        CheckpointDamaged, match=r"step-0000000004.safetensors is damaged: .*Delete"
    ):
        train(small_job(), replace(SETTINGS, steps=4), tmp_path)


def test_a_loss_that_is_not_finite_stops_the_run_and_leaves_the_checkpoints_good(
    tmp_path: Path,
) -> None:
    whole, resumed = small_job(), small_job()
    train(whole, SETTINGS)
    with pytest.raises(LossNotFinite, match=r"step 31 or its gradient is not finite \(loss inf,"):
        train(small_job(poison_at=31), SETTINGS, tmp_path)
    assert train(resumed, SETTINGS, tmp_path).resumed_from == 28
    assert same(whole, resumed)


def test_a_gradient_that_is_not_finite_under_a_loss_that_is_changes_nothing(tmp_path: Path) -> None:
    model = nn.Linear(2, 1, bias=False)

    def step(batch: torch.Tensor) -> dict[str, torch.Tensor]:
        root = (model.weight * 0).sqrt().sum()  # 0, with a gradient of 0 / 0
        return {"loss": model.weight.square().sum() + (root if calls.pop() else 0)}

    calls = [True, False, False]
    job = Job(
        name="edge", modules={"model": model}, data=Shuffled(2, 2, lambda rows: rows), step=step
    )
    settings = TrainSettings(
        steps=6, learning_rate=0.1, checkpoint_every=1, log_every=1, keep=1, device="cpu"
    )
    with pytest.raises(LossNotFinite, match=r"step 3 .*\(loss \d\.\d+, norm of the gradient nan\)"):
        train(job, settings, tmp_path)

    kept = nn.Linear(2, 1, bias=False)
    assert load_weights(tmp_path, {"model": kept}) == 2
    assert torch.isfinite(kept.weight).all()
    assert torch.equal(kept.weight, model.weight)


def test_batches_added_up_are_one_large_batch() -> None:
    torch.manual_seed(3)
    inputs, targets = torch.randn(16, 4), torch.randn(16, 1)
    models = [nn.Linear(4, 1), nn.Linear(4, 1)]
    models[1].load_state_dict(models[0].state_dict())
    for model, size in zip(models, (16, 8), strict=True):

        def step(batch: Pair, model: nn.Module = model) -> dict[str, torch.Tensor]:
            return {"loss": (model(batch[0]) - batch[1]).square().mean()}

        job = Job(
            name="line",
            modules={"line": model},
            data=Shuffled(16, size, lambda rows: (inputs[rows], targets[rows])),
            step=step,
        )
        train(
            job,
            TrainSettings(steps=9, learning_rate=0.05, accumulate=16 // size, device="cpu"),
        )
    assert torch.allclose(models[0].weight, models[1].weight, atol=1e-6)


def test_a_run_in_another_precision_or_on_another_device_follows_one_in_the_same_process() -> None:
    settings = replace(SETTINGS, steps=2)
    for precision in ("no", "bf16", "no"):
        outcome = train(small_job(), replace(settings, precision=precision))
        assert len(outcome.history) == 2
    state = AcceleratorState()
    assert (state.mixed_precision, state.device.type) == ("no", "cpu")
    train(small_job(), replace(settings, device="auto"))
    assert not PartialState()._cpu


def test_two_processes_are_one_that_adds_up_two_batches(tmp_path: Path) -> None:
    alone = small_job()
    train(alone, replace(SETTINGS, steps=20, accumulate=2))

    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    subprocess.run(
        [*torchrun, "-m", "tests.unit.inference.training.two_processes", str(tmp_path), "20"],
        cwd=ROOT,
        env={**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        timeout=120,
        check=True,
    )

    first, second = (load_file(tmp_path / f"weights-{rank}.safetensors") for rank in (0, 1))
    for name, value in weights_of(alone).items():
        assert torch.equal(first[name], second[name])
        assert torch.allclose(first[name], value, atol=1e-5)
    # and one process can go on where two stopped
    resumed = small_job()
    outcome = train(resumed, replace(SETTINGS, steps=20, accumulate=2), tmp_path)
    assert outcome.resumed_from == 20


def test_batches_are_asked_for_by_seed_epoch_and_index_in_turn() -> None:
    asked = []

    class Asked(Shuffled[torch.Tensor]):
        def batch(self, seed: int, epoch: int, index: int) -> torch.Tensor:
            asked.append((seed, epoch, index))
            return super().batch(seed, epoch, index)

    model = nn.Linear(4, 1)
    job = Job(
        name="asked",
        modules={"model": model},
        data=Asked(9, 3, lambda rows: torch.ones(len(rows), 4)),
        step=lambda batch: {"loss": model(batch).square().mean()},
    )
    train(job, TrainSettings(steps=4, learning_rate=0.1, seed=8, device="cpu"))
    assert asked == [(8, 0, 0), (8, 0, 1), (8, 0, 2), (8, 1, 0)]


def test_a_step_is_the_clipped_gradient_times_the_rate() -> None:
    model = nn.Linear(4, 1, bias=False)
    before = model.weight.detach().clone()
    job = Job(
        name="steep",
        modules={"model": model},
        data=Shuffled(2, 2, lambda rows: torch.full((len(rows), 4), 100.0)),
        step=lambda batch: {"loss": model(batch).sum()},
        optimiser=lambda own, rate: torch.optim.SGD(own, lr=rate),
    )
    settings = TrainSettings(steps=1, learning_rate=0.1, clip=0.5, warmup=2, device="cpu")
    (record,) = train(job, settings).history
    assert record.gradient_norm == pytest.approx(400.0)
    assert record.learning_rate == pytest.approx(0.05)
    assert (before - model.weight).norm().item() == pytest.approx(0.5 * 0.05, rel=1e-4)


def test_frozen_modules_stay_as_they_are() -> None:
    torch.manual_seed(4)
    frozen, model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5)), nn.Linear(4, 1)
    before = {name: value.clone() for name, value in frozen.state_dict().items()}
    inputs = torch.randn(8, 4)
    job = Job(
        name="on top",
        modules={"model": model},
        frozen=[frozen],
        data=Shuffled(8, 8, lambda rows: inputs[rows]),
        step=lambda batch: {"loss": model(frozen(batch)).square().mean()},
    )
    was = model.weight.clone()
    train(job, TrainSettings(steps=3, learning_rate=0.1, device="cpu"))
    assert not torch.equal(was, model.weight)
    assert all(torch.equal(before[name], value) for name, value in frozen.state_dict().items())
    assert not frozen.training
    assert all(one.grad is None for one in frozen.parameters())


def test_nothing_to_train_is_said() -> None:
    job = small_job()
    for module in job.modules.values():
        module.requires_grad_(False)
    with pytest.raises(NothingToTrain, match="trunk, head"):
        train(job, SETTINGS)


def test_the_learning_rate_rises_straight_and_falls_as_a_cosine() -> None:
    settings = TrainSettings(steps=110, learning_rate=1.0, warmup=10, floor=0.1)
    assert [rate_at(step, settings) for step in (0, 4, 9, 10)] == [0.1, 0.5, 1.0, 1.0]
    assert rate_at(60, settings) == pytest.approx(0.55)
    assert rate_at(109, settings) == pytest.approx(0.1, abs=1e-3)


def test_settings_out_of_range_are_refused_by_name() -> None:
    for name, value in {"steps": 0, "learning_rate": 0.0, "floor": 2.0, "keep": 0}.items():
        with pytest.raises(ValueError, match=name):
            replace(SETTINGS, **{name: value})  # type: ignore[arg-type]


def test_an_epoch_shows_each_example_once_in_an_order_of_its_own() -> None:
    source = Shuffled(10, 5, lambda rows: rows)
    epochs = [
        torch.cat([source.batch(1, epoch, index) for index in range(source.batches)]).tolist()
        for epoch in (0, 1)
    ]
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert torch.equal(source.batch(1, 1, 1), source.batch(1, 1, 1))
    with pytest.raises(ValueError, match="3 examples do not fill a batch of 5"):
        Shuffled(3, 5, lambda rows: rows)


def test_sources_together_each_keep_their_own_epochs() -> None:
    long, short = Shuffled(8, 1, lambda rows: rows), Shuffled(4, 2, lambda rows: rows)
    both = Together({"long": long, "short": short})
    assert both.batches == 8
    for epoch in (0, 1):
        seen = [both.batch(1, epoch, index) for index in range(8)]
        assert sorted(int(one["long"]) for one in seen) == list(range(8))
        for start in range(0, 8, 2):
            pair = torch.cat([one["short"] for one in seen[start : start + 2]])
            assert sorted(pair.tolist()) == list(range(4))
