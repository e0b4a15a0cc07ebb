"""The stages that make the listwise models: experts, router with complement, reward, alpha."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from credence.inference.listwise.lists import Lists
from credence.inference.listwise.network import Network, Shape
from credence.inference.listwise.router import ListRouter, Only, as_strangers, unasked
from credence.inference.listwise.sources import Less, Lots, Part, Told
from credence.inference.routing.blend import TopKRouter
from credence.inference.routing.fusion import fuse_all
from credence.inference.training.job import Fact, Job, adamw
from credence.inference.training.losses.fused import router_losses
from credence.inference.training.losses.preference import preference_loss
from credence.inference.training.settings import TrainSettings
from credence.inference.training.stages import adaptive, expert_logits, label
from credence.inference.training.trainer import train

BATCH = 256
Losses = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast a stage is trained."""

    epochs: int
    learning_rate: float = 2e-3
    decay: float = 0.01  # of matrices
    head_rate: float = 2e-2  # of a router's head, which is small and starts from nothing
    seed: int = 0

    def settings(self, batches: int) -> TrainSettings:
        """For a source of so many batches an epoch."""
        steps = max(1, self.epochs * batches)
        return TrainSettings(
            steps=steps,
            learning_rate=self.learning_rate,
            seed=self.seed,
            warmup=max(1, steps // 10),
            log_every=20,
            checkpoint_every=200,
            device="cpu",  # where lessons lie and experts are asked; and so the seed says all
        )

    def optimiser(self, parameters: Sequence[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        """AdamW that draws matrices towards 0."""
        return adamw(parameters, rate, decay=self.decay)


def train_expert(
    name: str,
    parts: Sequence[Part],
    shape: Shape,
    linear: Tensor,
    *,
    plan: Plan,
    folder: Path | None = None,
) -> Network:
    """A network that orders these lists by itself; its linear part (2, F) stays as it is given."""
    torch.manual_seed(plan.seed)
    network = Network(shape)
    network.linear.data.copy_(linear)
    network.linear.requires_grad_(False)
    model = Only(network)
    lots = Lots(parts, BATCH)
    job = Job(
        name=name,
        modules={"model": model},
        data=lots,
        step=label(model),
        optimiser=plan.optimiser,
        facts=_facts(lots, network),
    )
    train(job, plan.settings(lots.batches), _inside(folder, name))
    return network.eval()


def train_router(
    experts: Sequence[Network],
    parts: Sequence[Part],
    homes: Tensor,
    base: Network,
    *,
    plan: Plan,
    folder: Path | None = None,
    away: float,
    routing_share: float,
) -> ListRouter:
    """Weights and complement by the fused policy, experts frozen; `base` is what it begins as.

    `homes` (H, D) are the centres of the catalogues that experts were trained on. A list is taken
    for one of a strange catalogue in a share of `away`, and always where no expert but the first is
    at home: there the router is to choose the first, the generalist, whoever guessed better.
    """
    torch.manual_seed(plan.seed)
    network = Network(replace(base.shape, homes=len(homes)))
    known = base.state_dict()
    kept = {name: known[name] for name in network.state_dict() if name != "homes"}
    network.load_state_dict(kept, strict=False)
    network.homes.copy_(nn.functional.normalize(homes, dim=-1))
    router = ListRouter(network, len(experts))
    frozen = [Only(expert) for expert in experts]

    def step(batch: Told) -> Losses:
        strange = batch.away.any(-1) | (batch.own == 0)
        opinions = as_strangers(expert_logits(frozen, batch.inputs), strange)
        said = router(batch.inputs, batch.away)
        losses = router_losses(
            said.weights, said.complement, opinions, batch.labels, routing_share=routing_share
        )
        stay = -(torch.log_softmax(said.weights, -1)[:, 0] * strange).mean()
        return losses | {"loss": losses["loss"] + routing_share * stay, "stay": stay}

    head = {id(one) for one in [*router.head.parameters(), *router.network.state.parameters()]}

    def optimiser(parameters: Sequence[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        quick = [one for one in parameters if id(one) in head]
        others = [one for one in parameters if id(one) not in head]
        made = plan.optimiser(others, rate)
        made.add_param_group({"params": quick, "lr": plan.head_rate, "weight_decay": 0.0})
        return made

    lots = Lots(parts, BATCH, less=Less(away=away), homes=len(homes))
    job = Job(
        name="router",
        modules={"router": router},
        frozen=frozen,
        data=lots,
        step=step,
        optimiser=optimiser,
        facts=_facts(lots, router, *experts) | {"routing share": routing_share},
    )
    train(job, plan.settings(lots.batches), _inside(folder, "router"))
    return router.eval()


def train_reward(
    parts: Sequence[Part],
    base: Network,
    *,
    plan: Plan,
    folder: Path | None = None,
) -> Network:
    """A network that puts what people went on to like above what they did not.

    Pairwise loss of two labels of one list, of which the first candidate was liked and the second
    was not (arXiv 2410.08193, one step); it begins as `base`.
    """
    torch.manual_seed(plan.seed)
    network = Network(base.shape)
    network.load_state_dict(base.state_dict())
    model = Only(network)

    def step(batch: Told) -> Losses:
        logs = torch.log_softmax(model(batch.inputs), dim=-1)  # (K, N)
        margin = logs[:, 0] - logs[:, 1]
        return {
            "loss": preference_loss(logs[:, 0], logs[:, 1], beta=1.0),
            "won": (margin.detach() > 0).float().mean(),
        }

    lots = Lots(parts, BATCH, less=Less(silent=1.0))
    job = Job(
        name="reward",
        modules={"model": model},
        data=lots,
        step=step,
        optimiser=plan.optimiser,
        facts=_facts(lots, network),
    )
    train(job, plan.settings(lots.batches), _inside(folder, "reward"))
    return network.eval()


def train_alpha(
    router: ListRouter,
    experts: Sequence[Network],
    reward: Network,
    parts: Sequence[Part],
    *,
    plan: Plan,
    folder: Path | None = None,
) -> TopKRouter:
    """TARo's router between the frozen routed policy and the frozen reward model."""
    torch.manual_seed(plan.seed)
    alpha = TopKRouter()
    frozen = [Only(expert) for expert in experts]
    guide = Only(reward)

    def base(lists: Lists) -> Tensor:
        said = router(lists)
        return fuse_all(expert_logits(frozen, lists), said.weights, said.complement).logits

    def uninstructed(lists: Lists) -> Tensor:
        logits: Tensor = guide(unasked(lists))
        return logits

    lots = Lots(parts, BATCH)
    job = Job(
        name="alpha",
        modules={"alpha": alpha},
        frozen=[router, *frozen, guide],
        data=lots,
        step=adaptive(alpha, base, uninstructed),
        optimiser=plan.optimiser,
        facts=_facts(lots, alpha, router, *experts, reward),
    )
    train(job, plan.settings(lots.batches), _inside(folder, "alpha"))
    return alpha.eval()


def _inside(folder: Path | None, name: str) -> Path | None:
    return None if folder is None else folder / name


def _facts(lots: Lots, *networks: nn.Module) -> dict[str, Fact]:
    """What else decides a stage: a checkpoint of other lists or other networks is refused."""
    lists = [
        tensor
        for part in lots.parts
        for tensor in (part.rows, part.corpus.table, *part.corpus.indices.values())
    ]
    lists += [tensor for part in lots.parts for tensor in part.corpus.numbers.values()]
    for corpus in (part.corpus for part in lots.parts):
        lists += [corpus.asked, corpus.events, corpus.chunks, corpus.chosen]
    shapes = [
        asdict(part.shape)
        for one in networks
        for part in one.modules()
        if isinstance(part, Network)
    ]
    return {
        "lists": _digest(lists),
        "shapes": str(shapes),
        "networks at the start": _digest(
            [w for one in networks for w in one.state_dict().values()]
        ),
        "homes": str([(part.homes, part.expert) for part in lots.parts]),
        "shown": f"{lots.size} at a time, {lots.less}",
    }


def _digest(tensors: Sequence[Tensor]) -> str:
    told = hashlib.sha256()
    for tensor in tensors:
        told.update(tensor.detach().cpu().contiguous().numpy().data)
    return told.hexdigest()
