"""Candidate lists ranked by language models: a label stands for each candidate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from credence.inference.causal.load import CausalSystem
from credence.inference.causal.wording import MOST_LABELS, Naming, Wording
from credence.inference.routing.labels import Answer, Question, Windows, rank

TOGETHER = 4  # orders in one pass: each has the person's part in its cache


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTrace:
    """How routed models came to a list (arXiv 2601.05106, 2603.18411): the mean over all orders in
    which its candidates were named."""

    expert: str  # of the largest share; some orders may have chosen others
    weights: dict[str, float]  # shares of the experts, of sum 1
    expert_scores: dict[str, float]  # by id, log-probabilities of the expert each order chose
    complement_scores: dict[str, float]  # of the router itself
    complement_share: float
    alpha: float | None  # the reward model's part, if one steers


@dataclass(frozen=True, slots=True)
class ModelList:
    """Candidates with their log-probabilities, best first, ties by id, and how that came about."""

    scores: dict[str, float]
    trace: ListTrace | None  # None: nothing routes, or there was nothing to decide


class LabelLists:
    """Ranks lists by the labels that language models would name; one call at a time."""

    def __init__(self, system: CausalSystem, *, orders: int, seed: int = 0) -> None:
        """`orders`: in how many each window of candidates is put to the models.

        Raises LabelNotOneToken where the vocabulary has no single tokens for letters, and
        DamagedModelFile where its chat template cannot be used.
        """
        self._system = system
        self._windows = Windows(size=MOST_LABELS, permutations=orders, seed=seed, together=TOGETHER)
        self._wording = Wording(system.vocabulary)

    def rank(self, person: str, candidates: Sequence[str], asked: Naming) -> ModelList:
        """Rank ids after the person's part, which is read once; their order does not matter.

        Raises ModelError where the models give no answer or the text is too long for them.
        """
        question = Question(
            labels=self._wording.labels,
            ask=lambda orders: [self._wording.further(order, asked) for order in orders],
        )
        shared = self._system.policy.open([self._wording.first(person)])
        ranking = rank(shared, candidates, question, self._windows)
        return ModelList(ranking.scores, _traced(ranking.answers, self._system.experts))


def _traced(answers: Sequence[Answer], experts: Sequence[str]) -> ListTrace | None:
    routed = [one for one in answers if one.route is not None]
    if not routed:
        return None
    means = _mean([_shares(one.weights) for one in routed])
    alphas = [one.alpha for one in routed if one.alpha is not None]
    shares = [one.share for one in routed if one.share is not None]
    return ListTrace(
        expert=experts[means.index(max(means))],
        weights=dict(zip(experts, means, strict=True)),
        expert_scores=_of_each(routed, [one.expert for one in routed]),
        complement_scores=_of_each(routed, [one.complement for one in routed]),
        complement_share=sum(shares) / len(shares),
        alpha=sum(alphas) / len(alphas) if alphas else None,
    )


def _shares(weights: Sequence[float]) -> list[float]:
    """Softmax."""
    most = max(weights)
    parts = [math.exp(weight - most) for weight in weights]
    return [part / sum(parts) for part in parts]


def _mean(rows: Sequence[Sequence[float]]) -> list[float]:
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def _of_each(answers: Sequence[Answer], told: Sequence[Sequence[float]]) -> dict[str, float]:
    """Each candidate's mean over the orders in which it was named."""
    found: dict[str, list[float]] = {}
    for answer, logs in zip(answers, told, strict=True):
        for name, log in zip(answer.order, logs, strict=True):
            found.setdefault(name, []).append(log)
    return {name: sum(logs) / len(logs) for name, logs in sorted(found.items())}
