from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from credence.inference.causal.model import CausalModel
from credence.inference.causal.trial import check_reading
from credence.inference.errors import UnsupportedModel
from tests.unit.inference.causal.models import FAMILIES, tiny

DTYPES = [torch.float32, torch.bfloat16, torch.float16]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("family", FAMILIES)
def test_known_architectures_pass(family: str, dtype: torch.dtype) -> None:
    module = tiny(family, hidden_size=128, num_hidden_layers=6).to(dtype)  # type: ignore[arg-type]
    check_reading(module, CausalModel(module), family)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_that_ignores_its_positions_fails(family: str, dtype: torch.dtype) -> None:
    module: Any = tiny(family).to(dtype)  # type: ignore[arg-type]
    inner = module.transformer if family == "gpt2" else module.model

    def counts_for_itself(_: object, args: Any, given: dict[str, Any]) -> Any:
        tokens: Tensor = given["input_ids"] if "input_ids" in given else args[0]
        given["position_ids"] = torch.arange(tokens.shape[1]).expand(tokens.shape)
        return args, given

    inner.register_forward_pre_hook(counts_for_itself, with_kwargs=True)

    with pytest.raises(UnsupportedModel, match=rf"broken \({family}\) gives other logits"):
        check_reading(module, CausalModel(module), "broken")


class _Noisy(nn.Module):
    """An output layer whose results scatter from pass to pass."""

    def __init__(self, own: nn.Module, by: float) -> None:
        super().__init__()
        self.own, self.by = own, by

    def forward(self, hidden: Tensor) -> Tensor:
        made: Tensor = self.own(hidden)
        return made + self.by * torch.randn_like(made)


def _noisy(by: float) -> PreTrainedModel:
    module: Any = tiny().to(torch.bfloat16)  # type: ignore[arg-type]
    module.lm_head = _Noisy(module.lm_head, by)
    return module  # type: ignore[no-any-return]


def test_what_rounding_comes_to_is_measured_and_bounded() -> None:
    module = _noisy(0.02)  # logits spread by about one; two passes are up to .1 apart
    check_reading(module, CausalModel(module), "rough")
    module = _noisy(0.2)
    with pytest.raises(UnsupportedModel, match=r"where 0\.3 would be rounding"):
        check_reading(module, CausalModel(module), "too rough")
