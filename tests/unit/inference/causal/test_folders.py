"""Which files of a folder are a model's weights, and what their headers say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from credence.inference.causal.folders import ModelFolder, found
from credence.inference.errors import DamagedModelFile, ModelMissing


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    """A model of 10 numbers."""
    (tmp_path / "config.json").write_text("{}")
    _weights(tmp_path / "model.safetensors", 10)
    return ModelFolder("it", tmp_path)


def _weights(path: Path, numbers: int) -> None:
    save_file({"weight": torch.zeros(numbers)}, path)


def _index(folder: ModelFolder, said: Any) -> None:
    (folder.path / "model.safetensors.index.json").write_text(json.dumps(said))


def test_the_same_weights_in_another_form_do_not_count_again(folder: ModelFolder) -> None:
    _weights(folder.path / "consolidated.safetensors", 10)
    assert folder.parameters() == 10
    (folder.path / "model.safetensors").unlink()
    with pytest.raises(ModelMissing, match="by the names that transformers gives them"):
        found(str(folder.path), local_only=True)


def test_weights_in_several_files_are_those_of_the_index(folder: ModelFolder) -> None:
    (folder.path / "model.safetensors").unlink()
    for name, numbers in {"model-1-of-2": 3, "model-2-of-2": 4, "model-1-of-1": 7}.items():
        _weights(folder.path / f"{name}.safetensors", numbers)
    parts = ["model-1-of-2.safetensors", "model-2-of-2.safetensors"]
    _index(folder, {"weight_map": {"a": parts[0], "b": parts[1], "c": parts[1]}})
    assert folder.parameters() == 7
    assert found(str(folder.path), local_only=True).weights() == [folder.path / at for at in parts]
    (folder.path / parts[1]).unlink()
    with pytest.raises(DamagedModelFile, match=f"names {parts[1]}, which is not there"):
        folder.parameters()


@pytest.mark.parametrize("said", [[], {}, {"weight_map": []}, {"weight_map": {"a": 1}}])
def test_an_index_of_another_form_is_refused(folder: ModelFolder, said: Any) -> None:
    (folder.path / "model.safetensors").unlink()
    _index(folder, said)
    with pytest.raises(DamagedModelFile, match=r"index\.json"):
        folder.parameters()


@pytest.mark.parametrize(
    "header",
    [
        [],
        "text",
        {"weight": 1},
        {"weight": {}},
        {"weight": {"shape": 4}},
        {"weight": {"shape": [""]}},
    ],
)
def test_a_header_of_another_form_is_refused(folder: ModelFolder, header: Any) -> None:
    content = json.dumps(header).encode()
    path = folder.path / "model.safetensors"
    path.write_bytes(len(content).to_bytes(8, "little") + content)
    with pytest.raises(DamagedModelFile, match=r"model\.safetensors is damaged"):
        folder.parameters()


def test_an_adapters_weights_are_its_own(folder: ModelFolder) -> None:
    (folder.path / "adapter_config.json").write_text("{}")
    _weights(folder.path / "adapter_model.safetensors", 2)
    assert folder.parameters() == 2
