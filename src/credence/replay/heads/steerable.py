"""Questions from which an alpha router can learn: steering moves what the right candidate is worth.

The logits of a steered step are (1 - alpha) base + alpha reward (arXiv 2603.18411). A label that
either model gives no probability at all has none whatever alpha, so that the loss is infinite and
says nothing of how far to steer.
"""

from __future__ import annotations

from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.heads.opinions import routes, steered_logits
from credence.inference.routing.blend import FixedAlpha
from credence.inference.routing.fusion import WeightsHead
from credence.replay.errors import ReplayError

_HALF = FixedAlpha(0.5)  # both models have a part; how large a one decides nothing


class NothingToSteer(ReplayError):
    """In every question some model rules out the right candidate."""

    fix = "load the models in another CREDENCE_CAUSAL_DTYPE, or leave out the reward model"


def steerable(said: Observed, head: WeightsHead | None) -> Observed:
    """The questions whose right candidate no model that has a part rules out, in any order.

    `head` is what routes experts; None: there are none. Raises NothingToSteer where none is left.
    """
    route = None if head is None else routes(said, head)
    logits = steered_logits(said, route, _HALF)  # (Q, T, L)
    right = logits.gather(-1, said.labels.unsqueeze(-1)).squeeze(-1)  # (Q, T)
    left = [at for at, lost in enumerate(right.isneginf().any(-1).tolist()) if not lost]
    if not left:
        raise NothingToSteer(
            f"alpha cannot be learnt: at each of {len(said)} questions the router, the chosen "
            "expert or the reward model gives the right candidate no probability at all"
        )
    return said.of(left)
