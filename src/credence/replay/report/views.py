"""Exams as the templates show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credence.app.replays import HEADLINES
from credence.replay.bootstrap import SURE
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.figures.draws import draws_in_words
from credence.replay.figures.exam import ExamFigures
from credence.replay.figures.quality import Difference
from credence.replay.figures.slices import ALL, Slice
from credence.replay.metrics.measures import headlines, telling
from credence.replay.published import Published, published
from credence.replay.report.apart import Apart, furthest_apart, rival
from credence.replay.report.chart_data import chart_data, condition
from credence.replay.report.price import Price, price

_COMPARABLE = (Negatives.RELEASED, Negatives.RANDOM)


@dataclass(frozen=True, kw_only=True)
class ExamView:
    """One exam with everything that its part of the report shows."""

    anchor: str
    condition: str
    draw: str  # which seed it is of, where others of its domain and condition are of other lists
    counted: ExamFigures
    rival: str | None
    apart: tuple[Apart, ...]
    price: Price | None
    published: tuple[Published, ...]
    measures: tuple[str, ...]  # that are shown of every exam of the report
    charts: Mapping[str, Any]

    @property
    def by_quality(self) -> tuple[str, ...]:
        """Systems, the best by the second headline first."""
        return tuple(sorted(self.counted.sat.systems, key=lambda s: -self.quality(s)))

    def quality(self, system: str) -> float:
        """What systems are put in order by: NDCG@5, or NDCG@10 of lists of more than ten."""
        return self.counted.figure(system, self.headlines[-1], ALL).value.mean

    @property
    def headlines(self) -> tuple[str, str]:
        """Those that are shown where there is no room for all."""
        return headlines(self.counted.sat.exam.longest)

    @property
    def kinds(self) -> tuple[tuple[Slice, ...], ...]:
        """Breakdowns: the slices of each kind."""
        kinds = dict.fromkeys(part.kind for part in self.counted.slices if part.kind)
        return tuple(
            tuple(part for part in self.counted.slices if part.kind == kind) for kind in kinds
        )

    @property
    def plumbing_only(self) -> bool:
        return any(run.manifest.plumbing_only for run in self.counted.sat.runs)

    def best(self, measure: str) -> str:
        """The system with the highest mean; the first of equals."""
        return max(
            self.counted.sat.systems,
            key=lambda s: self.counted.figure(s, measure, ALL).value.mean,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """In how many exams a system was surely better or worse than the reference; see `surely`."""

    system: str
    exams: int
    better: Mapping[str, int]  # by measure
    worse: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The exams with one kind of list and of question, and their systems, the best first."""

    name: str
    views: tuple[ExamView, ...]
    systems: tuple[str, ...]


def conditions(views: Sequence[ExamView]) -> tuple[Condition, ...]:
    """Every condition, in the order in which it first appears."""
    names = dict.fromkeys(view.condition for view in views)
    return tuple(_condition(name, [v for v in views if v.condition == name]) for name in names)


def exam_views(counted: Sequence[ExamFigures], *, against: str | None) -> tuple[ExamView, ...]:
    """A view an exam: domains in the order given, of each released lists with instruction first,
    of these the lowest seed."""
    domains = list(dict.fromkeys(one.sat.exam.domain for one in counted))

    def place(one: ExamFigures) -> tuple[int, int, bool, int]:
        exam = one.sat.exam
        kind = list(Negatives).index(exam.negatives)
        return domains.index(exam.domain), kind, not exam.instructed, exam.seed

    in_order = sorted(counted, key=place)
    exams = [one.sat.exam for one in counted]
    measures = telling(max((exam.longest for exam in exams), default=0))
    return tuple(
        _view(
            one,
            number,
            against,
            alike=[e for e in exams if e.title == one.sat.exam.title],
            measures=measures,
        )
        for number, one in enumerate(in_order, start=1)
    )


def standings(views: Sequence[ExamView]) -> tuple[Standing, ...]:
    """How every system stands to the reference over all exams, best first."""
    systems = dict.fromkeys(d.system for view in views for d in view.counted.differences)
    found = [_standing(system, views) for system in systems]
    return tuple(
        sorted(
            found,
            key=lambda s: (s.worse["NDCG@5"] - s.better["NDCG@5"], s.worse["HR@1"], s.system),
        )
    )


def surely(found: Difference | None) -> str:
    """ "better", "worse", or nothing where p, corrected within its exam, is .05 or more."""
    if found is None or found.p_holm >= SURE:
        return ""
    return "better" if found.value.mean > 0 else "worse"


def _view(
    one: ExamFigures,
    number: int,
    against: str | None,
    *,
    alike: Sequence[FrozenExam],
    measures: tuple[str, ...],
) -> ExamView:
    beside, cost = rival(one, against), price(one)
    exam = one.sat.exam
    comparable = exam.instructed and exam.negatives in _COMPARABLE
    return ExamView(
        anchor=f"exam-{number}",
        condition=condition(one),
        draw=draws_in_words([exam], among=alike) if len(alike) > 1 else "",
        counted=one,
        rival=beside,
        apart=() if beside is None else furthest_apart(one, beside),
        price=cost,
        published=published(exam.domain) if comparable else (),
        measures=measures,
        charts=chart_data(one, rival=beside, price=cost, measures=measures),
    )


def _condition(name: str, views: Sequence[ExamView]) -> Condition:
    found: dict[str, list[float]] = {}
    for view in views:
        for system in view.counted.sat.systems:
            found.setdefault(system, []).append(view.quality(system))
    return Condition(
        name=name,
        views=tuple(views),
        systems=tuple(sorted(found, key=lambda s: -sum(found[s]) / len(found[s]))),
    )


def _standing(system: str, views: Sequence[ExamView]) -> Standing:
    verdicts = {
        measure: [
            surely(found)
            for view in views
            if (found := view.counted.difference(system, view.headlines[place])) is not None
        ]
        for place, measure in enumerate(HEADLINES)
    }
    return Standing(
        system=system,
        exams=len(verdicts[HEADLINES[0]]),
        better={measure: found.count("better") for measure, found in verdicts.items()},
        worse={measure: found.count("worse") for measure, found in verdicts.items()},
    )
