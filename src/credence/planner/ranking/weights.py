"""The fitted numbers of the semantic ranker, read from the file that ships beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from credence.planner.ranking.case import Column
from credence.planner.ranking.signals import SIGNALS


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Weights (F,) in nats per unit of each signal, in the order of `SIGNALS`."""

    version: str
    with_instruction: Column
    without_instruction: Column


def shipped_weights() -> Weights:
    """The weights fitted by `credence.replay.fit`; provenance stands in the file itself."""
    text = files("credence.planner.ranking").joinpath("weights.json").read_text("utf-8")
    return parse_weights(json.loads(text))


def parse_weights(document: Mapping[str, Any]) -> Weights:
    """Weights from the shipped form, where each signal has a scale and weights per scale.

    Raises ValueError unless every table names exactly the signals that there are.
    """
    scale = _column(document, "scale")
    return Weights(
        version=str(document["version"]),
        with_instruction=_column(document, "with_instruction") / scale,
        without_instruction=_column(document, "without_instruction") / scale,
    )


def _column(document: Mapping[str, Any], table: str) -> Column:
    named = document[table]
    if set(named) != set(SIGNALS):
        raise ValueError(f"{table} must name {', '.join(SIGNALS)}; it names {', '.join(named)}")
    return np.array([float(named[signal]) for signal in SIGNALS])
