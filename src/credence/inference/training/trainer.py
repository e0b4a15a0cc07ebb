"""The loop: plain torch, with devices and processes left to accelerate.

A run is decided by its job, its settings and the weights it starts from. Killed at any moment and
started again in the same folder it ends with the same weights: batches and random draws follow from
the step's number, and checkpoints hold all the rest. On a CPU with as many threads the weights are
the same bit for bit; on CUDA as far as its kernels are deterministic. One run at a time uses a
folder, and all machines of a run must see it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

import torch
from accelerate import Accelerator, DistributedDataParallelKwargs
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedType, send_to_device, set_seed
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from credence.inference.training import checkpoint as checkpoints
from credence.inference.training.errors import LossNotFinite, NothingToTrain, Unsupported
from credence.inference.training.history import PLOT, History, Record, plot
from credence.inference.training.job import Batch, Job
from credence.inference.training.run_state import identity_of, restore, snapshot
from credence.inference.training.seeds import derived_seed
from credence.inference.training.settings import TrainSettings, rate_at

_SHARDED = {DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run. The job's modules hold the trained weights."""

    resumed_from: int  # step; 0 if it started from the beginning
    history: tuple[Record, ...]  # of the whole run, also of what was done before a kill
    checkpoint: Path | None
    seconds: float  # of this call


def train(
    job: Job[Batch],
    settings: TrainSettings,
    folder: Path | None = None,
    *,
    show: bool | None = None,
) -> Outcome:
    """Run a job to its last step, from its newest checkpoint in `folder` if there is one.

    `show` draws a progress bar on stderr; by default where that is a terminal. Reseeds the global
    generators of random, NumPy and torch, and makes accelerate's state of this process anew. Raises
    a TrainingError.
    """
    began = time.perf_counter()
    run = _Run(job, settings, folder)
    resumed_from = run.resume()
    history = History(run.writes_to, upto=resumed_from)
    last = time.perf_counter()
    with _bar(show=show, main=run.accelerator.is_main_process) as bar:
        line = bar.add_task(job.name, total=settings.steps, completed=resumed_from, loss="")
        for step in range(resumed_from, settings.steps):
            losses, norm = run.advance(step)
            done = step + 1
            if done % settings.log_every == 0 or done == settings.steps:
                now, rate = time.perf_counter(), settings.learning_rate * rate_at(step, settings)
                history.add(Record(done, losses, rate, norm, round(now - last, 6)))
                last = now
            if done % settings.checkpoint_every == 0 or done == settings.steps:
                run.keep(done)
            bar.update(line, completed=done, loss=f"loss {losses['loss']:.4f}")
    if run.writes_to:
        plot(history.records, job.name, run.writes_to / PLOT)
    run.accelerator.wait_for_everyone()
    return Outcome(
        resumed_from,
        tuple(history.records),
        checkpoints.path_of(folder, settings.steps) if folder else None,
        time.perf_counter() - began,
    )


class _Whole(nn.Module, Generic[Batch]):
    """A job's modules and its step as one module, whose gradients accelerate keeps in step."""

    def __init__(self, job: Job[Batch]) -> None:
        super().__init__()
        self.parts = nn.ModuleDict(dict(job.modules))
        self.step = job.step

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """The losses of a batch, scalars."""
        return dict(self.step(batch))


