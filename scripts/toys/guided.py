"""World 3: a reward model that helps at some steps and harms at others.

Claim (TARo, arXiv 2603.18411): an alpha learnt a step beats every fixed alpha.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from credence.inference.routing.blend import AlphaRouter, FixedAlpha, FullLogitRouter, TopKRouter
from credence.inference.training.job import Job
from credence.inference.training.losses.adaptive import adaptive_log_prob, adaptive_logits
from credence.inference.training.losses.labels import label_loss
from credence.inference.training.seeds import derived_seed
from credence.inference.training.stages import Examples, Pairs, adaptive, label, reward
from credence.inference.training.trainer import train
from scripts.toys.experts import BATCH, HELD_OUT, settings
from scripts.toys.models import TinyModel
from scripts.toys.sampled import Sampled
from scripts.toys.tastes import LABELS, sample, sample_pairs

GRID = tuple(tenth / 10 for tenth in range(11))
FAITH = 0.95  # of what the person says, the share that the person likes
_PREFERRED = 1_000  # sequences that the router learns from, as few as in the paper


@dataclass(frozen=True, slots=True)
class Guided:
    """Base and reward model, trained, and held-out sequences of the person."""

    base: TinyModel
    guide: TinyModel
    examples: Examples
    is_taste: Tensor  # (B, T)
    pairs_won: float  # share of held-out pairs that the reward model orders rightly


def world(seed: int) -> Guided:
    """Train base and reward model, from samples of their own kinds."""
    torch.manual_seed(derived_seed(seed, "guided"))
    base, guide = TinyModel(LABELS), TinyModel(LABELS)
    speak: Job[Examples] = Job(
        name="base",
        modules={"base": base},
        data=Sampled(lambda dice: sample(BATCH, dice, faith=0.5).examples),
        step=label(base),
    )
    judge: Job[Pairs] = Job(
        name="reward",
        modules={"guide": guide},
        data=Sampled(lambda dice: sample_pairs(BATCH, dice)),
        step=reward(guide),
    )
    train(speak, settings(seed, 200), show=False)
    train(judge, settings(seed, 100), show=False)
    line = sample(HELD_OUT, derived_seed(0, "held out"), faith=FAITH)
    pairs = sample_pairs(HELD_OUT, derived_seed(0, "held out pairs"))
    with torch.no_grad():
        logits = guide(pairs.chosen.inputs).log_softmax(-1)
        said = [logits.gather(-1, one.labels.unsqueeze(-1)).squeeze(-1) for one in pairs]
        won = (said[0] - said[1]).mul(pairs.chosen.mask).sum(-1) > 0
    return Guided(
        base.eval(), guide.eval(), line.examples, line.is_taste, won.float().mean().item()
    )


def learnt(kind: str, made: Guided, seed: int) -> nn.Module:
    """A router of alpha, "full logits" or "top k", trained on the person's sequences."""
    torch.manual_seed(derived_seed(seed, kind))
    router = FullLogitRouter(LABELS) if kind == "full logits" else TopKRouter(k=4)
    liked = sample(_PREFERRED, derived_seed(seed, "preferred"), faith=FAITH).examples
    dice_of = torch.Generator()

    def draw(dice: int) -> Examples:
        rows = torch.randint(_PREFERRED, (BATCH,), generator=dice_of.manual_seed(dice))
        return Examples(liked.inputs[rows], liked.labels[rows])

    job = Job(
        name=kind,
        modules={"router": router},
        frozen=[made.base, made.guide],
        data=Sampled(draw),
        step=adaptive(router, made.base, made.guide),
    )
    train(job, settings(seed, 150), show=False)
    return router.eval()


@torch.no_grad()
def held_out(router: AlphaRouter, made: Guided) -> Tensor:
    """log p (B,) of each held-out sequence under the steered policy."""
    inputs, labels, _ = made.examples
    return adaptive_log_prob(router, made.base(inputs), made.guide(inputs), labels)


@torch.no_grad()
def loss_where(alpha: float, made: Guided, where: Tensor) -> float:
    """Mean -log p under a fixed alpha at some of the held-out positions (B, T)."""
    inputs, labels, _ = made.examples
    logits, _ = adaptive_logits(FixedAlpha(alpha), made.base(inputs), made.guide(inputs), where)
    return label_loss(logits, labels[where]).item()


@torch.no_grad()
def alphas(router: AlphaRouter, made: Guided) -> tuple[float, float]:
    """Mean alpha at tastes, and elsewhere."""
    inputs, _, _ = made.examples
    _, alpha = adaptive_logits(router, made.base(inputs), made.guide(inputs))
    taste = made.is_taste.flatten()
    return alpha[taste].mean().item(), alpha[~taste].mean().item()
