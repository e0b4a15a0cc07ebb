"""A toy world as systems are given it before an exam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from credence.replay.encoded import encode_domain
from credence.replay.exam.donors import donors_of
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.split import Half, half
from credence.replay.systems.named import NAMED
from credence.replay.systems.system import Material, Question
from tests.unit.replay.worlds import a_domain, an_item, toy_encode

Donors = Mapping[str, tuple[Interaction, ...]]


def a_material(domain: Domain, *, donors: Donors | None = None, seed: int = 0) -> Material:
    """What may be learnt of a domain; the domain in it has forgotten its people."""
    donors = donors_of(domain, {}) if donors is None else donors
    halves = {user_id: half(domain.name, user_id) for user_id in donors}
    return Material(
        encoded=encode_domain(replace(domain, people=()), toy_encode),
        donors=donors,
        training=frozenset(u for u, its in halves.items() if its is Half.TRAIN),
        examinees=tuple(sorted(u for u, its in halves.items() if its is Half.EXAM)),
        instructed=True,
        encode=toy_encode,
        words=toy_encode,
        seed=seed,
        folder=Path("not-written-to"),
        database="",
    )


def world(people: int = 40) -> tuple[Domain, Material]:
    """People who take one genre each; the target is of it, and no other candidate."""
    domain = a_domain(people)
    return domain, a_material(domain)


def did(*item_ids: str, day: int | None = None) -> tuple[Interaction, ...]:
    """Interactions, a day after each other from a day on if they have times."""
    first = None if day is None else datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return tuple(
        Interaction(
            item_id=item,
            rating=None,
            review="",
            timestamp=None if first is None else first + timedelta(days=later),
        )
        for later, item in enumerate(item_ids)
    )


def a_catalogue(size: int) -> Domain:
    """Items "0", "1", ... and nobody."""
    return Domain(name="toy", items=tuple(an_item(n) for n in range(size)), people=())


def asked(
    *candidates: str,
    history: Sequence[Interaction] = (),
    instruction: str | None = None,
    user_id: str = "somebody",
) -> Question:
    """A question of few words."""
    return Question(
        user_id=user_id,
        history=tuple(history),
        instruction=instruction,
        candidates=candidates,
    )


def question_of(person: ReplayPerson) -> Question:
    """The exam question of a toy person."""
    return asked(
        *person.candidates,
        history=person.history,
        instruction=person.instruction,
        user_id=person.user_id,
    )


async def answers(name: str, material: Material, *questions: Question) -> list[tuple[float, ...]]:
    """What a system scores, prepared anew."""
    found = []
    async with NAMED[name].prepare(material) as system:
        for question in questions:
            answer = await system.answer(question)
            assert answer.scores is not None
            assert not answer.failure
            found.append(answer.scores)
    return found
