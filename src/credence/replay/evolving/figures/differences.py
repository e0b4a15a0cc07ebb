"""Every policy less the one that never looks, and less the one that looks every three events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from credence.replay.believing.variant import variant
from credence.replay.bootstrap import Interval, around, holm, resampled_means, two_sided_p
from credence.replay.evolving.figures.answers import SHOWN, Answers, Mask

REFERENCES = ("never", "fixed-3")  # policies
ALL, AFTER_CHANGE = "all steps", "after the change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A system less a reference: each person's mean over the steps against their own."""

    system: str
    reference: str
    measure: str
    part: str
    people: int
    value: Interval
    p: float  # two-sided
    p_holm: float  # corrected for the systems held against this reference, in measure and part


def differences(answers: Mapping[str, Answers], *, seed: int) -> tuple[Difference, ...]:
    """All pairs of a system and a reference that ranks with the same ranker."""
    found: list[Difference] = []
    for policy in REFERENCES:
        pairs = [(system, other) for system in answers for other in _like(system, policy, answers)]
        for part in (ALL, AFTER_CHANGE):
            for measure in SHOWN:
                together = [_difference(answers, pair, measure, part, seed) for pair in pairs]
                found += _corrected([one for one in together if one is not None])
    return tuple(found)


def _like(system: str, policy: str, answers: Mapping[str, Answers]) -> list[str]:
    """The system of this policy that is otherwise like `system`, with every operation."""
    wanted = replace(variant(system), policy=policy, skipped=frozenset())
    return [other for other in answers if other != system and variant(other) == wanted]


def _difference(
    answers: Mapping[str, Answers], pair: tuple[str, str], measure: str, part: str, seed: int
) -> Difference | None:
    system, reference = pair
    ours, theirs = answers[system], answers[reference]
    apart = ours.by_person(measure, _in(ours, part)) - theirs.by_person(measure, _in(theirs, part))
    apart = apart[~np.isnan(apart)]
    if len(apart) == 0:
        return None
    drawn = resampled_means(apart[:, None], seed=seed)[:, 0]
    p = two_sided_p(drawn)
    return Difference(
        system=system,
        reference=reference,
        measure=measure,
        part=part,
        people=len(apart),
        value=around(float(apart.mean()), drawn),
        p=p,
        p_holm=p,
    )


def _in(answers: Answers, part: str) -> Mask:
    return answers.change > 0 if part == AFTER_CHANGE else answers.step > 0


def _corrected(alone: Sequence[Difference]) -> list[Difference]:
    return [
        replace(one, p_holm=p) for one, p in zip(alone, holm([one.p for one in alone]), strict=True)
    ]
