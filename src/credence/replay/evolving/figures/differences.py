"""Every policy less the one that never looks, and less the one that looks every three events; a
language model's less the built-in one as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from credence.planner.llm.asking import Role
from credence.replay.believing.variant import variant
from credence.replay.bootstrap import Interval, around, holm, resampled_means
from credence.replay.evolving.figures.answers import SHOWN, Answers, Mask
from credence.replay.sign_flips import two_sided_ps

REFERENCES = ("never", "fixed-3")  # policies
BUILT_IN = "adaptive"  # that a language model's policy is held against
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
    for policy in (*REFERENCES, BUILT_IN):
        held = [s for s in answers if policy != BUILT_IN or Role.PLANNER in variant(s).roles]
        pairs = [(system, other) for system in held for other in _like(system, policy, answers)]
        for part in (ALL, AFTER_CHANGE):
            for measure in SHOWN:
                together = [_difference(answers, pair, measure, part, seed) for pair in pairs]
                found += _corrected([one for one in together if one is not None])
    return tuple(found)


def _like(system: str, policy: str, answers: Mapping[str, Answers]) -> list[str]:
    """The system of this policy that ranks like `system`: with every operation, and no language
    model but one that ranks.
    """
    ours = variant(system)
    ranks = ours.roles & {Role.RANKER}
    wanted = replace(ours, policy=policy, skipped=frozenset(), roles=ranks)
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
    p = float(two_sided_ps(apart[:, None], seed=seed)[0])
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
