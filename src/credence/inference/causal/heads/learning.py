"""Weights head and alpha router learnt on what frozen models said, nothing else being trained.

FusionRoute's routing loss moves the head alone here (arXiv 2601.05106): the router stays the
language model that it is. TARo's router of alpha is trained as ever (arXiv 2603.18411).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.heads.opinions import (
    GRID,
    base_logits,
    routes,
    seen_on,
    steered_logits,
)
from credence.inference.routing.blend import FixedAlpha, TopKRouter, blend
from credence.inference.routing.fusion import WeightsHead
from credence.inference.training.checkpoint import digest
from credence.inference.training.job import Fact, Job, Step, adamw
from credence.inference.training.losses.choice import routing_loss, soft_routing_loss
from credence.inference.training.losses.labels import label_loss
from credence.inference.training.settings import TrainSettings
from credence.inference.training.sources import Shuffled
from credence.inference.training.trainer import train

_BATCH = 256  # rows: one order of one question each
_LOSSES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "hard": routing_loss,
    "soft": soft_routing_loss,
}
_DECAYS = (0.01, 1.0, 30.0)  # of the head's weights
_ALPHA_DECAY = 0.01
_LEAST_SPREAD = 1e-6  # of a number in the hidden states, below which it says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast a head is trained; the seed decides order and beginnings."""

    steps: int = 400
    head_rate: float = 1e-2
    alpha_rate: float = 3e-3
    seed: int = 0

    def settings(self, rate: float) -> TrainSettings:
        return TrainSettings(
            steps=self.steps,
            learning_rate=rate,
            seed=self.seed,
            warmup=max(1, self.steps // 10),
            log_every=20,
            device="cpu",  # where all that was said lies; there is little of it
        )


class Rows(NamedTuple):
    """One order of one question a row."""

    hidden: Tensor  # (B, D)
    experts: Tensor  # (B, n, L)
    base: Tensor  # (B, L)
    reward: Tensor  # (B, L), of a model that steers; of none the base's
    seen: Tensor  # (B, 4 k), or (B, 0)
    labels: Tensor  # (B,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntHead:
    """The head that chose best on questions that none of the tried ones learnt from."""

    head: WeightsHead
    how: str  # which of them it is
    losses: dict[str, float]  # of each that was tried, on those questions; -log p, in nats


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntAlpha:
    """The same of what steers: a learnt router, or one alpha for all if that did better."""

    alpha: TopKRouter | FixedAlpha
    how: str
    losses: dict[str, float]


def learn_head(
    learn: Observed,
    choose: Observed,
    names: Sequence[str],
    *,
    plan: Plan,
    folder: Path | None = None,
) -> LearntHead:
    """The weights head over these experts.

    Heads learnt by the hard and the soft routing loss under several decays, and one for each expert
    that always chooses it, are held against each other on `choose`. Raises TrainingError.
    """
    tried: dict[str, WeightsHead] = {}
    for at, name in enumerate(names):
        tried[f"always {name}"] = _always(at, learn)
    if len(names) > 1:
        for kind, decay in ((kind, decay) for kind in _LOSSES for decay in _DECAYS):
            name = f"{kind} routing loss, decay {decay:g}"
            tried[name] = _trained_head(learn, kind, decay, plan, _inside(folder, name))
    losses = {
        name: choose.loss(base_logits(choose, routes(choose, head))) for name, head in tried.items()
    }
    best = min(losses, key=lambda name: (losses[name], name))
    return LearntHead(head=tried[best], how=best, losses=losses)


def learn_alpha(
    learn: Observed,
    choose: Observed,
    head: WeightsHead | None,
    alpha: TopKRouter,
    *,
    plan: Plan,
    folder: Path | None = None,
) -> LearntAlpha:
    """Trains `alpha` on top of what the head routes, and holds it against fixed ones on `choose`.

    Raises TrainingError.
    """
    torch.manual_seed(plan.seed)
    for layer in alpha.net:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    rows = _rows(learn, head)

    def step(batch: Rows) -> dict[str, Tensor]:
        share = alpha.of(batch.seen)
        loss = label_loss(blend(batch.base, batch.reward, share), batch.labels)
        return {"loss": loss, "alpha": share.detach().mean()}

    settings = plan.settings(plan.alpha_rate)
    _run("alpha", alpha, rows, step, decay=_ALPHA_DECAY, settings=settings, folder=folder)
    tried: dict[str, TopKRouter | FixedAlpha] = {"learnt": alpha.eval()}
    tried |= {f"{one:g} for all": FixedAlpha(one) for one in GRID}
    route = None if head is None else routes(choose, head)
    with torch.no_grad():
        losses = {
            name: choose.loss(steered_logits(choose, route, one)) for name, one in tried.items()
        }
    best = min(losses, key=lambda name: (losses[name], name))
    return LearntAlpha(alpha=tried[best], how=best, losses=losses)


def _always(expert: int, learn: Observed) -> WeightsHead:
    head = WeightsHead(learn.hidden.shape[-1], learn.experts.shape[1])
    with torch.no_grad():
        head.linear.weight.zero_()
        head.linear.bias.zero_()
        head.linear.bias[expert] = 1.0
    return head


def _trained_head(
    learn: Observed,
    kind: str,
    decay: float,
    plan: Plan,
    folder: Path | None,
) -> WeightsHead:
    """Learnt on hidden states of mean 0 and spread 1, then put in terms of those that there are."""
    rows = _rows(learn, None)
    mean, spread = rows.hidden.mean(0), rows.hidden.std(0, correction=0)
    spread = spread.where(spread > _LEAST_SPREAD, torch.inf)
    head = WeightsHead(len(mean), learn.experts.shape[1])
    nn.init.zeros_(head.linear.weight)
    nn.init.zeros_(head.linear.bias)
    loss = _LOSSES[kind]

    def step(batch: Rows) -> dict[str, Tensor]:
        experts = batch.experts.movedim(1, 0)
        return {"loss": loss(head((batch.hidden - mean) / spread), experts, batch.labels)}

    settings = plan.settings(plan.head_rate)
    _run(f"head, {kind}", head, rows, step, decay=decay, settings=settings, folder=folder)
    with torch.no_grad():
        head.linear.weight.div_(spread)
        head.linear.bias.sub_(head.linear.weight @ mean)
    return head.eval().requires_grad_(False)


def _rows(said: Observed, head: WeightsHead | None) -> Rows:
    route = None if head is None else routes(said, head)
    base = base_logits(said, route)
    steers = said.reward.shape[1] > 0
    seen = seen_on(said, route) if steers else said.hidden[..., :0]
    each = (
        said.hidden,
        said.experts.movedim(1, 2),
        base,
        said.reward[:, 0] if steers else base,
        seen,
        said.labels,
    )
    return Rows(*(one.flatten(0, 1) for one in each))


def _run(
    name: str,
    module: nn.Module,
    rows: Rows,
    step: Step[Rows],
    *,
    decay: float,
    settings: TrainSettings,
    folder: Path | None,
) -> None:
    data = Shuffled(
        len(rows.labels),
        min(_BATCH, len(rows.labels)),
        lambda some: Rows(*(one[some] for one in rows)),
    )
    facts: dict[str, Fact] = {
        "rows": digest(rows._asdict()),
        "decay": decay,
        "beginnings": digest(module.state_dict()),
    }
    job = Job(
        name=name,
        modules={"head": module},
        data=data,
        step=step,
        optimiser=partial(adamw, decay=decay),
        facts=facts,
    )
    train(job, settings, folder, show=False)


def _inside(folder: Path | None, name: str) -> Path | None:
    return None if folder is None else folder / name.replace(" ", "-").replace(",", "")
