from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import PreTrainedModel

from credence.inference.causal.adapters import SharedBase
from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.way import shared_route
from credence.inference.errors import DamagedModelFile, UnsupportedModel
from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from tests.unit.inference.causal.models import a_head, change_json, save_adapter, tiny
from tests.unit.inference.causal.obvious import Obvious
from tests.unit.inference.causal.test_exact import PROMPTS


def _folders(tmp_path: Path, family: str, count: int) -> list[Path]:
    folders = [tmp_path / f"adapter{index}" for index in range(count)]
    for index, folder in enumerate(folders):
        save_adapter(tiny(family), folder, seed=50 + index)
    return folders


def _alone(family: str, folder: Path) -> PreTrainedModel:
    """The adapter on a base of its own."""
    module = tiny(family)
    PeftModel.from_pretrained(module, folder)
    return module


@pytest.mark.parametrize("run", [RoutedPolicy, shared_route], ids=["alone", "shared"])
@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize(
    "how",
    [Sampling(longest=12), Sampling(longest=12, temperature=1.1, top_p=0.9, seed=3)],
    ids=["greedy", "sampled"],
)
def test_adapters_on_one_base_equal_each_on_its_own(
    family: str, how: Sampling, run: Callable[..., Policy[Tokens]], tmp_path: Path
) -> None:
    folders = _folders(tmp_path, family, 3)
    obvious = Obvious(
        tiny(family), a_head(4), [*(_alone(family, one) for one in folders), tiny(family)]
    )
    shared = SharedBase(tiny(family))
    names = [shared.add(folder) for folder in folders]
    experts = [CausalModel(shared.module, shared=shared, adapter=name) for name in [*names, None]]
    policy = run(CausalModel(shared.module, shared=shared), a_head(4), experts)

    texts = decode(policy.open(PROMPTS), how)

    assert len({route for text in texts for route in text.routes}) >= 3
    for key, (prompt, text) in enumerate(zip(PROMPTS, texts, strict=True)):
        expected = obvious.decode(prompt, how, key)
        assert (text.labels, text.routes) == (expected.labels, expected.routes)
        for step in range(len(text.labels)):
            made = policy.open([prompt]).after([0], [text.labels[:step]]).logits[0]
            wanted = obvious.step([*prompt, *text.labels[:step]])[0]
            assert torch.allclose(made.log_softmax(-1), wanted.log_softmax(-1), atol=1e-5)


def test_adapters_differ_from_their_base_and_each_other(tmp_path: Path) -> None:
    folders = _folders(tmp_path, "llama", 2)
    shared = SharedBase(tiny())
    names = [None, *(shared.add(folder) for folder in folders)]
    models = [CausalModel(shared.module, shared=shared, adapter=name) for name in names]

    logits = [model.open([[1, 5]]).after([0], [[]]).logits for model in models]

    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert not torch.allclose(logits[first], logits[second], atol=0.1)


def test_adapters_take_on_the_type_of_their_base(tmp_path: Path) -> None:
    (folder,) = _folders(tmp_path, "llama", 1)
    module = tiny()
    module.to(torch.bfloat16)  # type: ignore[arg-type]
    SharedBase(module).add(folder)
    assert {weights.dtype for weights in module.parameters()} == {torch.bfloat16}


def test_other_adapters_are_refused(tmp_path: Path) -> None:
    whole = get_peft_model(
        tiny(), LoraConfig(target_modules=["q_proj"], modules_to_save=["lm_head"])
    )
    whole.save_pretrained(str(tmp_path / "whole"))
    with pytest.raises(UnsupportedModel, match=r"modules_to_save is \['lm_head'\]"):
        SharedBase(tiny()).add(tmp_path / "whole")
    for bias in ("lora_only", "all"):
        biased = get_peft_model(tiny(), LoraConfig(target_modules=["q_proj"], bias=bias))
        biased.save_pretrained(str(tmp_path / bias))
        with pytest.raises(UnsupportedModel, match=rf"replaces biases .* \(bias is {bias}\)"):
            SharedBase(tiny()).add(tmp_path / bias)
    (folder,) = _folders(tmp_path, "llama", 1)
    change_json(folder / "adapter_config.json", peft_type="IA3")
    with pytest.raises(UnsupportedModel, match="of type IA3; only LORA"):
        SharedBase(tiny()).add(folder)


def test_an_adapter_of_another_base_is_refused(tmp_path: Path) -> None:
    (folder,) = _folders(tmp_path, "llama", 1)
    with pytest.raises(DamagedModelFile, match="does not fit its base model"):
        SharedBase(tiny(hidden_size=64)).add(folder)
