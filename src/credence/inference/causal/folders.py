"""Where a model lies, and what lies there; read before any of its weights is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from transformers import AutoConfig, PreTrainedConfig

from credence.inference.errors import DamagedModelFile, ModelMissing

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

    def parameters(self) -> int:
        """How many numbers its weights are, from the headers of its safetensors files."""
        return sum(self._counted())

    def _counted(self) -> Iterator[int]:
        for path in sorted(self.path.glob("*.safetensors")):
            for name, tensor in _header(path).items():
                if name == "__metadata__":
                    continue
                numbers = 1
                for size in tensor["shape"]:
                    numbers *= size
                yield numbers


def found(name: str, *, local_only: bool) -> ModelFolder:
    """The folder of a model; raises ModelMissing, saying where it was looked for."""
    path = Path(name).expanduser()
    if not path.is_dir():
        path = _cached(name, local_only=local_only)
    folder = ModelFolder(name, path.resolve())
    if not folder.is_adapter and not (path / "config.json").is_file():
        raise ModelMissing(f"{path} holds neither config.json nor adapter_config.json")
    if not any(path.glob("*.safetensors")):
        raise ModelMissing(
            f"{path} holds no .safetensors weights; save the model in that format, for others "
            "can run code when they are loaded"
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


def _header(path: Path) -> dict[str, dict[str, list[int]]]:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_HEADER), "little")
        if length > path.stat().st_size:
            raise DamagedModelFile(f"{path} is cut short; fetch it again")
        try:
            header: dict[str, dict[str, list[int]]] = json.loads(file.read(length))
        except ValueError as wrong:
            raise DamagedModelFile(f"{path} is damaged: {wrong}; fetch it again") from wrong
    return header
