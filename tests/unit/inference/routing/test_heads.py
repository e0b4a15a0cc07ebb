from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from credence.inference.errors import DamagedModelFile, ModelMissing
from credence.inference.routing.blend import FixedAlpha, FullLogitRouter, TopKRouter
from credence.inference.routing.heads import Alpha, load_alpha, load_head, save_alpha, save_head
from tests.unit.inference.routing.oracles import a_head


def test_a_head_comes_back_as_it_was(tmp_path: Path) -> None:
    head = a_head(3)
    save_head(head, tmp_path / "head.safetensors")

    loaded = load_head(tmp_path / "head.safetensors")

    hidden = torch.randn(5, 6)
    assert torch.equal(loaded(hidden), head(hidden))


@pytest.mark.parametrize(
    "alpha",
    [FullLogitRouter(9, 16), TopKRouter(4, 8), FixedAlpha(0.3)],
    ids=["full", "topk", "fixed"],
)
def test_an_alpha_router_comes_back_as_it_was(alpha: Alpha, tmp_path: Path) -> None:
    save_alpha(alpha, tmp_path / "alpha.safetensors")

    loaded = load_alpha(tmp_path / "alpha.safetensors")

    base, reward = torch.randn(5, 9), torch.randn(5, 9)
    assert type(loaded) is type(alpha)
    assert torch.equal(loaded(base, reward), alpha(base, reward))


def test_a_wrong_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "part.safetensors"
    with pytest.raises(ModelMissing, match="does not exist"):
        load_head(path)
    save_alpha(FixedAlpha(0.5), path)
    with pytest.raises(DamagedModelFile, match=r"alpha-fixed/1, not a weights head"):
        load_head(path)
    save_head(a_head(2), path)
    with pytest.raises(DamagedModelFile, match=r"weights-head/1, not an alpha router"):
        load_alpha(path)
    header = {"credence": "weights-head/1"}
    for harmed in ({"linear.weight": torch.zeros(4), "linear.bias": torch.zeros(4)}, {}):
        save_file(harmed, path, metadata=header)
        with pytest.raises(DamagedModelFile, match="damaged weights head"):
            load_head(path)
    save_head(a_head(2), path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DamagedModelFile, match="cannot be read"):
        load_head(path)
