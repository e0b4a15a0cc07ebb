"""The linear ranker's weights on given domains, by the same convex fit as the shipped ones."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credence.inference.listwise.lesson import Lesson
from credence.inference.listwise.network import SPREADS
from credence.planner.ranking.weights import Weights
from credence.replay.conditional_logit import Choices, fit_choices
from credence.replay.errors import ReplayError

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


def linear_of(folder: Path) -> Weights:
    """The weights that training fitted on the same lists as the model in this folder.

    Raises ReplayError where the folder does not hold them.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        silent, asked = manifest["provenance"]["linear"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReplayError(
            f"{folder} does not say how a linear ranker does on its lists; `credence train` makes "
            "models that do"
        ) from error
    return Weights(
        version="of-the-same-domains",
        with_instruction=np.array(asked),
        without_instruction=np.array(silent),
    )
