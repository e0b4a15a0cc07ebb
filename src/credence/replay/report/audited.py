"""An audit's findings as `audit.json` has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from credence.replay.audit.finding import Finding, Outcome
from credence.replay.errors import MalformedData
from credence.replay.runner.folder import AUDIT, FinishedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """All checks of one run; none where it was not audited."""

    findings: tuple[Finding, ...]

    @property
    def failed(self) -> int:
        return sum(finding.outcome is Outcome.FAILED for finding in self.findings)

    @property
    def summary(self) -> str:
        """How many checks came out in each way."""
        counts = Counter(finding.outcome for finding in self.findings)
        return ", ".join(f"{counts[o]} {o.value}" for o in Outcome if counts[o])


def audited(run: FinishedRun) -> Audited:
    """The findings about a run. Raises MalformedData for others than the audit writes."""
    try:
        return Audited(findings=tuple(_finding(one) for one in run.audit))
    except (KeyError, ValueError, TypeError) as error:
        raise MalformedData(
            f"{run.folder / AUDIT}: no finding of an audit ({error!r}); run `credence replay "
            "audit` again"
        ) from error


def _finding(one: Mapping[str, Any]) -> Finding:
    return Finding(
        number=int(one["number"]),
        name=str(one["name"]),
        outcome=Outcome(one["outcome"]),
        detail=str(one["detail"]),
        people=tuple(str(person) for person in one["people"]),
    )
