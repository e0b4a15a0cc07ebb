"""The audit as a whole, and its file in the folder of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from credence.replay.audit.clean_lists import clean_lists
from credence.replay.audit.constant import constant
from credence.replay.audit.evidence import Evidence
from credence.replay.audit.failures import failures
from credence.replay.audit.finding import Finding
from credence.replay.audit.hard_lists import hard_lists
from credence.replay.audit.leaked import leaked
from credence.replay.audit.order import order
from credence.replay.audit.prompts import prompts
from credence.replay.audit.read_only import read_only
from credence.replay.audit.rounding import rounding
from credence.replay.audit.same_exam import same_exam
from credence.replay.audit.sample import sample
from credence.replay.runner.folder import AUDIT
from credence.replay.runner.kept import write_json

CHECKS: tuple[Callable[[Evidence], Finding], ...] = (
    read_only,
    same_exam,
    clean_lists,
    failures,
    prompts,
    leaked,
    order,
    sample,
    rounding,
    hard_lists,
    constant,
)


def audited(evidence: Evidence) -> tuple[Finding, ...]:
    """What each of the eleven checks finds, in their order."""
    return tuple(check(evidence) for check in CHECKS)


def write_audit(found: Sequence[Finding], folder: Path, *, answers: Mapping[str, str]) -> None:
    """Put it into the folder of a run, whole or not at all, with which answers it is of: digests by
    system."""
    findings = [finding.as_json() for finding in found]
    write_json(folder / AUDIT, {"answers": dict(answers), "findings": findings})
