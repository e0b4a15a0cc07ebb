"""How a route of causal LMs is run: the chosen expert alone after the router, or several in a pass.

Stacked, a step has one pass instead of two or more, and reads the weights of all models instead
of two. So it is worth it where weights are small beside what it costs to call their operations,
unless calling them is spared by recording them. Adapters share the weights of their base, which a
pass over all of them reads once: there nothing is read needlessly.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

import torch
from transformers import PreTrainedModel

from credence.inference.causal.footprint import bytes_a_part
from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.shared import SharedPolicy
from credence.inference.causal.sharing import Sharing
from credence.inference.causal.stacked import Seats, StackedPolicy
from credence.inference.causal.stacking import check_alike, stacked
from credence.inference.causal.trial import Plain, check_together
from credence.inference.errors import UnsupportedModel
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.policy import Policy, PolicyReading
from credence.inference.routing.routed import RoutedPolicy

log = logging.getLogger(__name__)

# Most bytes read needlessly for each part with weights (a layer has some ten), on a CPU in fp32;
# docs/adr/0012 has what was measured. Elsewhere nothing was, and nothing is stacked.
_WORTH = 256 * 2**10
_LIGHT = 256 * 2**10  # bytes a part of a base whose shared passes are worth recording on a CPU
_UNRUNNABLE = (AttributeError, RuntimeError, TypeError, ValueError)  # by a family's own code


def routed(
    router: CausalModel,
    head: WeightsHead,
    experts: Sequence[CausalModel],
) -> Policy[Tokens]:
    """The policy of these models, run in the way that suits them."""
    apart = RoutedPolicy(router, head, experts)
    try:
        if router.shared is not None:
            shared = shared_route(router, head, experts)
            log.info("the router and the experts run in passes that they share")
            return shared
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
    if any(model.shared is not None for model in (router, *experts)):
        raise UnsupportedModel("not all are adapters of the router's base, nor all full models")
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
        check_together([Plain(module) for module in modules], stack, "the stack of all models")
    except _UNRUNNABLE as error:
        raise UnsupportedModel(f"their stack does not run: {error}") from error
    seats = _seats(modules, [expert.module for expert in experts], router.module.device)
    return StackedPolicy(stack, head, seats)


def shared_route(
    router: CausalModel,
    head: WeightsHead,
    experts: Sequence[CausalModel],
) -> SharedPolicy:
    """All these adapters of one base over rows of one batch, whose weights theirs become views of.

    Raises UnsupportedModel if they have not one base or are of a kind that cannot be shared, or it
    does not run, or says something else than they do.
    """
    base = router.shared
    if base is None or any(model.shared is not base for model in experts):
        raise UnsupportedModel("not all are adapters of the router's base, nor all full models")
    adapters = [*dict.fromkeys(model.adapter for model in (router, *experts))]
    light = base.module.device.type != "cpu" or base.bytes_a_part <= _LIGHT
    try:
        sharing = Sharing(base.module, adapters)
        together = CausalModel(
            sharing.module,
            labels=router.labels,
            most=router.most,
            sharing=sharing,
            recorder=router.recorder if light else None,
        )
        for model in (router, *experts):
            model.forget_moved()
        plain = [
            Plain(base.module, partial(base.under, adapter), otherwise=base.layers)
            for adapter in adapters
        ]
        check_together(plain, together, "the base under all adapters")
    except _UNRUNNABLE as error:
        raise UnsupportedModel(f"they do not run together: {error}") from error
    seats = _seats(adapters, [expert.adapter for expert in experts], base.module.device)
    return SharedPolicy(together, head, seats)


def _seats(models: Sequence[object], experts: Sequence[object], device: torch.device) -> Seats:
    places = [models.index(expert) for expert in experts]
    return Seats(len(models), torch.tensor(places, device=device))


def needless_bytes(modules: Sequence[PreTrainedModel]) -> int:
    """What a stacked step reads of models that are neither router nor chosen, for each part.

    Two models count as three: both run at a step anyway, but large products are slower stacked.
    """
    return max(1, len(modules) - 2) * bytes_a_part(modules[0])


def _modules(router: CausalModel, experts: Sequence[CausalModel]) -> list[PreTrainedModel]:
    """Each once, the router first."""
    found = {id(model.module): model.module for model in (router, *experts)}
    return [*found.values()]
