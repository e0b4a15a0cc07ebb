"""Where a model lies, and what lies there; read before any of its weights is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from transformers import AutoConfig, PreTrainedConfig

from credence.inference.errors import DamagedModelFile, ModelMissing

_BESIDE = {".json", ".jinja", ".model", ".tiktoken", ".txt"}  # of a tokenizer, a configuration
_HEADER = 8  # bytes: a safetensors file starts with the length of its header


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A full model or a LoRA adapter on disk; the same one however it was named."""

    name: str = field(compare=False)  # as in the settings
    path: Path

    @property
    def is_adapter(self) -> bool:
        return (self.path / "adapter_config.json").is_file()

    @property
    def has_tokenizer(self) -> bool:
        return any(self.path.glob("tokenizer*"))

    def config(self) -> PreTrainedConfig:
        """The model's shape; raises DamagedModelFile if it cannot be read."""
        try:
            config: PreTrainedConfig = AutoConfig.from_pretrained(self.path, local_files_only=True)
        except (OSError, ValueError) as wrong:
            raise DamagedModelFile(f"{self.name}: config.json cannot be read: {wrong}") from wrong
        return config

    def ends(self) -> frozenset[int]:
        """Tokens that end a text by its generation settings; raises DamagedModelFile."""
        path = self.path / "generation_config.json"
        if not path.is_file():
            return frozenset()
        said = _told(path).get("eos_token_id")
        ids = said if isinstance(said, list) else [] if said is None else [said]
        if not all(isinstance(each, int) for each in ids):
            raise DamagedModelFile(f"{path}: eos_token_id is {said!r}, no ids of tokens")
        return frozenset(ids)

    def weights(self) -> list[Path]:
        """The files that are loaded, of all that lie here; raises DamagedModelFile."""
        whole = self.path / f"{'adapter_model' if self.is_adapter else 'model'}.safetensors"
        if whole.is_file():
            return [whole]
        index = self.path / "model.safetensors.index.json"
        if self.is_adapter or not index.is_file():
            return []
        parts = _told(index).get("weight_map")
        if not isinstance(parts, dict) or not all(isinstance(one, str) for one in parts.values()):
            raise DamagedModelFile(f"{index} does not say which file has which weights")
        paths = [self.path / part for part in sorted(set(parts.values()))]
        if missing := [path.name for path in paths if not path.is_file()]:
            raise DamagedModelFile(f"{index} names {missing[0]}, which is not there; fetch it")
        return paths

    def deciding(self) -> list[Path]:
        """Every file that decides what it says: weights, shape, tokenizer, chat template."""
        beside = (p for p in self.path.iterdir() if p.suffix in _BESIDE and p.is_file())
        return sorted({*self.weights(), *beside})

    def parameters(self) -> int:
        """How many numbers its weights are, from the headers of its files."""
        return sum(prod(shape) for path in self.weights() for shape in _shapes(path))


def found(name: str, *, local_only: bool) -> ModelFolder:
    """The folder of a model; raises ModelMissing, saying where it was looked for."""
    path = Path(name).expanduser()
    if not path.is_dir():
        path = _cached(name, local_only=local_only)
    folder = ModelFolder(name, path.resolve())
    if not folder.is_adapter and not (path / "config.json").is_file():
        raise ModelMissing(f"{path} holds neither config.json nor adapter_config.json")
    if not folder.weights():
        raise ModelMissing(
            f"{path} holds no .safetensors weights by the names that transformers gives them; save "
            "the model in that format, for others can run code when they are loaded"
        )
    return folder


def _cached(name: str, *, local_only: bool) -> Path:
    try:
        return Path(snapshot_download(name, local_files_only=local_only))
    except HFValidationError as wrong:
        raise ModelMissing(f"there is no folder {name}") from wrong
    except (LocalEntryNotFoundError, HfHubHTTPError) as wrong:
        raise ModelMissing(
            f"{name} is neither a folder nor in the local Hugging Face cache; "
            f"fetch it with: hf download {name}"
        ) from wrong


def _shapes(path: Path) -> Iterator[list[int]]:
    """The shape of every tensor in a safetensors file."""
    for name, tensor in _header(path).items():
        if name == "__metadata__":
            continue
        shape = tensor.get("shape") if isinstance(tensor, dict) else None
        if not isinstance(shape, list) or not all(isinstance(size, int) for size in shape):
            raise DamagedModelFile(f"{path} is damaged: it gives {name} no shape; fetch it again")
        yield shape


def _header(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_HEADER), "little")
        if length > path.stat().st_size:
            raise DamagedModelFile(f"{path} is cut short; fetch it again")
        return _object(file.read(length), path)


def _told(path: Path) -> dict[str, Any]:
    """What a JSON file says."""
    try:
        return _object(path.read_bytes(), path)
    except OSError as wrong:
        raise DamagedModelFile(f"{path} cannot be read: {wrong}") from wrong


def _object(content: bytes, path: Path) -> dict[str, Any]:
    """A JSON object; raises DamagedModelFile for anything else."""
    try:
        said = json.loads(content)
    except ValueError as wrong:
        raise DamagedModelFile(f"{path} is damaged: {wrong}; fetch it again") from wrong
    if not isinstance(said, dict):
        raise DamagedModelFile(f"{path} is damaged: it is no JSON object; fetch it again")
    return said
