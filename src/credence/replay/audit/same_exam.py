"""2. Every system sitting another exam."""

from __future__ import annotations

from collections.abc import Iterator

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.exam.fingerprint import fingerprint

_MISTAKE = Mistake(2, "one frozen exam for every system")


def same_exam(evidence: Evidence) -> Finding:
    """The exam is of this data, and all answers are to its papers, whole and in its order."""
    exam, run = evidence.exam, evidence.run
    faults, people = [], set(_strangers(evidence))
    if people:
        faults.append(f"{len(people)} people are not in the data with this target")
    if exam.data_sha256 != fingerprint(evidence.domain, evidence.donors):
        faults.append("the data is not what the exam was frozen from")
    if run is not None:
        if not run.manifest.exam_sha256 == run.exam.sha256 == exam.sha256:
            faults.append("the run names another exam")
        expected = [paper.user_id for paper in exam.papers]
        for system in run.manifest.systems:
            sat = [record.user_id for record in run.records.get(system, ())]
            if sat != expected:
                faults.append(f"{system} was not asked about exactly the exam's people in order")
                people |= set(sat) ^ set(expected)
        other = list(_other_candidates(evidence))
        if other:
            systems = ", ".join(sorted({system for system, _ in other}))
            faults.append(f"other candidates than the exam's were ranked by {systems}")
            people |= {user_id for _, user_id in other}
    if faults:
        return _MISTAKE.made("; ".join(faults), people)
    sat_by = "" if run is None else f", sat by {len(run.manifest.systems)} systems"
    return _MISTAKE.absent(f"{exam.sha256[:12]}: {len(exam.papers)} papers{sat_by}")


def _strangers(evidence: Evidence) -> Iterator[str]:
    for paper in evidence.exam.papers:
        person = evidence.people.get(paper.user_id)
        if person is None or person.target != paper.target:
            yield paper.user_id


def _other_candidates(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for system, paper, record in evidence.answers:
        if not record.failure and sorted(record.order) != sorted(paper.candidates):
            yield system, record.user_id
