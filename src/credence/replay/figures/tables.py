"""Figures as Markdown: a table an exam, every system beside what it is less the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from credence.app.replays import HEADLINES
from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.slices import ALL
from credence.replay.markdown import PLUMBING, gap, plain

_HEAD = (
    "95% percentile bootstrap intervals over people, 10,000 resamples; differences are paired, in "
    "bold where the interval leaves out 0; p by flipped signs, after Holm over the systems of an "
    "exam."
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
    apart = {(d.system, d.measure): d for d in one.differences}
    rows = []
    for system in one.sat.systems:
        cells = [_cell(system)]
        for measure in HEADLINES:
            found = apart.get((system, measure))
            cells.append(plain(one.figure(system, measure, ALL).value))
            cells += ["", ""] if found is None else [gap(found.value), f"{found.p_holm:.3f}"]
        rows.append(cells)
    yield "\n".join("| " + " | ".join(line) + " |" for line in [heads, ["---"] * len(heads), *rows])


def _cell(name: str) -> str:
    """A name that ends no cell and no row."""
    return " ".join(name.split()).replace("|", r"\|")
