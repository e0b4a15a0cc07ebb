"""6. Questions that give their answers away."""

from __future__ import annotations

from collections import Counter

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.exam.leaks import leaks_of
from credence.replay.figures.facts import FACTS_FILE, read_facts

_MISTAKE = Mistake(6, "titles that give the answer away are reported")


def leaked(evidence: Evidence) -> Finding:
    """Whoever's question leaks is named, and marked in the run so that figures leave them out."""
    found = {
        paper.user_id: leaks
        for person, paper in evidence.known
        if {paper.target, *paper.candidates} <= set(evidence.items)
        and (
            leaks := leaks_of(
                person,
                paper.candidates,
                items=evidence.items,
                instructed=evidence.exam.instructed,
            )
        )
    }
    if not found:
        return _MISTAKE.absent(f"none in {len(evidence.exam.papers)} questions")
    counts = Counter(leak.value for leaks in found.values() for leak in leaks)
    listed = ", ".join(f"{leak} {count}" for leak, count in sorted(counts.items()))
    if evidence.run is None:
        return _MISTAKE.noted(listed, found)
    facts = read_facts(evidence.run.folder)
    if facts is None:
        return _MISTAKE.made(
            f"{listed}; the run has no {FACTS_FILE}, so figures cannot leave them out", found
        )
    unmarked = [u for u in found if u not in facts or not facts[u].leak]
    if unmarked:
        return _MISTAKE.made(f"{listed}; {FACTS_FILE} does not mark {len(unmarked)}", unmarked)
    return _MISTAKE.noted(f"{listed}; figures are also given without them", found)
