"""A ranker's trace as plain numbers about the items shown."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Routing
from credence.planner.ranking.case import Trace


def routing_of(trace: Trace, shown: NDArray[np.intp]) -> Routing | None:
    """The trace of the candidates at these places, in this order.

    None where some figure is no finite number: it could be neither stored nor shown.
    """
    routing = Routing(
        expert=trace.expert,
        weights={name: float(share) for name, share in trace.weights.items()},
        expert_scores=tuple(trace.expert_scores[shown].tolist()),
        complement_scores=tuple(trace.complement_scores[shown].tolist()),
        complement_share=float(trace.complement_share),
        alpha=None if trace.alpha is None else float(trace.alpha),
        model=trace.model,
        data=trace.data,
        heeded=None if trace.heeded is None else tuple(trace.heeded[shown].tolist()),
    )
    figures = [
        *routing.weights.values(),
        *routing.expert_scores,
        *routing.complement_scores,
        routing.complement_share,
        routing.alpha or 0.0,
        *(routing.heeded or ()),
    ]
    return routing if all(map(math.isfinite, figures)) else None
