"""The stages of training a routed model, each a step for a `Job`.

A router gives a `Routing` for inputs, an expert, base or reward model gives logits; what inputs
are is between them and the data. Whatever a stage only reads belongs in the job's `frozen`.

    job = Job(name="sft", modules={"router": router}, frozen=experts, data=data,
              step=sft(router, experts))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from credence.inference.routing.blend import AlphaRouter
from credence.inference.training.job import Step
from credence.inference.training.losses.adaptive import adaptive_losses
from credence.inference.training.losses.fused import (
    LabelLossOf,
    RoutingLoss,
    fused_log_prob,
    router_losses,
)
from credence.inference.training.losses.labels import label_loss, sequence_log_prob
from credence.inference.training.losses.preference import margins, preference_loss


class Examples(NamedTuple):
    """A batch to learn from."""

    inputs: Any
    labels: Tensor  # (...), those that the logits for `inputs` should predict
    mask: Tensor | None = None  # (...), which of them count


class Labelled(Protocol):
    """What a stage reads of a batch: `Examples`, or a batch that says more besides."""

    @property
    def inputs(self) -> Any: ...

    @property
    def labels(self) -> Tensor: ...

    @property
    def mask(self) -> Tensor | None: ...


class Pairs(NamedTuple):
    """Pairs that share their prompt, row by row; masks leave the prompt out, or let it cancel."""

    chosen: Examples
    rejected: Examples


class Routing(NamedTuple):
    """What a router says of inputs."""

    weights: Tensor  # (..., n)
    complement: Tensor  # (..., V)


class RouterModel(Protocol):
    """Inputs to weights and complement."""

    def __call__(self, inputs: Any, /) -> Routing: ...


class LogitModel(Protocol):
    """Inputs to logits (..., V)."""

    def __call__(self, inputs: Any, /) -> Tensor: ...


def label(model: LogitModel) -> Step[Labelled]:
    """Next labels: for experts, and for any model alone."""

    def step(batch: Labelled) -> Mapping[str, Tensor]:
        return {"loss": label_loss(model(batch.inputs), batch.labels, batch.mask)}

    return step


def sft(
    router: RouterModel,
    experts: Sequence[LogitModel],
    *,
    of: LabelLossOf = "fused",
    routing: RoutingLoss = "hard",
    routing_share: float = 1.0,
) -> Step[Examples]:
    """FusionRoute's first stage: language-model loss and routing loss."""

    def step(batch: Examples) -> Mapping[str, Tensor]:
        said = router(batch.inputs)
        return router_losses(
            said.weights,
            said.complement,
            expert_logits(experts, batch.inputs),
            batch.labels,
            batch.mask,
            of=of,
            routing=routing,
            routing_share=routing_share,
        )

    return step


def cdpo(
    router: RouterModel, experts: Sequence[LogitModel], before: RouterModel, *, beta: float = 0.1
) -> Step[Pairs]:
    """FusionRoute's second stage: DPO of the fused policy, experts fixed.

    `before` is a frozen copy of the router as the stage began. The gradient reaches the router's
    language model alone: the choice of an expert passes none to the head.
    """

    def step(batch: Pairs) -> Mapping[str, Tensor]:
        with torch.no_grad():
            experts_chosen = expert_logits(experts, batch.chosen.inputs)
            experts_rejected = expert_logits(experts, batch.rejected.inputs)
            chosen_before = _fused(before, experts_chosen, batch.chosen)
            rejected_before = _fused(before, experts_rejected, batch.rejected)
        chosen = _fused(router, experts_chosen, batch.chosen)
        rejected = _fused(router, experts_rejected, batch.rejected)
        return _preference(chosen, rejected, beta, chosen_before, rejected_before)

    return step


def reward(model: LogitModel, *, beta: float = 1.0) -> Step[Pairs]:
    """The autoregressive reward model, on step-wise preferences."""

    def step(batch: Pairs) -> Mapping[str, Tensor]:
        chosen, rejected = (
            sequence_log_prob(model(one.inputs), one.labels, one.mask)
            for one in (batch.chosen, batch.rejected)
        )
        return _preference(chosen, rejected, beta)

    return step


def adaptive(router: AlphaRouter, base: LogitModel, guide: LogitModel) -> Step[Labelled]:
    """TARo: the router of alpha between a frozen base and a frozen reward model, the `guide`."""

    def step(batch: Labelled) -> Mapping[str, Tensor]:
        with torch.no_grad():
            ours, theirs = base(batch.inputs), guide(batch.inputs)
        return adaptive_losses(router, ours, theirs, batch.labels, batch.mask)

    return step


def mixed(
    steps: Mapping[str, Callable[[Any], Mapping[str, Tensor]]], shares: Mapping[str, float]
) -> Step[Mapping[str, Any]]:
    """Several steps on batches of `Together` under the same names; losses add up by their shares.

    FusionRoute's third part: CDPO mixed with fine-tuning, so that routing does not degrade.
    """
    if steps.keys() != shares.keys():
        raise ValueError(f"shares are for {sorted(shares)}, steps are {sorted(steps)}")

    def step(batch: Mapping[str, Any]) -> Mapping[str, Tensor]:
        said: dict[str, Tensor] = {}
        total = torch.zeros(())
        for name, one in steps.items():
            losses = one(batch[name])
            total = total.to(losses["loss"].device) + shares[name] * losses["loss"]
            said |= {f"{name}.{key}": value for key, value in losses.items()}
        return {"loss": total, **said}

    return step


def expert_logits(experts: Sequence[LogitModel], inputs: Any) -> Tensor:
    """Logits (n, ..., V) of all experts, without gradients."""
    with torch.no_grad():
        return torch.stack([expert(inputs) for expert in experts])


def _fused(router: RouterModel, experts: Tensor, batch: Examples) -> Tensor:
    said = router(batch.inputs)
    return fused_log_prob(said.weights, said.complement, experts, batch.labels, batch.mask)


def _preference(
    chosen: Tensor,
    rejected: Tensor,
    beta: float,
    chosen_before: Tensor | None = None,
    rejected_before: Tensor | None = None,
) -> dict[str, Tensor]:
    before = {"chosen_before": chosen_before, "rejected_before": rejected_before}
    margin = margins(chosen, rejected, **before).detach()
    return {
        "loss": preference_loss(chosen, rejected, beta=beta, **before),
        "margin": margin.mean(),
        "won": (margin > 0).float().mean(),
    }
