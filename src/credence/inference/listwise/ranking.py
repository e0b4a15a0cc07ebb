"""Lists ranked by the routed model, for callers that know arrays and not torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from credence.inference.errors import NoAnswer
from credence.inference.listwise.bundle import Bundle, Edition
from credence.inference.listwise.case import ListCase, lists_of
from credence.inference.listwise.router import Uninstructed, routed, steered
from credence.inference.listwise.seen import Seen
from credence.inference.listwise.step_model import ListModel
from credence.inference.routing.blend import FixedAlpha
from credence.inference.routing.fusion import complement_share
from credence.inference.routing.policy import Decision, Policy
from credence.inference.routing.unrouted import (
    EnsemblePolicy,
    SinglePolicy,
    average_log_probability,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How one list came by its order: FusionRoute's choice, and TARo's part where it steers."""

    model: str  # its version
    data: str | None  # digest of what it was made from, where its manifest tells
    expert: str
    weights: dict[str, float]  # shares of the experts, of sum 1
    expert_logs: NDArray[np.float64]  # (N,) log-probabilities of the chosen expert alone
    complement_logs: NDArray[np.float64]  # (N,) of the router itself
    complement_share: float  # in [0, 1], of what tells the candidates apart
    alpha: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedLists:
    """Log-probabilities (V, N) of one case's variants, and the route of the first variant."""

    logs: NDArray[np.float64]
    route: Route


FIXED = (0.1, 0.25, 0.5)  # fixed parts of the reward model that the learned one is held against


class RoutedLists:
    """A bundle ready to rank."""

    def __init__(self, bundle: Bundle) -> None:
        self.version = bundle.version
        self._edition = bundle.edition
        self._names = tuple(bundle.experts)
        self._dimension = bundle.router.network.shape.dimension
        self._policy = policy_of(bundle)

    @torch.inference_mode()
    def rank(self, case: ListCase) -> RankedLists:
        """Order the candidates of one case under each of its variants; fp32.

        Raises NoAnswer where an input is not a number, or vectors are of another size.
        """
        size = case.candidates.shape[1]
        if size != self._dimension:
            raise NoAnswer(
                f"the routed model reads vectors of {self._dimension} numbers, not {size}: it was "
                "trained for another encoder"
            )
        decision = _decision(self._policy, case)
        logs = torch.log_softmax(decision.logits.double(), dim=-1).numpy()
        if not np.isfinite(logs).all():
            raise NoAnswer("the routed model gave no number for some candidate; its input has none")
        return RankedLists(logs=logs, route=route_of(decision, self._names, self._edition))


def policy_of(bundle: Bundle) -> Policy[Seen]:
    """FusionRoute over the bundle's experts, steered where it has a reward model."""
    policy: Policy[Seen] = routed(bundle.router, list(bundle.experts.values()))
    if bundle.reward is not None and bundle.alpha is not None:
        policy = steered(policy, bundle.reward, bundle.alpha)
    return policy


def route_of(decision: Decision, names: Sequence[str], edition: Edition) -> Route:
    """Of the first row, by a model of this edition with these experts."""
    routing: Any = decision.routing
    shares = torch.softmax(routing.weights[0], dim=-1).tolist()
    both = torch.stack([routing.expert[0], routing.complement[0]]).double()
    expert_logs, complement_logs = torch.log_softmax(both, -1).numpy()
    return Route(
        model=edition.version,
        data=edition.data,
        expert=names[int(routing.route[0])],
        weights=dict(zip(names, shares, strict=True)),
        expert_logs=expert_logs,
        complement_logs=complement_logs,
        complement_share=float(complement_share(routing.expert[:1], routing.complement[:1])),
        alpha=None if decision.alpha is None else float(decision.alpha[0]),
    )


def ablations(bundle: Bundle) -> dict[str, Callable[[ListCase], NDArray[np.float64]]]:
    """What parts of a bundle say by themselves, by name: each log-probabilities (N,) of a case's
    first variant.

    Every expert alone, their average, the router's complement alone, the selected expert without
    the complement, and the fusion of the two. Of a bundle that is steered also the reward model
    alone, and the fusion with fixed parts of it.
    """
    models = {name: ListModel(expert) for name, expert in bundle.experts.items()}
    policies: dict[str, Policy[Seen]] = {
        f"expert-{name}": SinglePolicy(model) for name, model in models.items()
    }
    policies["average"] = EnsemblePolicy(list(models.values()), average_log_probability)
    policies["complement"] = SinglePolicy(ListModel(bundle.router.network))
    found = {name: _first(policy) for name, policy in policies.items()}
    base = routed(bundle.router, list(bundle.experts.values()))
    found["selection"] = lambda case: (
        route_of(_decision(base, case), list(models), bundle.edition).expert_logs
    )
    found["fusion"] = _first(base)
    if bundle.reward is not None and bundle.alpha is not None:
        found["reward"] = _first(SinglePolicy(Uninstructed(bundle.reward)))
        for alpha in FIXED:
            steers = FixedAlpha(alpha)
            found[f"alpha-{alpha}"] = _first(steered(base, bundle.reward, steers))
    return found


def _first(policy: Policy[Seen]) -> Callable[[ListCase], NDArray[np.float64]]:
    def logs(case: ListCase) -> NDArray[np.float64]:
        told: NDArray[np.float64] = torch.log_softmax(
            _decision(policy, case).logits[0].double(), dim=-1
        ).numpy()
        return told

    return logs


def _decision(policy: Policy[Seen], case: ListCase) -> Decision:
    rows = range(len(case.signals))
    return policy.open(Seen.of(lists_of([case]))).after(rows, [()] * len(rows))
