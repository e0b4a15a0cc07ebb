"""Freezing an exam: who sits it, which candidates they get, and in which order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from credence.replay.errors import ReplayError
from credence.replay.exam.fingerprint import fingerprint
from credence.replay.exam.paper import FrozenExam, Negatives, Paper
from credence.replay.people import Domain, Interaction, ReplayPerson
from credence.replay.split import Half, half

Drawn = Callable[[ReplayPerson], tuple[str, ...]]  # new negatives for one person


class NobodyToAsk(ReplayError):
    """An exam would have no people, or other people than were named."""


def freeze(
    domain: Domain,
    donors: Mapping[str, Sequence[Interaction]],
    *,
    negatives: Negatives,
    instructed: bool,
    seed: int,
    order_seed: int | None = None,
    most: int | None = None,
    named: Sequence[str] | None = None,
    drawn: Drawn | None = None,
) -> FrozenExam:
    """An exam of the exam half's people: all, the first `most` by a seeded hash, or those `named`.

    `order_seed` decides the order of candidates and of ties alone; without it `seed` does.
    `donors` are whom the exam's systems may learn from; they are in its digest of the data.
    `drawn` gives negatives where they are not the release's. Without the needed list, or without
    an instruction where there is to be one, nobody is asked. Raises NobodyToAsk for people named
    who cannot be, and where nobody is left.
    """
    able = {p.user_id: p for p in domain.people if _able(domain, p, negatives, instructed)}
    if named is None:
        chosen = sorted(able, key=lambda user_id: _lot("people", seed, user_id))[:most]
    else:
        chosen = list(dict.fromkeys(named))
        _refuse_others(domain, [user_id for user_id in chosen if user_id not in able])
    if not chosen:
        raise NobodyToAsk(
            f"nobody of {domain.name} can sit this exam: no person of the exam half has "
            f"{negatives} lists" + (" and an instruction" if instructed else "")
        )
    order = seed if order_seed is None else order_seed
    return FrozenExam(
        domain=domain.name,
        negatives=negatives,
        instructed=instructed,
        seed=seed,
        order_seed=None if order == seed else order,
        data_sha256=fingerprint(domain, donors),
        papers=tuple(_paper(able[u], negatives, order, drawn) for u in sorted(chosen)),
    )


def shown_order(candidates: Iterable[str], *, user_id: str, seed: int) -> tuple[str, ...]:
    """Candidates as they are shown: by a hash of seed, person and item, whatever order they had."""
    return tuple(sorted(candidates, key=lambda item_id: _lot("order", seed, user_id, item_id)))


def _able(domain: Domain, person: ReplayPerson, negatives: Negatives, instructed: bool) -> bool:
    listed = negatives is not Negatives.RELEASED_MATCHED or person.candidates_matched is not None
    asked = person.instruction is not None or not instructed
    return half(domain.name, person.user_id) is Half.EXAM and listed and asked


def _refuse_others(domain: Domain, others: Sequence[str]) -> None:
    if not others:
        return
    known = {person.user_id for person in domain.people}
    there = next((u for u in others if u in known), None)
    why = (
        "is not in the data"
        if there is None
        else "is of the training half, or lacks the list or the instruction"
    )
    raise NobodyToAsk(
        f"{len(others)} of the people named cannot sit this exam; {there or others[0]} {why}"
    )


def _paper(person: ReplayPerson, negatives: Negatives, order: int, drawn: Drawn | None) -> Paper:
    if negatives is Negatives.RELEASED:
        candidates = person.candidates
    elif negatives is Negatives.RELEASED_MATCHED:
        candidates = person.candidates_matched or ()
    elif drawn is not None:
        candidates = (person.target, *drawn(person))
    else:
        raise ValueError(f"{negatives} are drawn, and nothing is given to draw them with")
    return Paper(
        user_id=person.user_id,
        candidates=shown_order(candidates, user_id=person.user_id, seed=order),
        target=person.target,
    )


def _lot(what: str, *parts: object) -> bytes:
    return hashlib.sha256("/".join([what, *map(str, parts)]).encode()).digest()
