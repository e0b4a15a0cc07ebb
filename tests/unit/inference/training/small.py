"""A small job with dropout, two modules and a momentum to lose: what a resumed run must get right.

As a program it runs the job in a folder until it is done or killed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from credence.inference.training.job import Job
from credence.inference.training.settings import TrainSettings
from credence.inference.training.sources import Shuffled
from credence.inference.training.trainer import train

Pair = tuple[Tensor, Tensor]
STEPS = 60
SETTINGS = TrainSettings(
    steps=STEPS, learning_rate=0.01, seed=5, warmup=5, checkpoint_every=4, device="cpu", keep=3
)


def small_job(*, slow: float = 0.0, width: int = 16, poison_at: int = 0) -> Job[Pair]:
    """Fit a line through a network with dropout; `poison_at` makes that call's loss infinite."""
    torch.manual_seed(0)
    trunk = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Dropout(0.3))
    head = nn.Linear(width, 1)
    dice = torch.Generator().manual_seed(9)
    inputs = torch.randn(40, 4, generator=dice)
    targets = inputs @ torch.tensor([[1.0], [-2.0], [0.5], [3.0]])
    calls = 0

    def step(batch: Pair) -> Mapping[str, Tensor]:
        nonlocal calls
        calls += 1
        time.sleep(slow)
        loss = (head(trunk(batch[0])) - batch[1]).square().mean()
        return {"loss": loss / 0 if calls == poison_at else loss, "half": loss.detach() / 2}

    return Job(
        name="small",
        modules={"trunk": trunk, "head": head},
        data=Shuffled(40, 8, lambda rows: (inputs[rows], targets[rows])),
        step=step,
        facts={"data": "line-1"},
    )


def weights_of(job: Job[Pair]) -> dict[str, Tensor]:
    return {
        f"{name}.{key}": value
        for name, module in job.modules.items()
        for key, value in module.state_dict().items()
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(small_job(slow=0.05), SETTINGS, Path(sys.argv[1]), show=False)
