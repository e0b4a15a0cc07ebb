"""Experts of one dialect each, and a router over them, trained as the package trains them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from credence.inference.training.job import Job
from credence.inference.training.losses.choice import disagreeing
from credence.inference.training.losses.fused import LabelLossOf
from credence.inference.training.seeds import derived_seed
from credence.inference.training.settings import TrainSettings
from credence.inference.training.stages import Examples, expert_logits, label, sft
from credence.inference.training.trainer import train
from scripts.toys.dialects import LABELS, Cause, Language
from scripts.toys.models import TinyModel, TinyRouter
from scripts.toys.sampled import Sampled

BATCH = 64
HELD_OUT = 500  # sequences
ROUTER = 12  # width, about a third of an expert's: too small to learn the language as well as they


@dataclass(frozen=True, slots=True)
class Measured:
    """Held-out sequences as router and experts read them."""

    weights: Tensor  # (B, T, n)
    complement: Tensor  # (B, T, V)
    experts: Tensor  # (n, B, T, V)
    labels: Tensor  # (B, T)
    cause: Cause


def settings(seed: int, steps: int, rate: float = 0.01) -> TrainSettings:
    """Those of every toy stage."""
    return TrainSettings(
        steps=steps, learning_rate=rate, seed=seed, warmup=20, device="cpu", log_every=50
    )


def _heard(language: Language) -> Sampled[Examples]:
    return Sampled(lambda dice: language.sample(BATCH, dice)[0])


def train_experts(language: Language, seed: int, *, steps: int = 180) -> list[TinyModel]:
    """One expert a dialect, who has heard that dialect alone, and no rare word."""
    experts = []
    for dialect in (0, 1):
        torch.manual_seed(derived_seed(seed, "expert", dialect))
        expert = TinyModel(LABELS)
        own = replace(language, dialects=(dialect,), rare=False)
        job = Job(
            name=f"expert {dialect}",
            modules={"expert": expert},
            data=_heard(own),
            step=label(expert),
        )
        train(job, settings(derived_seed(seed, dialect), steps), show=False)
        experts.append(expert.eval().requires_grad_(False))
    return experts


def train_router(
    language: Language,
    experts: Sequence[TinyModel],
    seed: int,
    *,
    of: LabelLossOf = "fused",
    steps: int = 300,
    width: int = ROUTER,
) -> TinyRouter:
    """A router after supervised fine-tuning."""
    torch.manual_seed(derived_seed(seed, "router"))
    router = TinyRouter(LABELS, len(experts), width)
    job = Job(
        name="sft",
        modules={"router": router},
        frozen=experts,
        data=_heard(language),
        step=sft(router, experts, of=of),
    )
    train(job, settings(derived_seed(seed, "sft"), steps), show=False)
    return router.eval()


@torch.no_grad()
def measure(language: Language, router: TinyRouter, experts: Sequence[TinyModel]) -> Measured:
    """What they say of sequences that no training draws."""
    examples, cause = language.sample(HELD_OUT, derived_seed(0, "held out"))
    said = router(examples.inputs)
    logits = expert_logits(experts, examples.inputs)
    return Measured(said.weights, said.complement, logits, examples.labels, cause)


def right_routes(measured: Measured) -> Tensor:
    """Whether (K,) the expert of the dialect in force was chosen.

    At positions where experts disagree and the label is the dialect's successor: after a name any
    word may come, and a name or a rare word is neither expert's, so no choice is right there.
    """
    where = disagreeing(measured.experts) & measured.cause.by_rule
    return measured.weights.argmax(-1)[where] == measured.cause.dialect[where]
