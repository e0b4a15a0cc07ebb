"""The figures of a study as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from credence.replay.bootstrap import Interval
from credence.replay.evolving.figures.calibration import ALL as WHOLE
from credence.replay.evolving.figures.calibration import OPEN, Reliability
from credence.replay.evolving.figures.courses import around_change, over_time
from credence.replay.evolving.figures.differences import ALL
from credence.replay.evolving.figures.found import Found
from credence.replay.evolving.figures.operations import ANY, Gained
from credence.replay.evolving.figures.recovery import WITHIN, Recovery
from credence.replay.evolving.figures.work import Work
from credence.replay.markdown import PLUMBING, SIMULATED, apart, as_text, gap, plain

_NOTHING = "-"


def tables(found: Found) -> str:
    """Everything, one table after another; intervals are 95% over people."""
    return "\n\n".join(
        [
            _head(found),
            *_quality(found),
            *_over_time(found),
            *_change(found),
            *_work(found),
            *_operations(found),
            *_calibration(found),
        ]
    )


def _head(found: Found) -> str:
    manifest = found.manifest
    kind = "spliced timelines" if manifest.spliced else "timelines"
    chance = ", ".join(f"{name} {value:.3f}" for name, value in found.chance.items())
    return (
        f"# Evolving tastes: {as_text(manifest.domain)}, {manifest.people} {kind}, "
        f"{manifest.questions:,} questions\n\n"
        f"Ten candidates alike in popularity; a random order reaches {chance}. Each person's mean, "
        f"then the mean over people with its 95% interval (10,000 resamples of people). Seed "
        f"{manifest.seed}, {_often(manifest.stride)} from the fifth. Others' memory: "
        f"{as_text(manifest.others)}."
    ) + "".join(
        f"\n\n{warning}"
        for warning, holds in ((SIMULATED, manifest.simulated), (PLUMBING, manifest.plumbing_only))
        if holds
    )


def _quality(found: Found) -> Iterator[str]:
    rows = [
        [as_text(system), *(plain(level.value) for level in levels)]
        for system, levels in found.quality.items()
    ]
    yield _table("How well", ["system", *found.chance], rows)
    for part in dict.fromkeys(one.part for one in found.differences):
        title = "Each person against themselves" + ("" if part == ALL else f", {part}")
        rows = [
            [
                as_text(d.system),
                as_text(d.reference),
                d.measure,
                str(d.people),
                *apart(d.value, d.p_holm),
            ]
            for d in found.differences
            if d.part == part
        ]
        yield _table(title, ["system", "less", "measure", "people", "difference", "p, Holm"], rows)


def _over_time(found: Found) -> Iterator[str]:
    for measure in found.chance:
        course = over_time(found, measure)
        heads = [f"{bucket.steps} (n {bucket.people})" for bucket in course.buckets]
        rows = [[as_text(system), *map(_cell, values)] for system, values in course.values.items()]
        yield _table(f"{measure} by step", ["system", *heads], rows)


def _cell(value: Interval | None) -> str:
    return _NOTHING if value is None else plain(value)


def _change(found: Found) -> Iterator[str]:
    for measure in found.chance:
        course = around_change(found, measure)
        if course is None:
            continue
        heads = [f"{bucket.steps} after (n {bucket.people})" for bucket in course.buckets]
        rows = [
            [as_text(system), _cell(None if before is None else before.value), *map(_cell, values)]
            for system, values in course.values.items()
            for before in [course.before.get(system)]
        ]
        yield _table(f"{measure} around the change", ["system", "before", *heads], rows)
    rows = [
        [as_text(system), one.measure, str(one.people), *_recovered(one)]
        for system, recovered in found.recovery.items()
        for one in recovered
    ]
    if rows:
        heads = ["system", "measure", "people", "steps", "95%", "not recovered"]
        yield _table(f"Steps until within {WITHIN} of the level before", heads, rows)


def _recovered(one: Recovery) -> list[str]:
    low, high = one.told(one.low), one.told(one.high)
    return [one.told(one.steps), f"{low} to {high}", f"{one.not_recovered:.0%}"]


def _work(found: Found) -> Iterator[str]:
    names = sorted({name for work in found.work.values() for name in work.operations})
    rows = [
        [
            as_text(system),
            f"{work.events:.1f}",
            f"{work.looks:.1f}",
            f"{work.operations_in_all:.1f}",
            *(f"{work.operations.get(name, 0.0):.1f}" for name in names),
            _NOTHING if work.planner_ms is None else f"{work.planner_ms:.0f}",
            _NOTHING if work.asking_ms is None else f"{work.asking_ms:.0f}",
            str(work.failures),
        ]
        for system, work in found.work.items()
    ]
    heads = ["system", "events", "looks", "operations", *map(as_text, names)]
    yield _table("Work a person", [*heads, "ms a look", "ms a question", "failures"], rows)
    if found.asks:
        rows = [[as_text(system), *_spent(work)] for system, work in found.work.items()]
        heads = ["system", "operations", "calls", "tokens in", "tokens out", "US dollars"]
        yield _table("What language models took, a person", [*heads, "fallbacks in all"], rows)
        yield (
            f"Where dollars are {_NOTHING} no price is known. Fallbacks are pieces of work that a "
            "built-in part did for a model."
        )
    rows = [
        [p.measure, as_text(p.system), f"{p.operations:.1f}", plain(p.value), _yes(p.on_frontier)]
        + ([f"{p.tokens:,.0f}", _yes(p.on_token_frontier)] if found.asks else [])
        for p in found.frontier
    ]
    heads = ["measure", "system", "operations a person", "quality", "on the frontier"]
    heads += ["tokens a person", "on the frontier of tokens"] if found.asks else []
    yield _table("Quality against work", heads, rows)


def _spent(work: Work) -> list[str]:
    counts = [f"{work.operations_in_all:.1f}", f"{work.calls:.1f}"]
    counts += [f"{work.tokens_in:,.0f}", f"{work.tokens_out:,.0f}"]
    cost = _NOTHING if work.cost is None else f"{work.cost:.4f}"
    return [*counts, cost, str(work.fallbacks)]


def _yes(said: bool) -> str:
    return "yes" if said else ""


def _operations(found: Found) -> Iterator[str]:
    rows = [
        [as_text(system), one.operation, *_gained(one.ran), *_gained(one.skipped)]
        for system, operations in found.by_operation.items()
        for one in operations
        if one.operation == ANY or one.skipped.looks  # else it says what "any" says
    ]
    if rows:
        heads = [
            "system",
            "operation",
            "looks that ran it",
            "places",
            "looks that did not",
            "places",
        ]
        yield _table("Places that the next item moved up through a look", heads, rows)
        yield (
            "The same question just before the look and just after it. This describes; it does not "
            "say what an operation causes: policies run one where it has something to do, and "
            "several at once."
        )


def _calibration(found: Found) -> Iterator[str]:
    if not found.calibration:
        return
    rows = [
        [as_text(system), part.part, str(part.people), *_counted(part)]
        for system, one in found.calibration.items()
        for part in one.parts
    ]
    heads = ["system", "of", "people", "chunks", "claims", "later evidence", "error"]
    heads += ["by noise alone", "later sign less strength"]
    yield _table("Strength against later behaviour", heads, rows)
    yield (
        "A claim is a chunk after a look, of those that at least one of the ten events to come "
        "bears on; its strength is held against the mean sign of those events. The error is the "
        "expected calibration error over ten bins of strength, from 0 to 2; noise adds to it and "
        "more so in resamples, so its interval is biased upward. By noise alone: the error that "
        "beliefs without any would show with so few people. Bearing is judged by the extractor "
        "that made the chunks, and people rate only what they chose."
    )
    if found.manifest.spliced:
        yield "Looks after the change are left out."
    rows = [
        [as_text(system), part.part, score.predictor, plain(score.brier)]
        + [_NOTHING if skill is None else gap(skill) for skill in (score.skill, score.rescaled)]
        for system, one in found.calibration.items()
        for part in one.parts
        if part.part in (WHOLE, OPEN)
        for score in part.scores
    ]
    heads = ["system", "of", "predictor of a later like", "Brier score"]
    heads += ["skill of the belief over it", "rescaled"]
    yield _table("Beliefs against simpler predictions", heads, rows)


def _counted(part: Reliability) -> list[str]:
    counts = [f"{count:,}" for count in (part.chunks, part.claims, part.evidence)]
    return [*counts, plain(part.error), f"{part.noise:.3f}", gap(part.bias)]


def _gained(gained: Gained) -> list[str]:
    return [str(gained.looks), _NOTHING if gained.places is None else gap(gained.places)]


def _often(stride: int) -> str:
    return "every step" if stride == 1 else f"one step in {stride}"


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join([f"## {title}", "", *("| " + " | ".join(line) + " |" for line in lines)])
