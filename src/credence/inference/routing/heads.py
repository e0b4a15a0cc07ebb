"""Files of the small learned parts: the router's weights head and TARo's alpha router.

safetensors with what the part is in the header, so that a wrong file is refused, not used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from credence.inference.errors import DamagedModelFile, ModelMissing
from credence.inference.routing.blend import FixedAlpha, FullLogitRouter, TopKRouter
from credence.inference.routing.fusion import WeightsHead

Part = TypeVar("Part", bound=nn.Module)
Alpha = FixedAlpha | FullLogitRouter | TopKRouter
_KIND = "credence"  # the header's key for what the file holds


def save_head(head: WeightsHead, path: Path) -> None:
    """Write a weights head; its sizes are those of its one layer."""
    save_file(_tensors(head), path, metadata={_KIND: "weights-head/1"})


def load_head(path: Path) -> WeightsHead:
    """Read a weights head; raises ModelMissing or DamagedModelFile."""
    kind, _, tensors = _read(path)
    if kind != "weights-head/1":
        raise DamagedModelFile(f"{path} holds {kind or 'something else'}, not a weights head")
    try:
        experts, hidden = tensors["linear.weight"].shape
        return _filled(WeightsHead(hidden, experts), tensors, path)
    except (KeyError, ValueError) as wrong:
        raise DamagedModelFile(f"{path} is a damaged weights head: {wrong}") from wrong


def save_alpha(alpha: Alpha, path: Path) -> None:
    """Write an alpha router of any kind."""
    match alpha:
        case FullLogitRouter():
            header = {_KIND: "alpha-full/1"}
        case TopKRouter():
            header = {_KIND: "alpha-topk/1", "k": str(alpha.k)}
        case FixedAlpha():
            header = {_KIND: "alpha-fixed/1", "alpha": repr(alpha.alpha)}
    save_file(_tensors(alpha), path, metadata=header)


def load_alpha(path: Path) -> Alpha:
    """Read an alpha router; raises ModelMissing or DamagedModelFile."""
    kind, header, tensors = _read(path)
    try:
        match kind:
            case "alpha-full/1":
                width, seen = tensors["net.0.weight"].shape
                return _filled(FullLogitRouter(seen // 2, width), tensors, path)
            case "alpha-topk/1":
                width = len(tensors["net.0.weight"])
                return _filled(TopKRouter(int(header["k"]), width), tensors, path)
            case "alpha-fixed/1":
                return FixedAlpha(float(header["alpha"]))
    except (KeyError, ValueError) as wrong:
        raise DamagedModelFile(f"{path} is a damaged alpha router: {wrong}") from wrong
    raise DamagedModelFile(f"{path} holds {kind or 'something else'}, not an alpha router")


def _tensors(part: nn.Module) -> dict[str, Tensor]:
    return {name: value.contiguous() for name, value in part.state_dict().items()}


def _read(path: Path) -> tuple[str, dict[str, str], dict[str, Tensor]]:
    if not path.is_file():
        raise ModelMissing(f"{path} does not exist; train it, or name the file it is in")
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            names = file.keys()
            return header.get(_KIND, ""), header, {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as wrong:
        raise DamagedModelFile(f"{path} cannot be read: {wrong}; copy or train it anew") from wrong


def _filled(part: Part, tensors: dict[str, Tensor], path: Path) -> Part:
    try:
        part.load_state_dict(tensors)
    except RuntimeError as wrong:
        raise DamagedModelFile(f"{path} does not fit together: {wrong}") from wrong
    return part.eval()
