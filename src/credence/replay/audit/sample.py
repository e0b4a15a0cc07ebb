"""8. Samples too small for what is said of them."""

from __future__ import annotations

from collections import Counter
from math import sqrt

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake

_MISTAKE = Mistake(8, "the sample is large enough to tell systems apart")
_ENOUGH = 385  # people, for a half-width of 5 points
_WIDTH = 1.96  # standard errors to either side of 95 in 100


def sample(evidence: Evidence) -> Finding:
    """People are counted once, and the widest an interval of HR@1 can be is said."""
    counts = Counter(paper.user_id for paper in evidence.exam.papers)
    again = [user_id for user_id, count in counts.items() if count > 1]
    if again:
        return _MISTAKE.made("people are counted several times", again)
    if not counts:
        return _MISTAKE.made("the exam has no people")
    n = len(counts)
    said = f"{n} people: 95% half-width of HR@1 at .5 is {100 * _WIDTH * sqrt(0.25 / n):.1f} points"
    if n < _ENOUGH:
        return _MISTAKE.noted(f"{said}; differences below it need the paired test")
    return _MISTAKE.absent(said)
