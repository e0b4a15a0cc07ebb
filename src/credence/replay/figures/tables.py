"""Figures as Markdown: a table an exam, every system beside what it is less the reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from credence.replay.bootstrap import FEW, SURE
from credence.replay.figures.draws import Draws, Pool
from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.quality import Difference
from credence.replay.figures.slices import ALL
from credence.replay.markdown import PLUMBING, SIMULATED, apart, as_text, plain
from credence.replay.metrics.measures import headlines

_HEAD = (
    "95% intervals over people: percentile bootstrap, 10,000 resamples; of hits and misses, and of "
    f"everything where there are fewer than {FEW} people, Wilson's, which is wider than need be "
    "for what is no proportion. Differences are paired; p by flipped signs, after Holm over the "
    f"systems of an exam; in bold where that is below {SURE}."
)


def tables(exams: Sequence[ExamFigures], draws: Draws) -> str:
    """A table of the headline measures for each exam, in the order given, then of several draws."""
    counted = (part for one in exams for part in _exam(one))
    pooled = (part for pool in draws.pools for part in _pool(pool))
    left = (f"Not counted together: {as_text(one.in_words)}." for one in draws.unpooled)
    return "\n\n".join([_HEAD, *counted, *pooled, *left])


def _exam(one: ExamFigures) -> Iterator[str]:
    exam = one.sat.exam
    yield f"## {as_text(exam.title)}"
    yield (
        f"{len(exam.papers)} people, exam `{exam.sha256[:12]}`, seed {exam.seed}, bootstrap seed "
        f"{one.seed}."
    )
    if any(run.manifest.simulated for run in one.sat.runs):
        yield SIMULATED
    if any(run.manifest.plumbing_only for run in one.sat.runs):
        yield PLUMBING

    def cells(system: str, measure: str) -> list[str]:
        value = one.figure(system, measure, ALL).value
        return [plain(value), *_apart(one.difference(system, measure))]

    beside = f"less {as_text(one.reference)}", "p"
    yield _table(one.sat.systems, headlines(exam.longest), beside, cells)


def _pool(pool: Pool) -> Iterator[str]:
    named = ", ".join(f"`{sat.exam.sha256[:12]}`" for sat in pool.sats)
    yield f"## Several draws: {as_text(pool.title)}"
    yield (
        f"{len(pool.sats)} lists for each of the same {pool.people} people, "
        f"{pool.draws_in_words}, exams {named}, bootstrap seed {pool.seed}. A person counts "
        "once, with the mean over their lists: that tells more of these people, not of more "
        "people. Hit rates have Wilson's interval of the effective number of lists from "
        f"{FEW} people on. Between draws: the standard deviation of what one list a person would "
        "have said."
    )
    if pool.repeated:
        yield f"Lists repeat each other: {pool.repeated_in_words}."
    if pool.in_orders:
        yield f"Of {pool.orders_in_words}, sat in several orders, the first one counts."
    if pool.left:
        yield f"Not counted here: {as_text(pool.left_in_words)}."
    if pool.simulated:
        yield SIMULATED
    if pool.plumbing_only:
        yield PLUMBING

    def cells(system: str, measure: str) -> list[str]:
        apart = _apart(pool.difference(system, measure))
        spread = f"{pool.spread[system, measure]:.3f}"
        return [plain(pool.figure(system, measure).value), *apart, spread]

    beside = f"less {as_text(pool.reference)}", "p", "between draws"
    yield _table(pool.systems, pool.headlines, beside, cells)


def _table(
    systems: Sequence[str],
    measures: Sequence[str],
    beside: Sequence[str],
    cells: Callable[[str, str], list[str]],
) -> str:
    """A row a system: of each measure its `cells`, headed by its name and `beside`."""
    heads = ["system", *(head for name in measures for head in (name, *beside))]
    rows = [
        [as_text(system), *(cell for name in measures for cell in cells(system, name))]
        for system in systems
    ]
    return "\n".join(
        "| " + " | ".join(line) + " |" for line in [heads, ["---"] * len(heads), *rows]
    )


def _apart(found: Difference | None) -> tuple[str, str]:
    """A difference with its p; nothing for the reference."""
    return ("", "") if found is None else apart(found.value, found.p_holm)
