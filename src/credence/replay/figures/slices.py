"""Parts of an exam's people that figures are broken down by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credence.replay.errors import MalformedData
from credence.replay.figures.facts import FACTS_FILE, PersonFacts

ALL = "all"
NO_LEAK = "no leak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of the people."""

    name: str
    kind: str  # what people are told apart by; empty for everybody
    note: str  # who they are, in words
    members: NDArray[np.bool_]  # (P,)

    @property
    def people(self) -> int:
        return int(self.members.sum())


def slices(user_ids: Sequence[str], facts: Mapping[str, PersonFacts] | None) -> tuple[Slice, ...]:
    """Everybody, and where facts are known thirds by history and popularity, and those with leaks.

    Raises MalformedData for a person that the facts leave out.
    """
    everybody = Slice(
        name=ALL, kind="", note="everybody", members=np.ones(len(user_ids), dtype=np.bool_)
    )
    if facts is None:
        return (everybody,)
    missing = [user_id for user_id in user_ids if user_id not in facts]
    if missing:
        raise MalformedData(
            f"{FACTS_FILE}: nothing about {missing[0]} and {len(missing) - 1} more; delete the "
            "file to do without breakdowns, or run the exam again"
        )
    known = [facts[user_id] for user_id in user_ids]
    history = np.array([fact.history for fact in known], dtype=np.int_)
    popularity = np.array([fact.popularity for fact in known], dtype=np.int_)
    leaks = np.array([bool(fact.leak) for fact in known], dtype=np.bool_)
    return (
        everybody,
        *_thirds("history", ("short", "middle", "long"), "events before the target", history),
        *_thirds("target", ("rare", "middle", "popular"), "donors with the target", popularity),
        *_by_leak(leaks, Counter(leak for fact in known for leak in fact.leak)),
    )


def _thirds(
    kind: str, names: tuple[str, str, str], unit: str, values: NDArray[np.int_]
) -> tuple[Slice, ...]:
    """Thirds by value: people alike stay together, so they need not be of one size."""
    first, second = np.quantile(values, [1 / 3, 2 / 3])
    parts = (values <= first, (values > first) & (values <= second), values > second)
    found = [
        Slice(name=f"{kind} {name}", kind=kind, note=_span(values[part], unit), members=part)
        for name, part in zip(names, parts, strict=True)
        if part.any()
    ]
    return tuple(found) if len(found) > 1 else ()


def _span(values: NDArray[np.int_], unit: str) -> str:
    low, high = int(values.min()), int(values.max())
    return f"{unit}: {low}" if low == high else f"{unit}: {low} to {high}"


def _by_leak(leaks: NDArray[np.bool_], kinds: Mapping[str, int]) -> tuple[Slice, ...]:
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    parts = (
        (NO_LEAK, "nothing in the question gives the target away", ~leaks),
        ("leak", f"the question gives the target away: {counts}", leaks),
    )
    return tuple(
        Slice(name=name, kind="leaks", note=note, members=members)
        for name, note, members in parts
        if members.any()
    )
