"""What decides how a run goes, and the learning rate that follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """One run. A checkpoint is resumed only with the settings that decide its result."""

    steps: int  # of the optimiser
    learning_rate: float  # at its highest
    seed: int = 0
    warmup: int = 0  # steps over which the learning rate rises from near 0
    floor: float = 0.0  # share of the highest learning rate that the cosine falls to
    clip: float = 1.0  # most that the norm of the gradient may be
    accumulate: int = 1  # batches a process adds up before a step
    precision: Literal["no", "bf16"] = "no"  # "no": that of the weights
    # What follows changes no result: it may differ from run to run.
    device: Literal["auto", "cpu"] = "auto"
    log_every: int = 1
    checkpoint_every: int = 200
    keep: int = 2  # newest checkpoints kept

    def __post_init__(self) -> None:
        least = {"steps": 1, "warmup": 0, "accumulate": 1, "log_every": 1}
        for name, bound in (least | {"checkpoint_every": 1, "keep": 1}).items():
            if getattr(self, name) < bound:
                raise ValueError(f"{name} must be at least {bound}, got {getattr(self, name)}")
        for name in ("learning_rate", "clip"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        if not 0 <= self.floor <= 1:
            raise ValueError(f"floor must be in [0, 1], got {self.floor}")

    def deciding(self) -> dict[str, str | int | float]:
        """The settings that decide the result, by name."""
        return {
            "steps": self.steps,
            "learning_rate": self.learning_rate,
            "seed": self.seed,
            "warmup": self.warmup,
            "floor": self.floor,
            "clip": self.clip,
            "precision": self.precision,
        }


def rate_at(step: int, settings: TrainSettings) -> float:
    """Share of the highest learning rate at a step (from 0): a straight rise, then a cosine."""
    if step < settings.warmup:
        return (step + 1) / settings.warmup
    falling = max(1, settings.steps - settings.warmup)
    gone = (step - settings.warmup) / falling
    return settings.floor + (1 - settings.floor) * 0.5 * (1 + math.cos(math.pi * gone))
