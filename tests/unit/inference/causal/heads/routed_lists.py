"""A routed and steered system of tiny models, and lists for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import ascii_uppercase

from credence.inference.causal.heads.observing import KnownList
from credence.inference.causal.settings import CausalSettings
from tests.unit.inference.causal.models import VOCABULARY, save_model, tiny

LETTERS = 20
_WORDS = (*ascii_uppercase[:LETTERS], "Answer", ":")
_SEEDS = {"router": 0, "films": 5, "books": 6, "reward": 7}


def untrained(folder: Path, *, reward: bool = True) -> CausalSettings:
    """Saved below the folder: a router, two experts, a reward model."""
    for name, seed in _SEEDS.items():
        save_model(tiny(seed=seed, max_position_embeddings=512), folder / name, _WORDS)
    return CausalSettings(
        router=str(folder / "router"),
        experts=(str(folder / "films"), str(folder / "books")),
        reward=str(folder / "reward") if reward else None,
        dtype="fp32",
        device="cpu",
        longest=64,
        untrained=True,
    )


def a_list(person: int, size: int) -> KnownList:
    """Of somebody, of so many candidates."""
    names = [f"w{5 + (person * 3 + at) % (VOCABULARY - 40)}" for at in range(size)]
    return KnownList(
        person=f"w{person % 30} w1 w2",
        candidates=tuple(sorted(names)),
        chosen=names[person % size],
        named=named,
    )


def named(pairs: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"{letter} {word}" for letter, word in pairs)
