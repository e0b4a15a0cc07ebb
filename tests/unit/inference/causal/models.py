"""Tiny causal language models, adapters and tokenizers, made on the spot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from credence.inference.routing.blend import TopKRouter
from credence.inference.routing.fusion import WeightsHead

VOCABULARY, WIDTH = 61, 32
_SHAPE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 96,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
FAMILIES = ["llama", "gpt2", "qwen3", "gemma2", "mistral"]


def tiny(family: str = "llama", seed: int = 0, **changed: Any) -> PreTrainedModel:
    """A model with weights large enough to make it change its mind from token to token."""
    torch.manual_seed(seed)
    shape = _SHAPE | changed
    match family:
        case "llama":
            module: PreTrainedModel = LlamaForCausalLM(LlamaConfig(**shape))
        case "qwen3":
            module = Qwen3ForCausalLM(Qwen3Config(**shape))
        case "gemma2":  # every other layer sees 5 tokens back
            module = Gemma2ForCausalLM(Gemma2Config(**shape | {"sliding_window": 5}))
        case "mistral":  # every layer does
            module = MistralForCausalLM(MistralConfig(**shape | {"sliding_window": 5}))
        case _:
            module = GPT2LMHeadModel(_gpt2(shape))
    with torch.no_grad():
        for weights in module.parameters():
            if weights.ndim > 1:
                weights.normal_(std=0.2)
    module.train(False)
    return module


def _gpt2(shape: dict[str, Any]) -> GPT2Config:
    return GPT2Config(
        vocab_size=shape["vocab_size"],
        n_embd=shape["hidden_size"],
        n_layer=shape["num_hidden_layers"],
        n_head=shape["num_attention_heads"],
        n_positions=shape["max_position_embeddings"],
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )


def a_head(experts: int, seed: int = 0, *, never: int | None = None) -> WeightsHead:
    """A head that changes its favourite with the hidden state; `never` is nobody's favourite."""
    torch.manual_seed(seed)
    head = WeightsHead(WIDTH, experts)
    with torch.no_grad():
        head.linear.weight.normal_()
        head.linear.bias.zero_()
        if never is not None:
            head.linear.bias[never] = -1e4
    return head


def an_alpha(seed: int = 4) -> TopKRouter:
    """An alpha router with random weights, that reads the four best logits of each model."""
    torch.manual_seed(seed)
    return TopKRouter(4).requires_grad_(False)


def save_adapter(base: PreTrainedModel, folder: Path, seed: int) -> None:
    """Write a LoRA adapter on `base` that does something; `base` is spoilt for other use."""
    targets = ["c_attn"] if base.config.model_type == "gpt2" else ["q_proj", "v_proj", "up_proj"]
    torch.manual_seed(seed)
    wrapped = get_peft_model(
        base,
        LoraConfig(
            r=4,
            target_modules=targets,
            task_type="CAUSAL_LM",
            fan_in_fan_out=base.config.model_type == "gpt2",
        ),
    )
    with torch.no_grad():
        for name, weights in wrapped.named_parameters():
            if "lora_" in name:
                weights.normal_(std=0.5)
    wrapped.save_pretrained(str(folder))


def a_tokenizer(words: Sequence[str] = (), size: int = VOCABULARY) -> PreTrainedTokenizerFast:
    """A word is a token; unknown words are <unk>."""
    known = ["<pad>", "<s>", "</s>", "<unk>", *words]
    known += [f"w{at}" for at in range(size - len(known))]
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(known)}, "<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
    )


def save_model(module: PreTrainedModel, folder: Path, words: Sequence[str] = ()) -> Path:
    """Write a full model with its tokenizer."""
    module.save_pretrained(folder)
    a_tokenizer(words).save_pretrained(folder)
    return folder


def change_json(path: Path, **changed: Any) -> None:
    """Change some of what a JSON file says."""
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
