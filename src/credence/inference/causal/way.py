"""How a route of causal LMs is run: the chosen expert alone after the router, or all stacked.

Stacked, a step has one pass instead of two or more, and reads the weights of all models instead
of two. So it is worth it where weights are small beside what it costs to call their operations,
unless calling them is spared by recording them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch
from transformers import PreTrainedModel

from credence.inference.causal.footprint import bytes_a_part
from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.stacked import Seats, StackedPolicy
from credence.inference.causal.stacking import check_alike, stacked
from credence.inference.causal.trial import check_stack
from credence.inference.errors import UnsupportedModel
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.policy import Policy, PolicyReading
from credence.inference.routing.routed import RoutedPolicy

log = logging.getLogger(__name__)

# Most bytes read needlessly for each part with weights (a layer has some ten), on a CPU in fp32;
# docs/adr/0012 has what was measured. Elsewhere nothing was, and nothing is stacked.
_WORTH = 256 * 2**10
_UNRUNNABLE = (AttributeError, RuntimeError, TypeError, ValueError)  # by a family's own code


def routed(
    router: CausalModel,
    head: WeightsHead,
    experts: Sequence[CausalModel],
) -> Policy[Tokens]:
    """The policy of these models, run in the way that suits them."""
    apart = RoutedPolicy(router, head, experts)
    try:
        check_stacking(router, experts)
        together = stacked_route(router, head, experts)
    except UnsupportedModel as why:
        log.info("the router and each chosen expert run alone: %s", why)
        return apart
    if router.recorder is None:
        log.info("the router and all experts run stacked")
        return together
    log.info("the router and all experts run stacked, but of one context alone and recorded")
    return ByContexts(one=apart, several=together)


class ByContexts:
    """One context is read in one way, several together in the other."""

    def __init__(self, *, one: Policy[Tokens], several: Policy[Tokens]) -> None:
        self.one, self.several = one, several
        self.labels = one.labels

    def open(self, contexts: Tokens) -> PolicyReading[Tokens]:
        """Start on these contexts; what branches off stays with its way."""
        return (self.one if len(contexts) == 1 else self.several).open(contexts)


def check_stacking(router: CausalModel, experts: Sequence[CausalModel]) -> None:
    """Raises UnsupportedModel, with the reason, unless these models are worth stacking."""
    if any(model.shares_its_base for model in (router, *experts)):
        raise UnsupportedModel("adapters share one base, which a stack would hold for each again")
    modules = _modules(router, experts)
    kind, dtype = router.module.device.type, router.module.dtype
    if (kind, dtype) != ("cpu", torch.float32):
        raise UnsupportedModel(
            f"whether stacking is worth it was not measured in {dtype} on {kind}"
        )
    if (needless := needless_bytes(modules)) > _WORTH:
        raise UnsupportedModel(
            f"stacked, a step would read {needless:,} bytes for each part with weights that it "
            f"does not need; at most {_WORTH:,} are worth it"
        )
    check_alike(modules)


def stacked_route(
    router: CausalModel,
    head: WeightsHead,
    experts: Sequence[CausalModel],
) -> StackedPolicy:
    """All these models in one, whose weights theirs become views of.

    Its passes are run each time. Raises UnsupportedModel if they are not alike, or the one does
    not run, or says something else than they do.
    """
    modules = _modules(router, experts)
    try:
        stack = CausalModel(stacked(modules), labels=router.labels, most=router.most)
        for model in (router, *experts):
            model.forget_moved()
        check_stack(modules, stack, "the stack of all models")
    except _UNRUNNABLE as error:
        raise UnsupportedModel(f"their stack does not run: {error}") from error
    places = [modules.index(expert.module) for expert in experts]
    seats = Seats(len(modules), torch.tensor(places, device=router.module.device))
    return StackedPolicy(stack, head, seats)


def needless_bytes(modules: Sequence[PreTrainedModel]) -> int:
    """What a stacked step reads of models that are neither router nor chosen, for each part.

    Two models count as three: both run at a step anyway, but large products are slower stacked.
    """
    return max(1, len(modules) - 2) * bytes_a_part(modules[0])


def _modules(router: CausalModel, experts: Sequence[CausalModel]) -> list[PreTrainedModel]:
    """Each once, the router first."""
    found = {id(model.module): model.module for model in (router, *experts)}
    return [*found.values()]
