"""Candidates under labels, and a model's order of them as scores."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from credence.memory.model import Item
from credence.planner.llm.documents import CandidateView
from credence.planner.llm.views import item_view

_LETTERS = string.ascii_uppercase
_ENOUGH = 0.5  # share of the labels that must be there, or the order is asked for once more
_AROUND = " .,:;()[]{}'\"`*#"  # what models put around a label


def labels_of(count: int) -> tuple[str, ...]:
    """A, B, ... Z, AA, AB and so on."""
    made = []
    for number in range(1, count + 1):
        label, left = "", number
        while left:
            left, letter = divmod(left - 1, len(_LETTERS))
            label = _LETTERS[letter] + label
        made.append(label)
    return tuple(made)


def listed(candidates: Sequence[str], items: Mapping[str, Item]) -> tuple[CandidateView, ...]:
    """The candidates in the exam's order, which is a seeded hash, with title, creators and labels.

    No descriptions: Credence's own ranker does not see them either.
    """
    return tuple(
        CandidateView(label=label, item=item_view(items[item_id], about=0))
        for label, item_id in zip(labels_of(len(candidates)), candidates, strict=True)
    )


def places(order: Sequence[str], count: int) -> tuple[int, ...]:
    """Places of the labels that there are, each once, in the order named."""
    known = {label: place for place, label in enumerate(labels_of(count))}
    named = (known.get(one.strip(_AROUND).upper()) for one in order)
    return tuple(dict.fromkeys(place for place in named if place is not None))


def permutation(order: Sequence[str], count: int) -> tuple[int, ...] | None:
    """All places: those named first, the others after them as they were shown; None if fewer than
    half are named, which is no order."""
    named = places(order, count)
    if len(named) < _ENOUGH * count:
        return None
    return (*named, *(place for place in range(count) if place not in set(named)))


def scores_of(best_first: Sequence[int]) -> tuple[float, ...]:
    """A score for each place, which puts them in this order."""
    scores = [0.0] * len(best_first)
    for rank, place in enumerate(best_first):
        scores[place] = float(-rank)
    return tuple(scores)


def faults_of(order: Sequence[str], count: int) -> tuple[str, ...]:
    """What is said of an order that names fewer than half of the labels."""
    named = len(places(order, count))
    if named >= _ENOUGH * count:
        return ()
    return (f"order has {named} of the {count} labels given; every one must be in it once",)
