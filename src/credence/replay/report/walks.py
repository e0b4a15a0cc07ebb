"""A study of evolving tastes in, one HTML file out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from credence.replay.bootstrap import SURE
from credence.replay.evolving.figures.answers import SHOWN
from credence.replay.evolving.figures.calibration import ALL, OPEN
from credence.replay.evolving.figures.courses import Course, around_change, over_time
from credence.replay.evolving.figures.differences import Difference
from credence.replay.evolving.figures.found import Found
from credence.replay.evolving.figures.operations import ANY
from credence.replay.evolving.figures.recovery import WITHIN
from credence.replay.evolving.hindsight import AHEAD
from credence.replay.report.render import render
from credence.replay.report.walk_data import TOKENS, WORK, walk_data

REPORT = "report.html"
_MANY = 100  # people below whom a report warns of how little differences say


@dataclass(frozen=True, slots=True)
class _Shown:
    """A measure along the walks."""

    over_time: Course
    around_change: Course | None


def write_walk_report(found: Found, folder: Path) -> Path:
    """Write the report into the folder of the study; where it is."""
    out = folder / REPORT
    out.write_text(walk_html(found), encoding="utf-8", errors="replace", newline="\n")
    return out


def walk_html(found: Found) -> str:
    """The page as text: the same for the same figures."""
    data = walk_data(found)
    return render(
        {
            "found": found,
            "made": found.manifest,
            "measures": list(found.chance),
            "systems": data["walk"]["systems"],
            "kinds": list(data["operations"]["kinds"]),
            "shown": {m: _Shown(over_time(found, m), around_change(found, m)) for m in SHOWN},
            "surely": _surely,
            "any_look": ANY,
            "few": found.manifest.people < _MANY,
            "within": WITHIN,
            "ahead": AHEAD,
            "work_name": WORK,
            "tokens_name": TOKENS,
            "tokens": sum(work.tokens * work.people for work in found.work.values()),
            "scored": (ALL, OPEN),
            "drawn": data.keys(),
        },
        charts={"domains": [found.manifest.domain], "parts": data},
        page="walk.html.j2",
    )


def _surely(one: Difference) -> str:
    """ "better", "worse", or nothing where the corrected p is .05 or more."""
    if one.p_holm >= SURE:
        return ""
    return "better" if one.value.mean > 0 else "worse"
