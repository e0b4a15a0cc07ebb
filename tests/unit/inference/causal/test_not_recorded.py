"""Passes that are not recorded, because they decide by values or cannot be, and are run instead."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from transformers import JetMoeConfig, JetMoeForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

from credence.inference.causal.model import CausalModel
from credence.inference.causal.recordable import NotRecordable
from credence.inference.causal.recorded import Recorded, Replay
from credence.inference.causal.trial import check_reading
from credence.inference.routing.step import Step
from tests.unit.inference.causal.models import tiny
from tests.unit.inference.causal.tape import By, Tapes
from tests.unit.inference.causal.test_reading import agree_from_the_start


def test_a_model_that_waits_for_values_is_run_each_time(caplog: pytest.LogCaptureFixture) -> None:
    torch.manual_seed(0)
    config = Qwen3MoeConfig(
        vocab_size=61, hidden_size=32, intermediate_size=48, moe_intermediate_size=16,
        num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, num_experts=4,
        num_experts_per_tok=2, max_position_embeddings=96, pad_token_id=0,
    )  # fmt: skip
    module = Qwen3MoeForCausalLM(config)
    module.set_experts_implementation("eager")  # a loop over the experts that were chosen
    tapes = Tapes()
    model = CausalModel(module, recorder=tapes)

    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            agree_from_the_start(model, module)

    assert tapes.recorded == 0
    (line,) = caplog.messages
    assert re.fullmatch(r"qwen3_moe is not recorded: aten\.\S+ depends on values .*", line)


def test_a_model_that_reads_values_in_python_is_run_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    torch.manual_seed(0)
    config = JetMoeConfig(
        vocab_size=61, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_key_value_heads=2, kv_channels=8, num_local_experts=4, num_experts_per_tok=2,
        max_position_embeddings=96, pad_token_id=0,
    )  # fmt: skip
    module, tapes = JetMoeForCausalLM(config), Tapes()
    model = CausalModel(module, recorder=tapes)

    with caplog.at_level(logging.WARNING):
        check_reading(module, model, "jetmoe")  # its rows are shared out by `tolist`

    assert tapes.recorded == 0
    assert model.recorder is None
    (line,) = caplog.messages
    assert line == "jetmoe is not recorded: tolist reads values that later passes change"


@pytest.mark.parametrize(
    "reads",
    [
        lambda ids: ids * 2 if ids[0, 0] > 3 else ids * 3,
        lambda ids: ids * 2 if (ids > 5).any() else ids,
        lambda ids: ids[ids > 1],
        lambda ids: ids[(ids > 1).to(torch.uint8)],
        lambda ids: torch.tensor([ids[0, 0], ids[1, 0]]),
        lambda ids: torch.as_tensor([ids[0, 0]]),
        lambda ids: torch.tensor(data=[[ids[0, 0]]]),
        lambda ids: torch.tensor(ids.tolist()),
        lambda ids: torch.from_numpy(ids.numpy()),
        lambda ids: ids * int(ids[0, 0]),
    ],
    ids=["if", "any", "mask", "old mask", "tensor", "as_tensor", "data", "tolist", "numpy", "int"],
)
@torch.inference_mode()
def test_what_python_reads_of_values_is_not_recorded(reads: Callable[[Tensor], Tensor]) -> None:
    recorded = Recorded(2, torch.device("cpu"))
    recorded.feed([1, 2], [3, 4])

    def run(inputs: Tensor) -> Step:
        made = reads(inputs)
        return Step(made, made)

    with warnings.catch_warnings(), pytest.raises(NotRecordable):
        warnings.simplefilter("ignore")  # of masks as torch had them once
        recorded.record(run, Tapes())


@pytest.mark.parametrize(
    "copies",
    [
        lambda ids: ids + torch.tensor([3, 4], device=ids.device),
        lambda ids: ids + torch.as_tensor(data=[3, 4], device=ids.device),
        lambda ids: ids + torch.arange(2).to(ids.device),
        lambda ids: ids.clone().copy_(torch.ones(2, 2, dtype=torch.long)),
        lambda ids: ids[torch.tensor([1, 0])],
    ],
    ids=["tensor", "as_tensor", "to", "copy_", "index"],
)
@torch.inference_mode()
def test_what_is_copied_from_the_host_is_not_captured(copies: Callable[[Tensor], Tensor]) -> None:
    def run(inputs: Tensor) -> Step:
        made = copies(inputs)
        return Step(made, made)

    elsewhere = Recorded(2, torch.device("meta"))
    with pytest.raises(NotRecordable, match="copies"):
        elsewhere.record(run, Tapes())
    here = Recorded(2, torch.device("cpu"))
    here.record(run, Tapes())  # there is nothing to copy


@torch.inference_mode()
def test_a_lone_number_of_the_host_that_a_kernel_is_given_is_captured() -> None:
    def run(inputs: Tensor) -> Step:
        made = inputs * torch.tensor(3)
        return Step(made, made)

    recorded = Recorded(2, torch.device("meta"))
    recorded.record(run, By(lambda run: run))
    assert recorded.again().logits.shape == (2, 2)


@torch.inference_mode()
def test_a_tensor_that_is_taken_whole_is_recorded() -> None:
    recorded = Recorded(2, torch.device("cpu"))

    def run(inputs: Tensor) -> Step:
        made = torch.as_tensor(inputs) * 2
        return Step(made, torch.asarray(made) + 1)

    recorded.feed([1, 2], [3, 4])
    recorded.record(run, Tapes())
    recorded.feed([5, 6], [7, 8])
    step = recorded.again()

    assert step.logits.tolist() == [[10, 12], [14, 16]]
    assert step.hidden.tolist() == [[11, 13], [15, 17]]


def test_a_recording_that_fails_costs_no_step(caplog: pytest.LogCaptureFixture) -> None:
    tried = []

    def full(run: Callable[[], Step]) -> Replay:
        run()
        tried.append(1)
        raise torch.OutOfMemoryError("CUDA out of memory")

    module = tiny()
    model = CausalModel(module, recorder=By(full))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            agree_from_the_start(model, module)
    assert len(tried) == 1
    assert caplog.messages == ["llama is not recorded: CUDA out of memory"]
