"""Runs in, one HTML file out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from credence.app.replays import HEADLINES
from credence.replay.bootstrap import FEW
from credence.replay.figures.draws import Draws
from credence.replay.figures.errors import UnknownSystem
from credence.replay.figures.exam import ExamFigures
from credence.replay.published import WARNING
from credence.replay.report.audited import audited
from credence.replay.report.render import render
from credence.replay.report.views import (
    ExamView,
    conditions,
    exam_views,
    standings,
    surely,
)
from credence.replay.runner.folder import FinishedRun


def write_report(
    counted: Sequence[ExamFigures], draws: Draws, out: Path, *, against: str | None = None
) -> None:
    """Write the report of these exams and of the draws among them; `against` is held beside the
    reference, person by person.

    Raises UnknownSystem for an `against` that sat none of them.
    """
    known = list(dict.fromkeys(system for one in counted for system in one.sat.systems))
    if against is not None and against not in known:
        raise UnknownSystem(against, known)
    text = report_html(exam_views(counted, against=against), draws)
    out.write_text(text, encoding="utf-8", errors="replace", newline="\n")


def report_html(views: Sequence[ExamView], draws: Draws) -> str:
    """The page as text."""
    runs = _runs(views)
    domains = list(dict.fromkeys(view.counted.sat.exam.domain for view in views))
    return render(
        {
            "views": views,
            "conditions": conditions(views),
            "domains": domains,
            "systems": list(dict.fromkeys(s for view in views for s in view.counted.sat.systems)),
            "references": list(dict.fromkeys(view.counted.reference for view in views)),
            "standings": standings(views),
            "draws": draws,
            "runs": runs,
            "audits": {str(run.folder): audited(run) for run in runs},
            "plumbing_only": any(run.manifest.plumbing_only for run in runs),
            "simulated": list(
                dict.fromkeys(r.manifest.domain for r in runs if r.manifest.simulated)
            ),
            "measures": views[0].measures if views else (),
            "headlines": HEADLINES,
            "published_warning": WARNING,
            "surely": surely,
            "few": FEW,
        },
        charts={"domains": domains, "parts": {view.anchor: view.charts for view in views}},
        page="page.html.j2",
    )


def _runs(views: Sequence[ExamView]) -> list[FinishedRun]:
    """Every run once, those of other orders too."""
    found = {
        str(run.folder): run for view in views for sat in view.counted.orders for run in sat.runs
    }
    return list(found.values())
