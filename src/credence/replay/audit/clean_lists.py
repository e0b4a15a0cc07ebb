"""3. Candidates that the person dealt with, and answers among what systems learn from."""

from __future__ import annotations

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.split import Half, half

_MISTAKE = Mistake(3, "no candidate that the person took, no answer among the donors")


def clean_lists(evidence: Evidence) -> Finding:
    """Each list holds its target once, nothing twice and nothing else that the person took, before
    or later; no donor tells."""
    faults = _faults(evidence)
    if faults:
        counted = (f"{fault} ({len(people)} people)" for fault, people in faults.items())
        return _MISTAKE.made("; ".join(counted), set().union(*faults.values()))
    said = (
        f"{len(evidence.exam.papers)} lists against histories, {len(evidence.donors)} donors "
        "against targets"
    )
    unknown = sum(person.taken is None for person, _ in evidence.known)
    if unknown:
        return _MISTAKE.noted(
            f"{said}; the data does not say of {unknown} people what they took after their target, "
            "so a candidate may be among it: build or convert the domain again"
        )
    return _MISTAKE.absent(f"{said}, and against what came later")


def _faults(evidence: Evidence) -> dict[str, set[str]]:
    """The people at fault, by what is wrong."""
    faults: dict[str, set[str]] = {}
    for person, paper in evidence.known:
        user_id = paper.user_id
        before = {done.item_id for done in person.history}
        if before & (set(paper.candidates) - {paper.target}):
            faults.setdefault("a candidate is in the history", set()).add(user_id)
        if (person.dealt_with - before - {person.target}) & set(paper.candidates):
            faults.setdefault("a candidate was taken later", set()).add(user_id)
        if paper.target in before:
            faults.setdefault("the target is in the history", set()).add(user_id)
        if paper.candidates.count(paper.target) != 1:
            faults.setdefault("the target is not there exactly once", set()).add(user_id)
        if len(set(paper.candidates)) < len(paper.candidates):
            faults.setdefault("a candidate is there twice", set()).add(user_id)
        if set(paper.candidates) - set(evidence.items):
            faults.setdefault("a candidate is no item of the data", set()).add(user_id)
        if {done.item_id for done in evidence.donors.get(user_id, ())} - before:
            faults.setdefault("donors hold what came after the history", set()).add(user_id)
        if half(evidence.domain.name, user_id) is not Half.EXAM:
            faults.setdefault("the person is of the training half", set()).add(user_id)
    return faults
