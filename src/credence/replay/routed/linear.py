"""The linear ranker's weights on given domains, by the same convex fit as the shipped ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from credence.inference.listwise.lesson import Lesson
from credence.inference.listwise.network import SPREADS
from credence.replay.conditional_logit import Choices, fit_choices

_PENALTY = 0.001
_FAR = 5.0


def linear_weights(
    lessons: Mapping[str, Lesson], domains: Collection[str], *, without: Collection[int] = ()
) -> NDArray[np.float64]:
    """Weights (2, F) of signals in units of their spreads: silent, then asked.

    Every domain has an equal share; the asked row is the silent one where nobody asked.
    """
    rows: list[NDArray[np.float64]] = []
    for asked in (False, True):
        signals, chosen, shares = [], [], []
        for domain in domains:
            mine = lessons[domain].signals(asked=asked, without=without)
            if len(mine):
                signals.append(mine / np.array(SPREADS))
                chosen.append(lessons[domain].chosen(asked=asked, without=without))
                shares.append(np.full(len(mine), 1 / len(mine)))
        if not signals:
            rows.append(rows[0])
            continue
        told = Choices(
            signals=np.concatenate(signals),
            chosen=np.concatenate(chosen),
            shares=np.concatenate(shares) / len(shares),
        )
        far = np.full(len(SPREADS), _FAR)
        rows.append(fit_choices(told, low=-far, high=far, penalty=_PENALTY))
    return np.stack(rows)
