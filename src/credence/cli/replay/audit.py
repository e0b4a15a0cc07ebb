"""`credence replay audit`: eleven mistakes of public harnesses, looked for in an exam or a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from credence.cli.options import Json
from credence.cli.output import harmless, print_json, results, working
from credence.cli.refusals import Unusable, refusals
from credence.cli.replay.asked import Cache

if TYPE_CHECKING:
    from credence.memory.model import Vector
    from credence.replay.audit.evidence import Evidence
    from credence.replay.audit.finding import Finding
    from credence.replay.people import Domain

FOUND = 1  # exit code: at least one check failed
_SHOWN = 20  # people of a finding; all of them are in the JSON
_STYLES = {"passed": "green", "failed": "bold red", "noted": "yellow", "not-applicable": "dim"}


def audit(
    path: Annotated[
        Path, typer.Argument(metavar="EXAM_OR_RUN", help="An exam's file, or the folder of a run.")
    ],
    data: Annotated[Path, typer.Option(help="The data that the exam was drawn from.")],
    *,
    cache: Cache = None,
    as_json: Json = False,
) -> None:
    """Check an exam, or a run of one, for everything that could make its figures worthless.

    The findings of a run are kept in its folder, for the report; they hold until it is answered
    more. Exit code 1 if a check failed.
    """
    with refusals():
        from credence.replay.audit.checks import audited, write_audit

        with working(f"auditing {harmless(str(path))}"):
            evidence = _evidence(path, data, cache)
            found = audited(evidence)
            if evidence.run is not None:
                write_audit(found, evidence.run.folder, answers=evidence.run.answers)
    if as_json:
        print_json(
            {
                "path": str(path),
                "exam_sha256": evidence.exam.sha256,
                "failed": sum(map(_failed, found)),
                "findings": [finding.as_json() for finding in found],
            }
        )
    else:
        _show(evidence, found)
    if any(map(_failed, found)):
        raise typer.Exit(FOUND)


def _evidence(path: Path, data: Path, cache: Path | None) -> Evidence:
    from credence.replay.audit.evidence import Evidence
    from credence.replay.exam.donors import donors_of
    from credence.replay.exam.files import read_exam
    from credence.replay.exam.paper import Negatives
    from credence.replay.loaders.instructrec import (
        domain_folder,
        domain_folders,
        load_domain,
        load_training_targets,
    )
    from credence.replay.runner.reading import read_run

    run = read_run(path) if path.is_dir() else None
    exam = read_exam(path) if run is None else run.exam
    folders = {domain_folder(folder).name: folder for folder in domain_folders(data)}
    if exam.domain not in folders:
        raise Unusable(
            f"{data} has no domain {exam.domain}; it has {', '.join(sorted(folders))}",
            fix="give the data that the exam was drawn from",
        )
    folder = folders[exam.domain]
    domain = load_domain(folder)
    targets = load_training_targets(folder).get(domain.name, {})
    return Evidence(
        domain=domain,
        exam=exam,
        donors=donors_of(domain, targets),
        run=run,
        plain=_plain(domain, cache) if exam.negatives is Negatives.NEAR else None,
    )


def _plain(domain: Domain, cache: Path | None) -> Mapping[str, Vector]:
    """Vectors of the items' texts, as lists of near ones were drawn by."""
    from credence.replay.bundled import remembered
    from credence.replay.encoded import encode_domain

    return encode_domain(domain, remembered(cache)).plain


def _failed(finding: Finding) -> bool:
    return finding.outcome.value == "failed"


def _show(evidence: Evidence, found: Sequence[Finding]) -> None:
    console, exam = results(), evidence.exam
    console.print(Text(harmless(f"{exam.title}: {len(exam.papers)} people, {exam.sha256[:12]}")))
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("", justify="right")
    table.add_column("check")
    table.add_column("outcome", no_wrap=True)
    table.add_column("found", overflow="fold")
    for finding in found:
        outcome = finding.outcome.value
        table.add_row(
            str(finding.number),
            finding.name,
            Text(outcome, style=_STYLES[outcome]),
            Text(harmless(f"{finding.detail}{_people(finding.people)}")),
        )
    console.print(table)
    failed = sum(map(_failed, found))
    console.print(f"\n{failed} of {len(found)} checks failed" if failed else "\nno check failed")


def _people(people: Sequence[str]) -> str:
    if not people:
        return ""
    more = f" and {len(people) - _SHOWN} more" if len(people) > _SHOWN else ""
    return f" [{len(people)}: {', '.join(people[:_SHOWN])}{more}]"
