"""Tiny language models of the process for the toy domain, made on the spot."""

from __future__ import annotations

from pathlib import Path
from string import ascii_uppercase
from typing import Any

from credence.app.settings import Settings
from credence.inference.routing.heads import save_alpha, save_head
from tests.unit.inference.causal.models import a_head, a_tokenizer, an_alpha, tiny

_SIZE = 200  # tokens
_WORDS = (
    *("Answer", ":", "label", "title", "Item", "profile", "instruction", "recent", "something"),
    *("with", "heists", "romance", "horror", "heist", "twist", "eerie", "tender", "They", "like"),
    *(str(number) for number in range(45)),
)


def save(folder: Path, seed: int, *, longest: int = 4096) -> str:
    """A model with its tokenizer; the same seed makes the same bytes."""
    tiny(seed=seed, vocab_size=_SIZE, max_position_embeddings=longest).save_pretrained(folder)
    a_tokenizer([*ascii_uppercase, *_WORDS], _SIZE).save_pretrained(folder)
    return str(folder)


def routed(folder: Path) -> dict[str, Any]:
    """Settings of a router with two experts and a reward model that are saved here."""
    save_head(a_head(2), folder / "head.safetensors")
    save_alpha(an_alpha(), folder / "alpha.safetensors")
    return {
        "causal_router": save(folder / "router", 0),
        "causal_experts": (save(folder / "films", 5), save(folder / "books", 6)),
        "causal_head": folder / "head.safetensors",
        "causal_reward": save(folder / "reward", 7),
        "causal_alpha": folder / "alpha.safetensors",
    }


def settings(**given: Any) -> Settings:
    """Where the models may lift an item to any place, but for what is given."""
    alike = {"causal_dtype": "fp32", "causal_device": "cpu", "causal_orders": 2}
    told: dict[str, Any] = alike | {"causal_rise": None} | given
    return Settings(_env_file=None, lease_seconds=3, **told)  # type: ignore[call-arg]
