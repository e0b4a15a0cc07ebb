"""Runs below a folder: how far they are and what their audits found, whatever answers say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from credence.app.replays import Audited, Run
from credence.replay.audit.finding import Outcome
from credence.replay.runner.covered import digest, findings_of
from credence.replay.runner.folder import ANSWERS, AUDIT, EXAM, MANIFEST, system_file
from credence.replay.shown.counted import condition_of
from credence.replay.shown.within import Within

_TOLD = (Outcome.FAILED.value, Outcome.NOTED.value)


def run_folders(folder: Path) -> tuple[Path, ...]:
    """The folder itself if it is a run, else those right below it or below its `runs`, by name."""
    if (folder / MANIFEST).is_file():
        return (folder,)
    found = (*folder.glob(f"*/{MANIFEST}"), *folder.glob(f"runs/*/{MANIFEST}"))
    return tuple(sorted(path.parent for path in found))


def run_of(folder: Path, within: Within) -> Run:
    """Raises MalformedData, and KeyError, TypeError, ValueError for files of another form."""
    manifest = within.json(folder / MANIFEST)
    exam = within.json(folder / EXAM)["exam"]
    answers = {
        str(system): _answers(folder / ANSWERS / f"{system_file(str(system))}.jsonl", within)
        for system in manifest["systems"]
    }
    audit, findings = _audit(folder / AUDIT, answers, within)
    return Run(
        name=within.named(folder).rsplit("/", 1)[-1],
        domain=str(manifest["domain"]),
        condition=condition_of(manifest),
        started_at=moment(manifest["started_at"]),
        commit=str(manifest["commit"]),
        command=str(manifest["command"]),
        people=len(exam["papers"]),
        systems={system: lines.count(b"\n") for system, lines in answers.items()},
        audit=audit,
        findings=findings,
    )


def audited(runs: Sequence[Run]) -> Audited:
    """How the audits came out, the worst of them."""
    found = {run.audit for run in runs}
    if Audited.FAILED not in found and found > {Audited.NEVER}:
        return Audited.PARTLY
    return next((one for one in Audited if one in found), Audited.NEVER)


def moment(text: Any) -> datetime:
    """ISO 8601; without a zone it is UTC. Raises ValueError, TypeError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _audit(
    path: Path, answers: Mapping[str, bytes], within: Within
) -> tuple[Audited, tuple[str, ...]]:
    digests = {system: digest(lines) for system, lines in answers.items()}
    found = findings_of(within.json(path), digests) if path.exists() else ()
    if not found:
        return Audited.NEVER, ()
    outcomes = {str(finding["outcome"]) for finding in found}
    told = tuple(
        f"{finding['name']}: {finding['detail']}"
        for outcome in _TOLD
        for finding in found
        if finding["outcome"] == outcome
    )
    if Outcome.FAILED.value in outcomes:
        return Audited.FAILED, told
    return (Audited.NOTED if Outcome.NOTED.value in outcomes else Audited.PASSED), told


def _answers(path: Path, within: Within) -> bytes:
    return within.bytes(path) if path.exists() else b""
