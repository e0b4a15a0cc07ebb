"""Exams of one domain as they are asked for: kinds of lists, with and without instruction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from credence.replay.exam.freeze import Drawn, NobodyToAsk, freeze
from credence.replay.exam.negatives import Shelf, draw
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.people import ReplayPerson
from credence.replay.runner.hall import Hall

_RELEASED = (Negatives.RELEASED, Negatives.RELEASED_MATCHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What exams are to be made of."""

    negatives: Sequence[Negatives]
    instructed: Sequence[bool]
    seed: int
    order_seed: int | None  # None: as the seed
    most: int | None
    named: Sequence[str] | None


def drafts(hall: Hall, wanted: Wanted) -> Iterator[FrozenExam | NobodyToAsk]:
    """Every exam, or why there is nobody to sit it. Raises CannotDraw."""
    shelf = _shelf(hall, wanted.negatives)
    for negatives in wanted.negatives:
        for instructed in wanted.instructed:
            try:
                yield freeze(
                    hall.domain,
                    hall.donors,
                    negatives=negatives,
                    instructed=instructed,
                    seed=wanted.seed,
                    order_seed=wanted.order_seed,
                    most=wanted.most,
                    named=wanted.named,
                    drawn=None if shelf is None else _drawn(shelf, negatives, wanted.seed),
                )
            except NobodyToAsk as nobody:
                yield nobody


def file_name(exam: FrozenExam) -> str:
    """A name for the exam's file that says what it is; seed 0 goes without saying."""
    asked = "asked" if exam.instructed else "unasked"
    drawn = f"-seed-{exam.seed}" if exam.seed else ""
    ordered = "" if exam.order_seed is None else f"-order-{exam.order_seed}"
    return f"{exam.domain}-{exam.negatives}-{asked}{drawn}{ordered}.json"


def _shelf(hall: Hall, negatives: Sequence[Negatives]) -> Shelf | None:
    if all(kind in _RELEASED for kind in negatives):
        return None
    plain = hall.encoded.plain if Negatives.NEAR in negatives else None
    return Shelf.of(hall.domain.items, hall.donors, plain=plain)


def _drawn(shelf: Shelf, kind: Negatives, seed: int) -> Drawn:
    def drawn(person: ReplayPerson) -> tuple[str, ...]:
        return draw(
            kind,
            target=person.target,
            taken=person.dealt_with,
            shelf=shelf,
            seed=seed,
            user_id=person.user_id,
        )

    return drawn
