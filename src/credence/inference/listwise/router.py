"""The router of the listwise models, and the policies that are made with it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from credence.inference.listwise.less import silenced
from credence.inference.listwise.lists import Lists
from credence.inference.listwise.network import Network, Said
from credence.inference.listwise.seen import Seen
from credence.inference.listwise.step_model import ListModel, ListReading
from credence.inference.routing.blend import AlphaRouter
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.policy import Policy
from credence.inference.routing.routed import RoutedPolicy
from credence.inference.routing.steered import SteeredPolicy
from credence.inference.training.stages import Routing


class ListRouter(nn.Module):
    """A network whose logits are the complement, with a head that weighs n experts."""

    def __init__(self, network: Network, experts: int) -> None:
        super().__init__()
        self.network = network
        shape = network.shape
        self.head = WeightsHead(shape.hidden + shape.homes, experts)

    def forward(self, lists: Lists, away: Tensor | None = None) -> Routing:
        """Weights (K, n) and complement (K, N) of cases with one variant."""
        said: Said = self.network(lists, away)
        return Routing(self.head(said.hidden[:, 0]), said.logits[:, 0])


class Only(nn.Module):
    """A network as training sees it: logits (K, N) of cases with one variant."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, lists: Lists) -> Tensor:
        """The logits alone."""
        said: Said = self.network(lists)
        return said.logits[:, 0]


def routed(router: ListRouter, experts: Sequence[Network]) -> RoutedPolicy[Seen]:
    """FusionRoute over these networks."""
    models = [ListModel(expert) for expert in experts]
    return RoutedPolicy(ListModel(router.network), router.head, models)


def steered(base: Policy[Seen], reward: Network, alpha: AlphaRouter) -> SteeredPolicy[Seen]:
    """TARo over that. The reward model hears no instruction: it learnt what people like from
    pairs that had none."""
    return SteeredPolicy(base, Uninstructed(reward), alpha)


class Uninstructed:
    """A `StepModel` that is shown no instruction."""

    def __init__(self, network: Network) -> None:
        self._model = ListModel(network)
        self.labels = self._model.labels

    def open(self, contexts: Seen) -> ListReading:
        """Start on these cases."""
        return self._model.open(Seen.of(unasked(contexts.lists)))


def unasked(lists: Lists) -> Lists:
    """The same lists, all without their instruction."""
    return silenced(lists, torch.ones_like(lists.asked, dtype=torch.bool))


def as_strangers(experts: Tensor, strange: Tensor) -> Tensor:
    """Experts' logits (n, K, N) where a row is `strange` (K,): there all say what the first says.

    So a catalogue that is known teaches what to do before one that is not: which expert is right
    by chance is not asked, and the complement learns beside the generalist.
    """
    return torch.where(strange[None, :, None], experts[:1], experts)
