"""Checkpoints: one safetensors file a step, there whole or not at all, and known if damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from credence.inference.training.errors import CheckpointDamaged, OtherSettings

_FORMAT = "credence-training-1"
_UNFINISHED = ".writing"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A run after `step` steps of its optimiser."""

    step: int
    identity: Mapping[str, Any]  # what decides the result, by name
    weights: Mapping[str, Tensor]
    optimiser: Mapping[str, Tensor]
    scalars: Mapping[str, Any]  # of the optimiser's state, what is no tensor


def path_of(folder: Path, step: int) -> Path:
    """Where the checkpoint after a step lies; names sort like steps."""
    return folder / f"step-{step:010d}.safetensors"


def newest(folder: Path) -> Path | None:
    """The checkpoint of the highest step, if there is one."""
    return max(folder.glob("step-*.safetensors"), default=None)


def write(checkpoint: Checkpoint, path: Path) -> None:
    """Write to a file beside it, flush, then rename: a kill at any moment leaves no half of it."""
    tensors = {f"weights.{name}": value for name, value in checkpoint.weights.items()}
    tensors |= {f"optimiser.{name}": value for name, value in checkpoint.optimiser.items()}
    # a copy each, for safetensors refuses tensors that share memory, as tied weights do
    tensors = {
        name: value.detach().to("cpu", copy=True).contiguous() for name, value in tensors.items()
    }
    said = {
        "format": _FORMAT,
        "step": checkpoint.step,
        "identity": dict(checkpoint.identity),
        "scalars": dict(checkpoint.scalars),
    }
    write_sealed(path, tensors, json.dumps(said, sort_keys=True))


def read(path: Path) -> Checkpoint:
    """The checkpoint at a path. CheckpointDamaged if it is not what was written."""
    tensors, told = read_sealed(path)
    said = json.loads(told)
    if said["format"] != _FORMAT:
        raise CheckpointDamaged(path, f"its format is {said['format']}, not {_FORMAT}")
    return Checkpoint(
        step=said["step"],
        identity=said["identity"],
        weights=_under("weights.", tensors),
        optimiser=_under("optimiser.", tensors),
        scalars=said["scalars"],
    )


def write_sealed(path: Path, tensors: Mapping[str, Tensor], told: str) -> None:
    """Contiguous tensors on the CPU and what is told of them, whole or not at all."""
    metadata = {"credence": told, "sha256": digest(tensors, told)}
    replace_file(path, save(dict(tensors), metadata))


def read_sealed(path: Path) -> tuple[dict[str, Tensor], str]:
    """What `write_sealed` wrote. CheckpointDamaged if it is not."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise CheckpointDamaged(path, str(error)) from error
    told = metadata.get("credence", "")
    if metadata.get("sha256") != digest(tensors, told):
        raise CheckpointDamaged(path, "its content does not match its checksum")
    return tensors, told


def check_identity(checkpoint: Checkpoint, identity: Mapping[str, Any], path: Path) -> None:
    """OtherSettings, naming the first that differs, unless both are of the same run."""
    asked = json.loads(json.dumps(dict(identity)))  # tuples become lists, as they did there
    for name in (*asked, *checkpoint.identity):
        there = checkpoint.identity.get(name, "unset")
        if there != asked.get(name, "unset"):
            raise OtherSettings(path, name, there=there, asked=asked.get(name, "unset"))


def load_weights(path: Path, modules: Mapping[str, nn.Module]) -> int:
    """Put a checkpoint's weights into modules of these names; the step they are of.

    `path` is a checkpoint, or a folder, whose newest is taken.
    """
    found = newest(path) if path.is_dir() else path
    if found is None:
        raise FileNotFoundError(f"no checkpoint in {path}")
    checkpoint = read(found)
    for name, module in modules.items():
        module.load_state_dict(_under(f"{name}.", checkpoint.weights))
    return checkpoint.step


def digest(tensors: Mapping[str, Tensor], told: str = "") -> str:
    """SHA-256 of named tensors, whatever their order, and of what is told about them."""
    sum_ = sha256(told.encode())
    for name in sorted(tensors):
        value = tensors[name].detach().cpu().contiguous()
        sum_.update(f"{name}\x1f{value.dtype}\x1f{tuple(value.shape)}\x1f".encode())
        sum_.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return sum_.hexdigest()


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in its place at once: whoever looks sees the old one or the new one, whole."""
    beside = path.with_name(f".{path.name}{_UNFINISHED}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def clear_unfinished(folder: Path) -> None:
    """Remove what a kill left half written."""
    for path in folder.glob(f".*{_UNFINISHED}"):
        path.unlink()


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