class _Run(Generic[Batch]):
    """The state of one call of `train`."""

    def __init__(self, job: Job[Batch], settings: TrainSettings, folder: Path | None) -> None:
        self._job, self._settings, self._folder = job, settings, folder
        # a process has one state, in which the run before may have left another device or precision
        AcceleratorState._reset_state(reset_partial_state=True)
        self.accelerator = Accelerator(
            cpu=settings.device == "cpu",
            mixed_precision=settings.precision,
            # a step need not use every parameter: CDPO leaves the routing head alone
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
        if self.accelerator.distributed_type in _SHARDED:
            raise Unsupported(
                f"training under {self.accelerator.distributed_type} is not supported: no process "
                f"would hold a whole model to checkpoint. Run `accelerate config` for multi-GPU."
            )
        for module in job.frozen:
            module.to(self.accelerator.device).eval().requires_grad_(False)
        whole = _Whole(job).to(self.accelerator.device).train()
        self._parameters = [one for one in whole.parameters() if one.requires_grad]
        if not self._parameters:
            raise NothingToTrain(f"no parameter of {', '.join(job.modules)} asks for a gradient")
        self._optimiser = job.optimiser(self._parameters, settings.learning_rate)
        self._rates = [group["lr"] for group in self._optimiser.param_groups]
        self._whole, self._stepper = self.accelerator.prepare(whole, self._optimiser)
        self.writes_to = folder if self.accelerator.is_main_process else None
        if self.writes_to:
            self.writes_to.mkdir(parents=True, exist_ok=True)
            checkpoints.clear_unfinished(self.writes_to)
        self._identity = identity_of(
            job.name,
            settings,
            job.facts,
            job.modules,
            self._optimiser,
            processes=self.accelerator.num_processes,
        )

    def resume(self) -> int:
        """Take up the newest checkpoint; the step it is of, 0 without one."""
        path = checkpoints.newest(self._folder) if self._folder else None
        if path is None:
            return 0
        found = checkpoints.read(path)
        checkpoints.check_identity(found, self._identity, path)
        restore(found, self._job.modules, self._optimiser)
        return found.step

    def advance(self, step: int) -> tuple[dict[str, float], float]:
        """Do one step of the optimiser; its losses and the norm of its gradient."""
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * rate_at(step, self._settings)
        self._stepper.zero_grad()
        times = self._settings.accumulate
        sums: dict[str, Tensor] = {}
        for turn in range(times):
            waits = turn < times - 1
            with self.accelerator.no_sync(self._whole) if waits else nullcontext():
                losses = self._whole(self._batch(step * times + turn))
                self.accelerator.backward(losses["loss"] / times)
            for name, value in losses.items():
                sums[name] = sums.get(name, 0) + value.detach().float() / times
        said = self._across(sums)
        if not math.isfinite(said["loss"]):
            raise LossNotFinite(step + 1, said)
        clipped = self.accelerator.clip_grad_norm_(self._parameters, self._settings.clip)
        norm = 0.0 if clipped is None else float(clipped)
        if not math.isfinite(norm):
            raise LossNotFinite(step + 1, {**said, "norm of the gradient": norm})
        self._stepper.step()
        return said, norm

    def keep(self, step: int) -> None:
        """Write a checkpoint, then remove those that are too old."""
        if self.writes_to is None:
            return
        state = snapshot(step, self._identity, self._job.modules, self._optimiser)
        checkpoints.write(state, checkpoints.path_of(self.writes_to, step))
        for old in sorted(self.writes_to.glob("step-*.safetensors"))[: -self._settings.keep]:
            old.unlink()

    def _batch(self, turn: int) -> Any:
        """This process's batch of a turn, on its device, with the generators set for it."""
        number = turn * self.accelerator.num_processes + self.accelerator.process_index
        seed, data = self._settings.seed, self._job.data
        set_seed(derived_seed(seed, "batch", number))
        return send_to_device(
            data.batch(seed, *divmod(number, data.batches)), self.accelerator.device
        )

    def _across(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Each term's mean over the processes."""
        together = torch.stack([value.reshape(()) for value in sums.values()])
        shared = self.accelerator.reduce(together, reduction="mean").tolist()
        return dict(zip(sums, shared, strict=True))


def _bar(*, show: bool | None, main: bool) -> Progress:
    console = Console(stderr=True)
    wanted = console.is_terminal if show is None else show
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[loss]}"),
        console=console,
        transient=True,
        disable=not (wanted and main),
    )
