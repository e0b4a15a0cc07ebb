from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from credence.inference.causal.model import CausalModel
from credence.inference.causal.trial import check_reading
from credence.inference.errors import UnsupportedModel
from tests.unit.inference.causal.models import FAMILIES, tiny


@pytest.mark.parametrize("family", FAMILIES)
def test_known_architectures_pass(family: str) -> None:
    module = tiny(family)
    check_reading(module, CausalModel(module), family)


def test_a_model_that_ignores_its_positions_fails() -> None:
    module = tiny("gpt2")
    inner: Any = module.transformer

    def counts_for_itself(_: object, args: Any, given: dict[str, Any]) -> Any:
        tokens: Tensor = given["input_ids"] if "input_ids" in given else args[0]
        given["position_ids"] = torch.arange(tokens.shape[1]).expand(tokens.shape)
        return args, given

    inner.register_forward_pre_hook(counts_for_itself, with_kwargs=True)

    with pytest.raises(UnsupportedModel, match=r"broken \(gpt2\) gives other logits"):
        check_reading(module, CausalModel(module), "broken")
