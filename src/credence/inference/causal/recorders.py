"""How passes over one token of each row are recorded, by device and model."""

from __future__ import annotations

from collections.abc import Callable

import torch
from transformers import PreTrainedModel

from credence.inference.causal.cuda_graphs import CudaGraphs
from credence.inference.causal.recorded import Recorder
from credence.inference.causal.tape import Tapes, is_light

RecorderOf = Callable[[PreTrainedModel], Recorder | None]


def recorders_on(device: torch.device) -> RecorderOf:
    """As CUDA graphs, which share their memory; elsewhere as tapes, where a model is light."""
    if device.type == "cuda":
        graphs = CudaGraphs()
        return lambda module: graphs
    tapes = Tapes()
    return lambda module: tapes if is_light(module) else None


def no_recorder(module: PreTrainedModel) -> None:
    """Every pass is run."""
