"""A run that torchrun starts as one of several processes: its weights land in the folder given."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from credence.inference.training.trainer import train
from tests.unit.inference.training.small import SETTINGS, small_job, weights_of

if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, steps = Path(sys.argv[1]), int(sys.argv[2])
    job = small_job()
    train(job, replace(SETTINGS, steps=steps), folder, show=False)
    save_file(weights_of(job), folder / f"weights-{os.environ['RANK']}.safetensors")
