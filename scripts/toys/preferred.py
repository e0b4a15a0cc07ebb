"""World 4: preferences over what the experts leave open, and what learning them does to routing.

After the name of a dialect any word may come. People prefer those of the lower half of the words.
Claim (FusionRoute, arXiv 2601.05106): CDPO alone moves the trunk that the routing head reads, and
routing degrades; mixed with the data of fine-tuning it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from credence.inference.training.job import Job, Step
from credence.inference.training.losses.fused import fused_log_prob
from credence.inference.training.losses.preference import margins
from credence.inference.training.seeds import derived_seed
from credence.inference.training.sources import Source, Together
from credence.inference.training.stages import (
    Examples,
    Pairs,
    cdpo,
    expert_logits,
    mixed,
    sft,
)
from credence.inference.training.trainer import train
from scripts.toys.dialects import NAMES, WORDS, Language
from scripts.toys.experts import BATCH, HELD_OUT, settings
from scripts.toys.models import TinyModel, TinyRouter, seeded_dice
from scripts.toys.sampled import Sampled

BETA = 0.5
_SPOKEN = 6  # words of a response


@dataclass(frozen=True, slots=True)
class Preferred:
    """Held-out pairs under a router, against the router as it was before."""

    won: float  # share of pairs whose margin is above 0
    margin: float  # nats


def sample_pairs(language: Language, count: int, seed: int) -> Pairs:
    """Pairs of answers to a dialect's name: from a preferred first word on, and from another."""
    dice = seeded_dice(seed)
    spoken = torch.tensor(language.dialects)
    dialect = spoken[torch.randint(len(spoken), (count,), generator=dice)]
    half = WORDS // 2
    first = torch.randint(half, (count,), generator=dice)
    other = torch.randint(half, (count,), generator=dice) + half
    return Pairs(_spoken(language, first, dialect), _spoken(language, other, dialect))


def _spoken(language: Language, word: Tensor, dialect: Tensor) -> Examples:
    tokens = [torch.tensor(NAMES)[dialect]]
    for _ in range(_SPOKEN):
        tokens.append(word)
        word = language.successors[dialect, word]
    line = torch.stack(tokens, 1)
    return Examples(line[:, :-1], line[:, 1:])


def align(
    language: Language,
    before: TinyRouter,
    experts: Sequence[TinyModel],
    seed: int,
    *,
    mixing: bool,
    dialects: tuple[int, ...] = (0,),  # of the pairs
    steps: int = 300,
    rate: float = 0.01,
) -> TinyRouter:
    """A copy of a router, aligned by CDPO, with fine-tuning mixed in or without.

    Both ways see the same pairs, of some dialects, in as many steps of the same rate.
    """
    preferring = replace(language, dialects=dialects)
    router = deepcopy(before).requires_grad_(True)
    frozen = deepcopy(before)
    pairs = Sampled(lambda dice: sample_pairs(preferring, BATCH, dice))
    spoken = Sampled(lambda dice: language.sample(BATCH, dice)[0])
    parts: dict[str, Source[Any]] = {"cdpo": pairs}
    steps_of: dict[str, Step[Any]] = {"cdpo": cdpo(router, experts, frozen, beta=BETA)}
    if mixing:
        parts["sft"], steps_of["sft"] = spoken, sft(router, experts)
    job = Job(
        name="mixed" if mixing else "cdpo",
        modules={"router": router},
        frozen=[frozen, *experts],
        data=Together(parts),
        step=mixed(steps_of, dict.fromkeys(steps_of, 1.0)),
    )
    train(job, settings(derived_seed(seed, "align"), steps, rate), show=False)
    return router.eval()


@torch.no_grad()
def preferred(
    language: Language,
    router: TinyRouter,
    before: TinyRouter,
    experts: Sequence[TinyModel],
) -> Preferred:
    """How a router orders held-out pairs."""
    pairs = sample_pairs(language, HELD_OUT, derived_seed(0, "held out pairs"))

    def said(one: Examples, model: TinyRouter) -> Tensor:
        read = model(one.inputs)
        logits = expert_logits(experts, one.inputs)
        return fused_log_prob(read.weights, read.complement, logits, one.labels)

    margin = margins(
        said(pairs.chosen, router),
        said(pairs.rejected, router),
        chosen_before=said(pairs.chosen, before),
        rejected_before=said(pairs.rejected, before),
    )
    return Preferred((margin > 0).float().mean().item(), margin.mean().item())
