"""Several LoRA adapters on one base model, whose weights are in memory once."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from transformers import PreTrainedModel

from credence.inference.causal.footprint import bytes_a_part
from credence.inference.errors import DamagedModelFile, UnsupportedModel


class SharedBase:
    """A base model under at most one of its adapters at a time, whoever asks.

    Adapters are never merged: adding and subtracting them again would not be exact.
    """

    def __init__(self, module: PreTrainedModel) -> None:
        self.module = module
        self.bytes_a_part = bytes_a_part(module)  # without adapters, which have parts of their own
        self._peft: PeftModel | None = None
        self.layers: list[Any] = []  # that adapters sit on
        self._active: str | None = None
        self._lock = Lock()

    def add(self, folder: Path) -> str:
        """Load the adapter in this folder; gives the name to ask for it by.

        Raises UnsupportedModel unless it is a plain LoRA that leaves the base as it is,
        DamagedModelFile if it does not fit.
        """
        _check(folder)
        name = f"adapter{0 if self._peft is None else len(self._peft.peft_config)}"
        try:
            self._load(folder, name)
        except (RuntimeError, ValueError, OSError, SafetensorError) as wrong:
            raise DamagedModelFile(
                f"the adapter in {folder} does not fit its base model: {wrong}"
            ) from wrong
        self.layers = [
            layer for layer in self.module.modules() if isinstance(layer, BaseTunerLayer)
        ]
        self._active = name
        self._activate(None)
        return name

    def _load(self, folder: Path, name: str) -> None:
        if self._peft is not None:
            self._peft.load_adapter(folder, name, autocast_adapter_dtype=False)
            return
        with warnings.catch_warnings():  # peft 0.21 reads a property that transformers renamed
            warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)
            self._peft = PeftModel.from_pretrained(
                self.module, folder, adapter_name=name, autocast_adapter_dtype=False
            )

    @contextmanager
    def under(self, adapter: str | None) -> Iterator[None]:
        """Run the module with this adapter, or with none; others wait meanwhile."""
        with self._lock:
            if adapter != self._active:
                self._activate(adapter)
            yield

    def _activate(self, adapter: str | None) -> None:
        for layer in self.layers:
            if adapter is None:
                layer.enable_adapters(False)
            else:
                layer.set_adapter(adapter, inference_mode=True)
                layer.enable_adapters(True)
        self._active = adapter


def _check(folder: Path) -> None:
    try:
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise DamagedModelFile(f"{folder}: adapter_config.json cannot be read: {wrong}") from wrong
    if (kind := config.get("peft_type")) != "LORA":
        raise UnsupportedModel(f"{folder} is an adapter of type {kind}; only LORA is supported")
    for replaced in ("modules_to_save", "trainable_token_indices"):
        if config.get(replaced):
            raise UnsupportedModel(
                f"{folder} replaces parts of its base ({replaced} is {config[replaced]}); train it "
                "without, or save it as a full model"
            )
    if (bias := config.get("bias", "none")) != "none":  # they would overwrite what others share
        raise UnsupportedModel(
            f"{folder} replaces biases of its base (bias is {bias}); train it with bias none, or "
            "save it as a full model"
        )
