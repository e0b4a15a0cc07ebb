"""Two replays held against each other: paired where both sat one exam, else laid side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from credence.app import replays as shown
from credence.app.replays import (
    HEADLINES,
    Beside,
    ExamBeside,
    ExamFigures,
    Measured,
    Pair,
    Replay,
    SystemFigures,
)
from credence.replay.bootstrap import Interval
from credence.replay.errors import ReplayError
from credence.replay.figures.compare import Comparison, Contender, compare
from credence.replay.runner.folder import FinishedRun
from credence.replay.runner.reading import read_run
from credence.replay.shown.counted import condition_of
from credence.replay.shown.runs import run_folders
from credence.replay.shown.within import Within

_MOST_PAIRS = 40  # each costs 10,000 resamples
_NAMED = (KeyError, TypeError, ValueError, AttributeError)

_Kind: TypeAlias = tuple[str, str, int | None]  # domain, condition, seed


def beside(
    left: tuple[Path, Replay],
    right: tuple[Path, Replay],
    within: Within,
    *,
    ours: str = "",
    theirs: str = "",
) -> Beside:
    """System by system of one name, or `ours` on the left against `theirs` on the right."""
    troubles: list[str] = []
    if left[0] == right[0]:
        mine = others = _read(left[0], within, troubles)
    else:
        mine, others = (_read(one[0], within, troubles) for one in (left, right))
    paired = list(_paired(mine, others, ours, theirs, troubles))
    done = {(one.domain, one.condition, one.seed) for one in paired}
    return Beside(
        (*paired, *_unpaired(left[1], right[1], ours, theirs, done)),
        tuple(dict.fromkeys(troubles)),
    )


def _read(folder: Path, within: Within, troubles: list[str]) -> Sequence[FinishedRun]:
    found = []
    for place in run_folders(folder):
        try:
            within.check_links(place)
            found.append(read_run(place))
        except ReplayError as error:
            troubles.append(str(error).replace(f"{within.root}/", ""))
        except (*_NAMED, OSError) as error:
            troubles.append(f"{within.named(place)} cannot be read: {error!r}")
    return found


def _paired(
    mine: Sequence[FinishedRun],
    others: Sequence[FinishedRun],
    ours: str,
    theirs: str,
    troubles: list[str],
) -> Iterator[ExamBeside]:
    left, right = _by_exam(mine), _by_exam(others)
    for sha256 in [one for one in left if one in right]:  # in the order of the left ones
        pairs = list(_contenders(left[sha256], right[sha256], ours, theirs))
        if len(pairs) > _MOST_PAIRS:
            troubles.append(f"only {_MOST_PAIRS} of {len(pairs)} pairs of an exam are shown")
        try:
            found = compare(pairs[:_MOST_PAIRS])
        except ReplayError as error:
            troubles.append(str(error))
            continue
        if found:
            run = found[0].a.run
            yield ExamBeside(
                sha256=sha256,
                domain=run.exam.domain,
                condition=_condition(run),
                seed=run.exam.seed,
                people=(found[0].people, found[0].people),
                paired=True,
                pairs=tuple(map(_pair, found)),
            )


def _by_exam(runs: Sequence[FinishedRun]) -> Mapping[str, dict[str, Contender]]:
    """By exam its systems; of two runs with one system the first."""
    found: dict[str, dict[str, Contender]] = {}
    for run in runs:
        for system in run.records:
            found.setdefault(run.exam.sha256, {}).setdefault(
                system, Contender(run=run, system=system)
            )
    return found


def _contenders(
    left: Mapping[str, Contender], right: Mapping[str, Contender], ours: str, theirs: str
) -> Iterator[tuple[Contender, Contender]]:
    if ours or theirs:
        a, b = left.get(ours or theirs), right.get(theirs or ours)
        if a is not None and b is not None:
            yield a, b
        return
    for system, contender in left.items():
        if system in right:
            yield contender, right[system]


def _condition(run: FinishedRun) -> str:
    exam = run.exam
    return condition_of({"negatives": exam.negatives.value, "instructed": exam.instructed})


def _pair(one: Comparison) -> Pair:
    return Pair(
        left=one.a.system,
        right=one.b.system,
        gaps=tuple(
            shown.Gap(
                measure=gap.measure,
                left=_measured(gap.a),
                right=_measured(gap.b),
                difference=_measured(gap.difference),
                p_holm=gap.p_holm,
            )
            for gap in one.gaps
            if gap.measure in HEADLINES
        ),
        better=one.better,
        same=one.same,
        worse=one.worse,
    )


def _measured(value: Interval) -> Measured:
    return Measured(value.mean, value.low, value.high)


def _unpaired(
    left: Replay, right: Replay, ours: str, theirs: str, done: set[_Kind]
) -> Iterator[ExamBeside]:
    """Exams of one kind that were not the same exam, by their figures alone."""
    for exam, other in _alike(left.exams, right.exams):
        if _is_done(exam, done):
            continue
        mine = {one.system: one for one in exam.systems}
        there = {one.system: one for one in other.systems}
        named = [(ours or theirs, theirs or ours)] if ours or theirs else [(s, s) for s in mine]
        pairs = [_laid(mine[a], there[b]) for a, b in named if a in mine and b in there]
        if pairs:
            yield ExamBeside(
                sha256=exam.sha256,
                domain=exam.domain,
                condition=exam.condition,
                seed=exam.seed,
                people=(exam.people, other.people),
                paired=False,
                pairs=tuple(pairs),
            )


def _alike(
    left: Sequence[ExamFigures], right: Sequence[ExamFigures]
) -> Iterator[tuple[ExamFigures, ExamFigures]]:
    """Exams that are alone on their side with their domain, condition and seed; of replays that
    have one exam of the domain and condition whatever the seeds are."""
    for exam in left:
        for seeded in (False, True):
            key = _kind(exam, seeded=seeded)
            mine = [one for one in left if _kind(one, seeded=seeded) == key]
            there = [one for one in right if _kind(one, seeded=seeded) == key]
            if len(mine) == len(there) == 1:
                yield exam, there[0]
                break


def _kind(exam: ExamFigures, *, seeded: bool) -> _Kind:
    return exam.domain, exam.condition, exam.seed if seeded else None


def _is_done(exam: ExamFigures, done: set[_Kind]) -> bool:
    """Whether this exam was paired; where its seed is not known, any of its kind."""
    if exam.seed is None:
        return any(kind[:2] == (exam.domain, exam.condition) for kind in done)
    return _kind(exam, seeded=True) in done


def _laid(left: SystemFigures, right: SystemFigures) -> Pair:
    return Pair(
        left=left.system,
        right=right.system,
        gaps=tuple(
            shown.Gap(
                measure=measure,
                left=left.values[measure],
                right=right.values[measure],
                difference=None,
                p_holm=None,
            )
            for measure in HEADLINES
        ),
    )
