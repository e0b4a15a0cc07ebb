"""4. Failed answers left out of the mean, or asked for until they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.runner.folder import ANSWERS, FinishedRun, system_file
from credence.replay.runner.record import Record

_MISTAKE = Mistake(4, "a failure counts as the worst rank")


def failures(evidence: Evidence) -> Finding:
    """Nobody has two answers from a system; one without scores has the last rank.

    That everybody has one is seen to where a run is read.
    """
    run = evidence.run
    if run is None:
        return _MISTAKE.out_of_place("no run was given")
    faults: list[str] = []
    people: set[str] = set()
    for system in run.manifest.systems:
        counts = Counter(record.user_id for record in run.records.get(system, ()))
        again = {user_id for user_id, count in counts.items() if count > 1} | _twice(run, system)
        if again:
            faults.append(f"{system} has several answers for {len(again)} people")
        people |= again
    wrong = [
        (system, record.user_id)
        for system, paper, record in evidence.answers
        if not _fair(record, len(paper.candidates))
    ]
    if wrong:
        systems = ", ".join(sorted({system for system, _ in wrong}))
        faults.append(f"failures without the worst rank, or orders without scores, of {systems}")
        people |= {user_id for _, user_id in wrong}
    if faults:
        return _MISTAKE.made("; ".join(faults), people)
    failed = [(system, record.user_id) for system, _, record in evidence.answers if record.failure]
    stood_in = {
        system: sum(record.operations.get("fallbacks", 0) for record in run.records[system])
        for system in run.manifest.systems
    }
    told: list[str] = []
    if failed:
        listed = _listed(Counter(system for system, _ in failed))
        told.append(f"failures, all with the worst rank: {listed}")
    if any(stood_in.values()):
        told.append(f"steps done by built-in parts in place of a model: {_listed(stood_in)}")
    if told:
        return _MISTAKE.noted("; ".join(told), {user_id for _, user_id in failed})
    return _MISTAKE.absent(f"no failures in {sum(map(len, run.records.values()))} answers")


def _listed(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{system} {count}" for system, count in sorted(counted.items()) if count)


def _fair(record: Record, candidates: int) -> bool:
    if record.failure:
        return record.rank == candidates and not record.order and not record.scores
    return len(record.order) == len(record.scores) == candidates


def _twice(run: FinishedRun, system: str) -> set[str]:
    """People with several lines in the file of answers, of which a reader sees the last alone."""
    path = run.folder / ANSWERS / f"{system_file(system)}.jsonl"
    if not path.is_file():
        return set()
    text = path.read_text(encoding="utf-8", errors="surrogatepass")
    counts = Counter(Record.of_line(line).user_id for line in text.split("\n") if line)
    return {user_id for user_id, count in counts.items() if count > 1}
