"""The routed model as it is stored: one file a network, and a manifest that vouches for them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from credence.inference.errors import DamagedModelFile, ModelMissing, UnsupportedModel
from credence.inference.listwise.network import Network, Shape
from credence.inference.listwise.router import ListRouter
from credence.inference.routing.blend import TopKRouter

_FORMAT = 2
_MANIFEST = "manifest.json"
_REWARD, _ROUTER, _ALPHA = "reward", "router", "alpha"
_DIGITS = 8  # of a digest: enough to tell apart the models that meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Which model it is, and what it was made from."""

    number: str  # given by whoever made it
    content: str | None = None  # digest of what is stored; None: it is not stored yet
    data: str | None = None  # digest of its provenance; None: it tells of none

    @property
    def version(self) -> str:
        """The number and the digest of what is stored: no two models have the same."""
        return self.number if self.content is None else f"{self.number}-{self.content}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Experts by name, the generalist first, their router, and what steers them if anything.

    A reward model steers where an alpha router blends it in, and waits for one otherwise.
    """

    edition: Edition
    experts: Mapping[str, Network]
    router: ListRouter
    homes: tuple[str, ...]  # catalogues that experts were trained on
    reward: Network | None = None
    alpha: TopKRouter | None = None

    @property
    def version(self) -> str:
        """Of its edition."""
        return self.edition.version

    @property
    def parts(self) -> dict[str, nn.Module]:
        """Everything with weights that is of use, by name."""
        parts: dict[str, nn.Module] = {**self.experts, _ROUTER: self.router}
        if self.reward is not None:
            parts[_REWARD] = self.reward
            if self.alpha is not None:
                parts[_ALPHA] = self.alpha
        return parts


def shipped() -> Path:
    """The folder of the weights that come with the package."""
    return Path(str(files("credence.inference.listwise").joinpath("weights")))


def write(bundle: Bundle, folder: Path, *, provenance: Mapping[str, Any]) -> Bundle:
    """Write every part and, last, the manifest that makes them count; the bundle as `read` has it,
    but for being the same networks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shapes = {name: asdict(expert.shape) for name, expert in bundle.experts.items()}
    shapes[_ROUTER] = asdict(bundle.router.network.shape)
    steers = None
    if bundle.reward is not None:
        shapes[_REWARD] = asdict(bundle.reward.shape)
        steers = bundle.alpha and {"k": bundle.alpha.k}
    sums = {}
    for name, part in bundle.parts.items():
        content = save({key: value.contiguous() for key, value in part.state_dict().items()})
        (folder / _file(name)).write_bytes(content)
        sums[_file(name)] = hashlib.sha256(content).hexdigest()
    manifest: dict[str, Any] = {
        "format": _FORMAT,
        "version": bundle.edition.number,
        "experts": list(bundle.experts),
        "homes": list(bundle.homes),
        "shapes": shapes,
        "alpha": steers,
        "sha256": sums,
        "provenance": dict(provenance),
    }
    text = json.dumps(manifest, indent=2) + "\n"
    (folder / _MANIFEST).write_text(text, encoding="utf-8")
    return replace(bundle, edition=_edition(manifest))


def read(folder: Path) -> Bundle:
    """Read and check a bundle. Raises ModelMissing, DamagedModelFile or UnsupportedModel."""
    manifest = _manifest(folder)
    try:
        shapes = {name: Shape(**shape) for name, shape in manifest["shapes"].items()}
        names = _experts(manifest)
        experts = {
            name: _filled(Network(_still(shapes[name])), name, folder, manifest) for name in names
        }
        router = ListRouter(Network(_still(shapes[_ROUTER])), len(names))
        steers = manifest["alpha"]
        reward = Network(_still(shapes[_REWARD])) if _REWARD in shapes else None
        return Bundle(
            edition=_edition(manifest),
            experts=experts,
            router=_filled(router, _ROUTER, folder, manifest),
            homes=tuple(manifest["homes"]),
            reward=reward and _filled(reward, _REWARD, folder, manifest),
            alpha=steers and _filled(TopKRouter(steers["k"]), _ALPHA, folder, manifest),
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise DamagedModelFile(
            f"{folder / _MANIFEST} is not a manifest of a routed model: {wrong!r}; copy it anew"
        ) from wrong


def _edition(manifest: Mapping[str, Any]) -> Edition:
    """Weights, the order of the experts and what steers decide what a model says.

    The provenance has the linear weights that were fitted to the data, so that of other data
    another digest comes.
    """
    deciding = {key: manifest[key] for key in ("experts", "alpha", "sha256")}
    provenance = manifest["provenance"]
    return Edition(
        number=manifest["version"],
        content=_digest(deciding),
        data=_digest(provenance) if provenance else None,
    )


def _digest(told: Mapping[str, Any]) -> str:
    content = json.dumps(told, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGITS]


def _still(shape: Shape) -> Shape:
    """As in use: nothing is dropped."""
    return replace(shape, dropout=0.0)


def _file(name: str) -> str:
    return f"{name}.safetensors"


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / _MANIFEST
    if not path.is_file():
        raise ModelMissing(f"{path} does not exist; train a model into it, or name its folder")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        found = manifest["format"]
    except (ValueError, KeyError, TypeError, OSError) as wrong:
        raise DamagedModelFile(f"{path} cannot be read: {wrong!r}; copy it anew") from wrong
    if found != _FORMAT:
        raise UnsupportedModel(
            f"{path} is of format {found} and this version reads {_FORMAT}; train the model anew"
        )
    return manifest


def _experts(manifest: Mapping[str, Any]) -> list[str]:
    names: list[str] = manifest["experts"]
    if not names:
        raise ValueError("it names no expert")
    return names


def _filled(part: Any, name: str, folder: Path, manifest: Mapping[str, Any]) -> Any:
    path = folder / _file(name)
    if not path.is_file():
        raise ModelMissing(f"{path} does not exist, and {_MANIFEST} names it; copy it anew")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest["sha256"][path.name]:
        raise DamagedModelFile(
            f"{path} is not the file that {_MANIFEST} vouches for: its SHA-256 differs; copy the "
            "whole folder anew"
        )
    try:
        tensors: dict[str, Tensor] = load(content)
        part.load_state_dict(tensors)
    except (RuntimeError, SafetensorError) as wrong:
        raise DamagedModelFile(f"{path} does not fit its shape: {wrong}") from wrong
    return part.eval().requires_grad_(requires_grad=False)
