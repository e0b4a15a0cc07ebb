"""Language models with random weights, and the plain loop that runs all of them."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from transformers import DynamicCache, PreTrainedModel, Qwen3Config, Qwen3ForCausalLM

from credence.inference.causal.packing import is_worth_packing, pack
from credence.inference.routing.fusion import WeightsHead, fuse_all

EXPERTS = 4


@dataclass(frozen=True)
class Size:
    """A model's shape and how much is asked of it."""

    hidden: int
    layers: int
    vocabulary: int
    person: int = 512  # tokens of the part that all lists of one person share
    tokens: int = 64  # decoded


SIZES = {
    "micro": Size(hidden=64, layers=2, vocabulary=1_024, person=128),
    "deep": Size(hidden=64, layers=12, vocabulary=4_096, person=128),
    "tiny": Size(hidden=256, layers=4, vocabulary=4_096, person=256),
    "small": Size(hidden=768, layers=12, vocabulary=32_768),
    "0.6b": Size(hidden=1024, layers=28, vocabulary=151_936, tokens=128),  # as Qwen3-0.6B
}


@dataclass(frozen=True)
class Models:
    """A router with its head, and the experts."""

    router: PreTrainedModel
    head: WeightsHead
    experts: list[PreTrainedModel]

    @property
    def device(self) -> torch.device:
        return self.router.device


def made(size: Size, device: str, *, seed: int = 0) -> Models:
    """Random models of this size: 2 bytes a number on an accelerator, 4 on a CPU."""
    torch.manual_seed(seed)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    with torch.device(device):
        modules = [_model(size, dtype) for _ in range(1 + EXPERTS)]
        head = WeightsHead(size.hidden, EXPERTS)
        torch.nn.init.normal_(head.linear.weight)
    return Models(modules[0], head, modules[1:])


def as_served(models: Models) -> Models:
    """The same as they are when they are loaded, in memory of their own: packed where that is
    worth it. The plain loop runs them as the library has them."""
    router, *experts = (served(module) for module in (models.router, *models.experts))
    return replace(models, router=router, experts=experts)


def served(module: PreTrainedModel) -> PreTrainedModel:
    """A copy of this model, packed where that is worth it."""
    own = copy.deepcopy(module)
    if is_worth_packing(own):
        pack(own)
    return own


def _model(size: Size, dtype: torch.dtype) -> PreTrainedModel:
    config = Qwen3Config(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=3 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=max(2, size.hidden // 64),
        num_key_value_heads=max(1, size.hidden // 128),
        head_dim=min(128, size.hidden // 2),
        tie_word_embeddings=True,
        dtype=dtype,
    )
    module = Qwen3ForCausalLM(config)
    module.to(dtype)  # type: ignore[arg-type]  # its wrapper hides what it takes
    module.model.rotary_emb.float()  # as it is when a model is loaded: positions need 4 bytes
    module.train(False)
    return module


@torch.inference_mode()
def plain_loop(models: Models, prompts: Sequence[Sequence[int]], tokens: int) -> list[list[int]]:
    """Greedy FusionRoute as one would first write it: every model at every step.

    The prompts are of one length, and so is what is decoded.
    """
    modules = [models.router, *models.experts]
    caches = [DynamicCache(config=module.config) for module in modules]
    new, steps = torch.tensor([*map(list, prompts)], device=models.device), list[list[int]]()
    for _ in range(tokens):
        outputs = [
            module(
                new,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
                output_hidden_states=at == 0,
            )
            for at, (module, cache) in enumerate(zip(modules, caches, strict=True))
        ]
        own, theirs = outputs[0], torch.stack([output.logits[:, -1] for output in outputs[1:]])
        weights = models.head(own.hidden_states[-1][:, -1].float())
        fused = fuse_all(theirs, weights, own.logits[:, -1])
        new = fused.logits.argmax(dim=-1, keepdim=True)
        steps.append(new.squeeze(-1).tolist())
    return [list(text) for text in zip(*steps, strict=True)]


def weight_bytes(*modules: PreTrainedModel) -> int:
    """What a step must read of these models at least."""
    return sum(one.numel() * one.itemsize for module in modules for one in module.parameters())


def bandwidth(device: str) -> float:
    """Bytes a second that a matrix too large for any cache is read at; the best of many."""
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    rows = 2**15 if device != "cpu" else 2**14
    matrix = torch.ones(rows, 2**14, dtype=dtype, device=device)
    vector = torch.ones(2**14, dtype=dtype, device=device)
    best = float("inf")
    for _ in range(8):
        _settle(device)
        start = time.perf_counter()
        matrix @ vector
        _settle(device)
        best = min(best, time.perf_counter() - start)
    return matrix.numel() * matrix.itemsize / best


def _settle(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
