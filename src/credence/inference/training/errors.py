"""Why a training run stops: sentences for whoever started it."""

from __future__ import annotations

from pathlib import Path


class TrainingError(Exception):
    """Training cannot go on."""


class CheckpointDamaged(TrainingError):
    """A checkpoint is not what was written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} is damaged: {why}. Delete it to resume from the checkpoint before, or delete "
            f"the folder to start again."
        )


class OtherSettings(TrainingError):
    """The checkpoint in the folder was made by another run than the one asked for."""

    def __init__(self, path: Path, name: str, *, there: object, asked: object) -> None:
        super().__init__(
            f"{path} was made with {name} = {there}, and now {name} = {asked} is asked for: give "
            f"that setting back its value, or train in another folder."
        )
        self.name = name


class LossNotFinite(TrainingError):
    """A loss or its gradient is infinite or not a number.

    Weights and checkpoints are those of the step before.
    """

    def __init__(self, step: int, losses: dict[str, float]) -> None:
        said = ", ".join(f"{name} {value}" for name, value in losses.items())
        super().__init__(
            f"the loss of step {step} or its gradient is not finite ({said}): lower the learning "
            f"rate, or look for true labels that a model rules out"
        )


class NothingToTrain(TrainingError):
    """No parameter of the job's modules asks for a gradient."""


class Unsupported(TrainingError):
    """This way of running on several devices keeps no whole model in one process."""
