"""The figures of a study as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from credence.replay.evolving.figures.differences import ALL
from credence.replay.evolving.figures.found import Found
from credence.replay.evolving.figures.operations import ANY, Gained
from credence.replay.evolving.figures.recovery import WITHIN, Recovery
from credence.replay.markdown import gap, plain

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
        ]
    )


def _head(found: Found) -> str:
    manifest = found.manifest
    kind = "spliced timelines" if manifest.spliced else "timelines"
    chance = ", ".join(f"{name} {value:.3f}" for name, value in found.chance.items())
    return (
        f"# Evolving tastes: {manifest.domain}, {manifest.people} {kind}, "
        f"{manifest.questions:,} questions\n\n"
        f"Ten candidates alike in popularity; a random order reaches {chance}. Each person's mean, "
        f"then the mean over people with its 95% interval (10,000 resamples of people). Seed "
        f"{manifest.seed}, {_often(manifest.stride)} from the fifth. Others' memory: "
        f"{manifest.others}."
    )


def _quality(found: Found) -> Iterator[str]:
    rows = [
        [system, *(plain(level.value) for level in levels)]
        for system, levels in found.quality.items()
    ]
    yield _table("How well", ["system", *found.chance], rows)
    for part in dict.fromkeys(one.part for one in found.differences):
        title = "Each person against themselves" + ("" if part == ALL else f", {part}")
        rows = [
            [d.system, d.reference, d.measure, str(d.people), gap(d.value), f"{d.p_holm:.3f}"]
            for d in found.differences
            if d.part == part
        ]
        yield _table(title, ["system", "less", "measure", "people", "difference", "p, Holm"], rows)


def _over_time(found: Found) -> Iterator[str]:
    for measure in found.chance:
        buckets = dict.fromkeys(
            (level.first, level.last, level.people)
            for levels in found.over_time.values()
            for level in levels
            if level.measure == measure
        )
        rows = []
        for system, levels in found.over_time.items():
            cells = {
                level.first: plain(level.value) for level in levels if level.measure == measure
            }
            rows.append([system, *(cells.get(first, _NOTHING) for first, _, _ in buckets)])
        heads = [f"{_range(first, last)} (n {people})" for first, last, people in buckets]
        yield _table(f"{measure} by step", ["system", *heads], rows)


def _change(found: Found) -> Iterator[str]:
    for measure in found.chance if found.after else ():
        firsts = dict.fromkeys(
            (one.level.first, one.level.last, one.level.people)
            for after in found.after.values()
            for one in after
            if one.level.measure == measure
        )
        rows = []
        for system, after in found.after.items():
            before = [plain(b.value) for b in found.before[system] if b.measure == measure]
            cells = {
                o.level.first: plain(o.level.value) for o in after if o.level.measure == measure
            }
            rows.append([system, *before, *(cells.get(first, _NOTHING) for first, _, _ in firsts)])
        heads = [f"{_range(first, last)} after (n {people})" for first, last, people in firsts]
        yield _table(f"{measure} around the change", ["system", "before", *heads], rows)
    rows = [
        [system, one.measure, str(one.people), *_recovered(one)]
        for system, recovered in found.recovery.items()
        for one in recovered
    ]
    if rows:
        heads = ["system", "measure", "people", "steps", "95%", "not recovered"]
        yield _table(f"Steps until within {WITHIN} of the level before", heads, rows)


def _recovered(one: Recovery) -> list[str]:
    def told(steps: int | None) -> str:
        return f"more than {one.looked_at}" if steps is None else str(steps)

    return [told(one.steps), f"{told(one.low)} to {told(one.high)}", f"{one.not_recovered:.0%}"]


def _work(found: Found) -> Iterator[str]:
    names = sorted({name for work in found.work.values() for name in work.operations})
    rows = [
        [
            system,
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
    heads = ["system", "events", "looks", "operations", *names]
    yield _table("Work a person", [*heads, "ms a look", "ms a question", "failures"], rows)
    rows = [
        [p.measure, p.system, f"{p.operations:.1f}", plain(p.value), "yes" if p.on_frontier else ""]
        for p in found.frontier
    ]
    heads = ["measure", "system", "operations a person", "quality", "on the frontier"]
    yield _table("Quality against work", heads, rows)


def _operations(found: Found) -> Iterator[str]:
    rows = [
        [system, one.operation, *_gained(one.ran), *_gained(one.skipped)]
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


def _gained(gained: Gained) -> list[str]:
    return [str(gained.looks), _NOTHING if gained.places is None else gap(gained.places)]


def _range(first: int, last: int | None) -> str:
    return f"{first} and on" if last is None else f"{first}-{last}"


def _often(stride: int) -> str:
    return "every step" if stride == 1 else f"one step in {stride}"


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join([f"## {title}", "", *("| " + " | ".join(line) + " |" for line in lines)])
