"""Sits people through their exams under several systems, and measures what came out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from credence.memory.lifecycle.draft import Rules
from credence.replay.belief import Lived, live
from credence.replay.bootstrap import Interval, interval, paired_difference
from credence.replay.crowd import LEAST, Crowd
from credence.replay.encoded import Encode, EncodedDomain, RememberedEncoder
from credence.replay.metrics.hit_rate import hit_rate
from credence.replay.metrics.mrr import mrr
from credence.replay.metrics.ndcg import ndcg
from credence.replay.people import ReplayPerson
from credence.replay.ranks import target_rank
from credence.replay.sitting import Sitting, System, recent_items
from credence.replay.split import Half, half
from credence.replay.systems.system import Question

MEASURES = {
    "HR@1": lambda ranks: hit_rate(ranks, 1),
    "NDCG@5": lambda ranks: ndcg(ranks, 5),
    "MRR": mrr,
}


class Negatives(StrEnum):
    """Where the candidates beside the target come from."""

    RANDOM = "random"
    MATCHED = "matched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """The same questions put to every system: people of the exam half before one kind of list."""

    domain: str
    negatives: Negatives
    asked: bool  # with the people's instructions
    user_ids: tuple[str, ...]
    sha256: str  # of people, ordered candidates and targets
    ranks: Mapping[str, NDArray[np.int_]]  # system to (P,), the target's rank from 1

    def measured(self, system: str, measure: str, *, seed: int) -> Interval:
        """A measure's mean over people and its interval."""
        return interval(MEASURES[measure](self.ranks[system]), seed=seed)

    def difference(self, ours: str, theirs: str, measure: str, *, seed: int) -> Interval:
        """Paired difference of a measure, `ours` less `theirs`."""
        values = MEASURES[measure]
        return paired_difference(values(self.ranks[ours]), values(self.ranks[theirs]), seed=seed)

    def best(self, systems: Sequence[str], measure: str) -> str:
        """The one of `systems` that does best in this very exam; the first of equals."""
        return max(systems, key=lambda system: MEASURES[measure](self.ranks[system]).mean())


async def live_people(
    encoded: EncodedDomain, encoder: RememberedEncoder, *, rules: Rules
) -> dict[str, Lived]:
    """Everybody of the exam half as they are known just before their exam."""
    return {
        person.user_id: (
            await live(
                person.history,
                encoded,
                at={len(person.history)},
                embed=encoder.embed,
                rules=rules,
            )
        )[len(person.history)]
        for person in examinees(encoded)
    }


def examinees(encoded: EncodedDomain) -> tuple[ReplayPerson, ...]:
    """The exam half of a domain's people."""
    domain = encoded.domain
    return tuple(p for p in domain.people if half(domain.name, p.user_id) is Half.EXAM)


async def sit(
    encoded: EncodedDomain,
    lived: Mapping[str, Lived],
    encoder: RememberedEncoder,
    systems: Sequence[System],
    *,
    negatives: Negatives,
    asked: bool,
    seed: int,
    crowd: Crowd | None = None,
    least: int = LEAST,
    words: Encode | None = None,
) -> Exam | None:
    """One exam; None where nobody has such a list, or an instruction if one is called for.

    With a crowd, people also get what `least` others or more say of an item; with `words`, what
    they themselves wrote is read as that is.
    """
    papers = [
        (person, candidates)
        for person in examinees(encoded)
        if (candidates := _candidates(person, negatives)) is not None
        and (person.instruction is not None or not asked)
    ]
    if not papers:
        return None
    ranks: dict[str, list[int]] = {system.name: [] for system in systems}
    for person, candidates in papers:
        instruction, story = person.instruction if asked else None, lived[person.user_id]
        rest = None if crowd is None else crowd.besides(person.user_id)
        sitting = Sitting(
            encoded=encoded,
            lived=story,
            instruction=instruction,
            instruction_vector=None if instruction is None else encoder([instruction])[0],
            candidates=candidates,
            words=words,
            others=None
            if rest is None
            else rest.others(candidates, recent_items(story), least=least),
            question=Question(
                user_id=person.user_id,
                history=person.history,
                instruction=instruction,
                candidates=candidates,
            ),
        )
        for system in systems:
            rank = target_rank(
                await system.score(sitting),
                candidates,
                person.target,
                user_id=person.user_id,
                seed=seed,
            )
            ranks[system.name].append(rank)
    return Exam(
        domain=encoded.domain.name,
        negatives=negatives,
        asked=asked,
        user_ids=tuple(person.user_id for person, _ in papers),
        sha256=_frozen(papers),
        ranks={name: np.array(column, dtype=np.int_) for name, column in ranks.items()},
    )


def _candidates(person: ReplayPerson, negatives: Negatives) -> tuple[str, ...] | None:
    return person.candidates if negatives is Negatives.RANDOM else person.candidates_matched


def _frozen(papers: Sequence[tuple[ReplayPerson, tuple[str, ...]]]) -> str:
    lines = (f"{p.user_id}\t{p.target}\t{' '.join(candidates)}" for p, candidates in papers)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
