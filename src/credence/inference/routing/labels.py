"""Ranking by labels: one step over a window of candidates, and the labels' order is the ranking.

A window is asked about in several seeded orders, so that a label's name and place do not count,
and the log-probabilities are averaged. A list longer than a window is asked about in two rounds:
over windows of a seeded ring, then over a staircase of windows along the order which that gave,
so that neighbours in the ranking have met; least squares puts all of it on one scale (`linking`).
That makes about 4 N / W windows for N candidates in windows of W. What is shared, the person's
part, is read once: the windows branch off it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

from credence.inference.routing.linking import linked
from credence.inference.routing.policy import Decision, PolicyReading
from credence.inference.routing.windows import ring, shuffled, staircase

Contexts = TypeVar("Contexts")
FLOOR = -50.0  # nats: a candidate ruled out counts as this unlikely, so that means stay finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """How many candidates are asked about at once, how often, and how many steps run together."""

    size: int = 20
    permutations: int = 3
    seed: int = 0
    together: int = 16  # contexts in one pass: bounds the memory, changes no score

    def __post_init__(self) -> None:
        if self.size < 2 or self.permutations < 1 or self.together < 1:
            raise ValueError(
                "a window needs 2 candidates or more, one permutation and one context together, "
                f"got {self.size}, {self.permutations}, {self.together}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[Contexts]):
    """How candidates are put to the model, after what is shared."""

    labels: Sequence[int]  # the k-th candidate named answers to the k-th label
    ask: Callable[[Sequence[Sequence[str]]], Contexts]  # orders of ids to as many contexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one order of one window gave."""

    order: tuple[str, ...]
    logs: tuple[float, ...]  # log-probabilities over this order, fp32
    route: int | None = None
    weights: tuple[float, ...] = ()
    expert: tuple[float, ...] = ()  # log-probabilities of the expert chosen, over this order
    complement: tuple[float, ...] = ()  # and of the router itself
    share: float | None = None
    alpha: float | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """All candidates with their log-probabilities over the whole list, best first."""

    scores: dict[str, float]  # in order; ties by id
    answers: tuple[Answer, ...]  # what the scores were made from


def rank(
    shared: PolicyReading[Contexts],
    candidates: Sequence[str],
    question: Question[Contexts],
    windows: Windows,
    *,
    row: int = 0,
) -> Ranking:
    """Rank candidates, by id, after context `row` of `shared`; their order does not matter.

    Raises ValueError for an id that occurs twice or a window larger than there are labels, and
    NoAnswer where the models give none.
    """
    if len(set(candidates)) != len(candidates):
        raise ValueError("a candidate occurs twice in one list")
    size = min(windows.size, len(candidates))
    if size > len(question.labels):
        raise ValueError(f"a window of {size} needs as many labels, got {len(question.labels)}")
    if len(candidates) < 2:
        return Ranking(dict.fromkeys(candidates, 0.0), ())
    rounds = [ring(shuffled(candidates, seed=windows.seed, turn=-1), windows.size)]
    answers, told = _ask(shared, row, rounds[0], question, windows)
    scores = linked(told)
    if len(candidates) > windows.size:
        more, found = _ask(shared, row, staircase(_ranked(scores), windows.size), question, windows)
        answers, scores = answers + more, linked(told + found)
    return Ranking({name: scores[name] for name in _ranked(scores)}, tuple(answers))


def _ranked(scores: dict[str, float]) -> list[str]:
    return sorted(scores, key=lambda name: (-scores[name], name))


def _ask(
    shared: PolicyReading[Contexts],
    row: int,
    asked: Sequence[Sequence[str]],
    question: Question[Contexts],
    windows: Windows,
) -> tuple[list[Answer], list[dict[str, float]]]:
    """All answers, and per window its candidates' mean log-probabilities, renormalised."""
    orders = [
        shuffled(window, seed=windows.seed, turn=turn)
        for window in asked
        for turn in range(windows.permutations)
    ]
    labels = torch.tensor(question.labels[: len(orders[0])])
    answers: list[Answer] = []
    for start in range(0, len(orders), windows.together):
        part = orders[start : start + windows.together]
        reading = shared.branch([row] * len(part), question.ask(part))
        decision = reading.after(range(len(part)), [[]] * len(part))
        answers += _answers(part, decision.among(labels.to(decision.logits.device)).answered())
    turns = windows.permutations
    return answers, [
        _mean(answers[start : start + turns]) for start in range(0, len(answers), turns)
    ]


def _answers(orders: Sequence[Sequence[str]], decision: Decision) -> Iterator[Answer]:
    logs = torch.log_softmax(decision.logits, dim=-1).clamp_min(FLOOR).tolist()
    routing = decision.routing
    for at, order in enumerate(orders):
        alpha = None if decision.alpha is None else float(decision.alpha[at])
        if routing is None:
            yield Answer(order=tuple(order), logs=tuple(logs[at]), alpha=alpha)
            continue
        yield Answer(
            order=tuple(order),
            logs=tuple(logs[at]),
            route=int(routing.route[at]),
            weights=tuple(routing.weights[at].tolist()),
            expert=_logs(routing.expert[at]),
            complement=_logs(routing.complement[at]),
            share=float(routing.share[at]),
            alpha=alpha,
        )


def _logs(logits: Tensor) -> tuple[float, ...]:
    """Log-probabilities of (L,) logits, finite."""
    return tuple(torch.log_softmax(logits.float(), dim=-1).clamp_min(FLOOR).tolist())


def _mean(answers: Sequence[Answer]) -> dict[str, float]:
    """Over several orders of one window, each candidate's mean log-probability, renormalised."""
    names = sorted(answers[0].order)
    told: Tensor = torch.tensor(
        [[dict(zip(one.order, one.logs, strict=True))[name] for name in names] for one in answers]
    )  # (turns, W)
    means: list[float] = torch.log_softmax(told.mean(dim=0), dim=-1).tolist()
    return dict(zip(names, means, strict=True))
