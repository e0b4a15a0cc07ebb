"""From questions with their answers to the weights of the semantic ranker.

Nothing here knows where the questions come from: they may be of recorded people or of a tenant's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.case import RankingCase
from credence.planner.ranking.signals import OF_INSTRUCTION, SIGNALS, signals
from credence.planner.ranking.weights import shipped_weights
from credence.replay.conditional_logit import Choices, fit_choices, log_probabilities

WITH_INSTRUCTION, WITHOUT_INSTRUCTION = "with_instruction", "without_instruction"  # the tables
_VERSION = "4"
_PENALTY = 0.01  # on weights a unit of scale
_STILL = 1e-9  # a spread that is rounding

# Nats a unit of signal. A weight may not contradict the meaning of its signal, and what a person
# is believed to like or dislike has to move a list. The data do not ask for the last three of the
# person's own: these people recorded what they chose, and hardly any of them chose what they
# dislike. Nor may a weight that was fitted on faint dislikes let one strong dislike throw a list
# over. What others say speaks for an item or is silent: the chosen item of a question lacks one
# person, the one who chose it, and a negative weight would learn that. What the bounds cost is in
# the log of measurements.
_BOUNDS = {
    "instruction": (0.0, np.inf),
    "history": (0.0, np.inf),
    "asked_history": (0.0, np.inf),
    "liked": (0.5, np.inf),
    "disliked": (-np.inf, -2.0),
    "chunk_likes": (4.0, np.inf),
    "chunk_dislikes": (-16.0, -8.0),
    "others_words": (0.0, np.inf),
    "company": (0.0, np.inf),
    "company_all": (0.0, np.inf),
    "people": (0.0, np.inf),
    "others_liking": (0.0, np.inf),
    "followed": (0.0, np.inf),
    "followed_all": (0.0, np.inf),
    "followed_soon": (0.0, np.inf),
    "followed_soon_all": (0.0, np.inf),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One list of candidates and which of them was chosen; a fit's lists are of one length."""

    domain: str
    case: RankingCase
    chosen: int  # index into the candidates
    user_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """The signals of B lists of N."""

    signals: NDArray[np.float64]  # (B, N, F)
    chosen: NDArray[np.int_]  # (B,)
    domains: NDArray[np.str_]  # (B,)
    full: NDArray[np.bool_]  # (B,), with everything known; else once more with less of others

    def choices(self, scale: NDArray[np.float64], where: NDArray[np.bool_]) -> Choices:
        """Those `where` says, in units of `scale`, every domain with an equal share."""
        names, counts = np.unique(self.domains[where], return_counts=True)
        sizes = dict(zip(names, counts, strict=True))
        shares = np.array([1 / (len(names) * sizes[name]) for name in self.domains[where]])
        scaled = self.signals[where] / scale
        return Choices(signals=scaled, chosen=self.chosen[where], shares=shares)


def examples(questions: Sequence[Question]) -> dict[str, Examples]:
    """Those of the questions that have an instruction, and all of them without it.

    By the table of weights that they are for; a table without any is missing. What others say may
    be unknown tomorrow, and so may when they chose, so each question is asked twice more without,
    and counts as much.
    """
    silent = [replace(one, case=replace(one.case, instruction=None)) for one in questions]
    asked = [one for one in questions if one.case.instruction is not None]
    kinds = {WITH_INSTRUCTION: asked, WITHOUT_INSTRUCTION: silent}
    return {table: _tabled(suited) for table, suited in kinds.items() if suited}


def fitted(kinds: Mapping[str, Examples]) -> dict[str, Any]:
    """Weights in the form of `weights.json`.

    `kinds` is what `examples` made of the questions. A table without examples is as shipped.
    """
    scale = scale_of(kinds)
    document: dict[str, Any] = {"version": _VERSION, "scale": _named(scale)}
    for table in (WITH_INSTRUCTION, WITHOUT_INSTRUCTION):
        one = kinds.get(table)
        if one is None:
            document[table] = _named(getattr(shipped_weights(), table) * scale)
        else:
            everyone = np.ones(len(one.chosen), dtype=np.bool_)
            document[table] = _named(_weights(one, scale, everyone, table=table))
    return document


def scale_of(kinds: Mapping[str, Examples]) -> NDArray[np.float64]:
    """Spread of each signal in a list (F,), over the lists that it moves; 1 if there is none."""
    spread = np.concatenate([one.signals.std(axis=1) for one in kinds.values()])  # (B, F)
    moved = spread > _STILL
    lists = moved.sum(axis=0)
    total = np.where(moved, spread, 0).sum(axis=0)
    return np.where(lists > 0, total / np.maximum(lists, 1), 1.0)


def unseen_domains(kinds: Mapping[str, Examples]) -> dict[str, dict[str, dict[str, float]]]:
    """Each domain ranked by weights fitted on the others: log-loss and first places, by table.

    Of questions with everything that was known for them.
    """
    scale = scale_of(kinds)
    return {table: _unseen(one, scale, table=table) for table, one in kinds.items()}


def settings() -> dict[str, Any]:
    """What a fit was told, for the provenance of its weights."""
    bounds = {
        name: [None if np.isinf(bound) else bound for bound in pair]
        for name, pair in _BOUNDS.items()
    }
    return {
        "penalty": _PENALTY,
        "bounds_a_unit_of_signal": bounds,
    }


def _tabled(questions: Sequence[Question]) -> Examples:
    shown = [(one, *seen) for one in questions for seen in _shown(one.case)]
    tables = [signals(case, np.ones((1, case.pieces), dtype=np.bool_)) for _, case, _ in shown]
    return Examples(
        signals=np.stack([table[:, 0].T for table in tables]),
        chosen=np.array([one.chosen for one, _, _ in shown], dtype=np.int_),
        domains=np.array([one.domain for one, _, _ in shown]),
        full=np.array([full for _, _, full in shown]),
    )


def _shown(case: RankingCase) -> Iterator[tuple[RankingCase, bool]]:
    """The case in full, without the order in which others chose, and without what they say."""
    yield case, True
    others = case.others
    if others is None:
        return
    yield replace(case, others=others.undated), False
    yield replace(case, others=None), False


def _weights(
    one: Examples,
    scale: NDArray[np.float64],
    where: NDArray[np.bool_],
    *,
    table: str,
) -> NDArray[np.float64]:
    """Weights (F,) in units of `scale`, from the examples `where` says."""
    bounds = np.array([_BOUNDS[signal] for signal in SIGNALS]) * scale[:, None]
    silent = OF_INSTRUCTION if table == WITHOUT_INSTRUCTION else ()
    bounds[[signal in silent for signal in SIGNALS]] = 0.0
    return fit_choices(
        one.choices(scale, where), low=bounds[:, 0], high=bounds[:, 1], penalty=_PENALTY
    )


def _unseen(
    one: Examples, scale: NDArray[np.float64], *, table: str
) -> dict[str, dict[str, float]]:
    measured = {}
    for name in sorted(set(one.domains.tolist())):
        held = one.domains == name
        if held.all():
            continue
        weights = _weights(one, scale, ~held, table=table)
        held &= one.full
        logs = log_probabilities(one.signals[held] / scale, weights)
        chosen = one.chosen[held]
        first = float((logs.argmax(axis=1) == chosen).mean())
        loss = float(-logs[np.arange(len(chosen)), chosen].mean())
        measured[name] = {"hit_rate_at_1": round(first, 4), "log_loss": round(loss, 4)}
    return measured


def _named(values: NDArray[np.float64]) -> dict[str, float]:
    return {signal: round(float(v), 6) for signal, v in zip(SIGNALS, values, strict=True)}
