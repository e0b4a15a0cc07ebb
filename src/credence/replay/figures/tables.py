"""Figures as Markdown: a table an exam, every system beside what it is less the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from credence.app.replays import HEADLINES
from credence.replay.bootstrap import FEW, SURE
from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.slices import ALL
from credence.replay.markdown import PLUMBING, apart, plain

_HEAD = (
    "95% intervals over people: percentile bootstrap, 10,000 resamples; of hits and misses, and of "
    f"everything where there are fewer than {FEW} people, Wilson's, which is wider than need be "
    "for what is no proportion. Differences are paired; p by flipped signs, after Holm over the "
    f"systems of an exam; in bold where that is below {SURE}."
)


def tables(exams: Sequence[ExamFigures]) -> str:
    """A table of the headline measures for each exam, in the order given."""
    return "\n\n".join([_HEAD, *(part for one in exams for part in _exam(one))])


def _exam(one: ExamFigures) -> Iterator[str]:
    exam = one.sat.exam
    yield f"## {exam.title}"
    yield f"{len(exam.papers)} people, exam `{exam.sha256[:12]}`, bootstrap seed {one.seed}."
    if any(run.manifest.plumbing_only for run in one.sat.runs):
        yield PLUMBING
    less = f"less {_cell(one.reference)}"
    heads = ["system", *(head for name in HEADLINES for head in (name, less, "p"))]
    differences = {(d.system, d.measure): d for d in one.differences}
    rows = []
    for system in one.sat.systems:
        cells = [_cell(system)]
        for measure in HEADLINES:
            found = differences.get((system, measure))
            cells.append(plain(one.figure(system, measure, ALL).value))
            cells += ["", ""] if found is None else apart(found.value, found.p_holm)
        rows.append(cells)
    yield "\n".join("| " + " | ".join(line) + " |" for line in [heads, ["---"] * len(heads), *rows])


def _cell(name: str) -> str:
    """A name that ends no cell and no row."""
    return " ".join(name.split()).replace("|", r"\|")
