"""10. Random negatives, which are easy, and lists that are not what they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.exam.negatives import CannotDraw, Shelf, draw
from credence.replay.exam.paper import FrozenExam, Negatives

_MISTAKE = Mistake(10, "the kind of negatives is said, and not the easy one alone")
_MACHINES = 0.05  # of people at most have other near lists by another machine's vectors
_EASY = frozenset({Negatives.RELEASED, Negatives.RANDOM})


def hard_lists(evidence: Evidence) -> Finding:
    """Run and exam name one kind, and the lists come out again by it."""
    exam, run = evidence.exam, evidence.run
    if run is not None and run.manifest.negatives != exam.negatives.value:
        return _MISTAKE.made(f"the run says {run.manifest.negatives}, the exam {exam.negatives}")
    if exam.negatives is Negatives.NEAR and evidence.plain is None:
        return _MISTAKE.absent(f"{exam.negatives}; not drawn again, as the vectors were not given")
    try:
        other = [u for u, found in _again(evidence) if found != set(evidence.papers[u].candidates)]
    except CannotDraw as error:
        return _MISTAKE.made(f"{exam.negatives} lists cannot be drawn: {error}")
    if other:
        return _differing(exam, other)
    if exam.negatives in _EASY:
        return _MISTAKE.noted(
            f"{exam.negatives}: drawn at random, which is easy; read it beside matched or near ones"
        )
    return _MISTAKE.absent(f"{exam.negatives}: the lists come out again from data and seed")


def _differing(exam: FrozenExam, people: Sequence[str]) -> Finding:
    """Lists that do not come out again, a few of which may do so for the machine's sake."""
    said = f"{len(people)} lists are not the {exam.negatives} ones of data and seed"
    if exam.negatives is Negatives.NEAR and len(people) <= _MACHINES * len(exam.papers):
        return _MISTAKE.noted(f"{said}: vectors differ a little between machines", people)
    return _MISTAKE.made(said, people)


def _again(evidence: Evidence) -> Iterator[tuple[str, Collection[str]]]:
    """The lists as data and seed have them, in no order, by person. Raises CannotDraw."""
    exam = evidence.exam
    if exam.negatives is Negatives.RELEASED:
        yield from ((paper.user_id, {*person.candidates}) for person, paper in evidence.known)
        return
    if exam.negatives is Negatives.RELEASED_MATCHED:
        for person, paper in evidence.known:
            yield paper.user_id, {*(person.candidates_matched or ())}
        return
    shelf = Shelf.of(evidence.domain.items, evidence.donors, plain=evidence.plain)
    for person, paper in evidence.known:
        found = draw(
            exam.negatives,
            target=person.target,
            taken=person.dealt_with,
            shelf=shelf,
            seed=exam.seed,
            user_id=person.user_id,
            count=len(paper.candidates) - 1,
        )
        yield paper.user_id, {person.target, *found}
