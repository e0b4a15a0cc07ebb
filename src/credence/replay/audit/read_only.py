"""1. The truth written into memory while the exam is sat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from credence.replay.audit.evidence import Evidence
from credence.replay.audit.finding import Finding, Mistake
from credence.replay.runner.folder import FinishedRun

READ_ONLY_FILE = "readonly.json"  # by system what a write came to, and rows before and after
_COUNTS, _VERSIONS = "counts", "versions"  # of rows, by table; older runs lack the second
_REFUSED = "25006"  # SQLSTATE of a write in a read-only transaction
_MISTAKE = Mistake(1, "memory is read-only while the exam is sat")


def read_only(evidence: Evidence) -> Finding:
    """Every system with a memory shows a refused write and the same rows before and after.

    The write was tried on a connection like the application's, just before it sat the exam.
    """
    run = evidence.run
    if run is None:
        return _MISTAKE.out_of_place("no run was given")
    systems = sorted(_with_memory(run))
    if not systems:
        return _MISTAKE.out_of_place("no system of this run has a memory in the database")
    path = run.folder / READ_ONLY_FILE
    try:
        shown = json.loads(path.read_text(encoding="utf-8"))
        faults = [fault for system in systems for fault in _faults(system, shown)]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return _MISTAKE.made(f"{READ_ONLY_FILE} does not show it: {error!r}; run the exam again")
    if faults:
        return _MISTAKE.made("; ".join(faults))
    named = ", ".join(systems)
    if all(shown[system].get(f"{_VERSIONS}_before") for system in systems):
        return _MISTAKE.absent(f"a write was refused, and every row is the one it was: {named}")
    return _MISTAKE.absent(
        f"a write was refused, and there are as many rows as before, which does not show that none "
        f"was changed: {named}"
    )


def _with_memory(run: FinishedRun) -> Iterator[str]:
    for system, records in run.records.items():
        kept = any(record.revision is not None or record.operations for record in records)
        if kept or system.casefold().startswith("credence"):
            yield system


def _faults(system: str, shown: Mapping[str, Any]) -> Iterator[str]:
    own = shown.get(system)
    if own is None:
        yield f"{READ_ONLY_FILE} has nothing on {system}"
        return
    if not own.get("enforced_by"):
        yield f"nothing kept {system} from writing"
    if not str(own.get("write_attempt", "")).startswith(_REFUSED):
        yield f"a write was tried under {system} and not refused"
    counts, versions = (_changed(own, what) for what in (_COUNTS, _VERSIONS))
    if not own.get(f"{_COUNTS}_before") or counts:
        yield f"rows of {system} changed: {', '.join(counts) or 'none were counted'}"
    elif versions:
        yield f"rows of {system} were written anew: {', '.join(versions)}"


def _changed(own: Mapping[str, Any], what: str) -> list[str]:
    """The tables that were not the same afterwards."""
    before, after = (own.get(f"{what}_{when}") or {} for when in ("before", "after"))
    return [t for t in sorted({*before, *after}) if before.get(t) != after.get(t)]
