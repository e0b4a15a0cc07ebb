"""What `credence replay evolve` wrote into figures.json, as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from credence.app.replays import Evolving, Level, Walked
from credence.replay.evolving.figures.differences import ALL
from credence.replay.shown.counted import figure, measured

_NEVER = "never"  # the policy that the others are held against here
Row = Mapping[str, Any]


def evolving_of(document: Row) -> Evolving:
    """The study. Raises KeyError, TypeError, ValueError where it is not that file."""
    measures = dict.fromkeys(str(row["measure"]) for row in document["quality"])
    return Evolving(
        spliced=bool(document["spliced"]),
        plumbing_only=bool(document.get("plumbing_only", False)),  # missing in older ones
        simulated=bool(document.get("simulated", False)),
        questions=int(document["questions"]),
        stride=int(document["stride"]),
        others=str(document["others"]),
        command=str(document["command"]),
        by_measure={measure: _systems(document, measure) for measure in measures},
        by_chance={str(name): figure(value) for name, value in document["by_chance"].items()},
    )


def _systems(document: Row, measure: str) -> tuple[Walked, ...]:
    parts = {
        part: [row for row in document[part] if row["measure"] == measure]
        for part in ("quality", "over_time", "before_change", "after_change", "recovery")
    }
    parts["differences"] = [
        row
        for row in document["differences"]
        if row["measure"] == measure
        and row["part"] == ALL
        and _NEVER in str(row["reference"]).split(":")
    ]
    systems = dict.fromkeys(str(row["system"]) for row in parts["quality"])
    work = {str(row["system"]): row for row in document["work"]}
    return tuple(
        _system(
            system,
            {
                part: [row for row in rows if row["system"] == system]
                for part, rows in parts.items()
            },
            work.get(system),
        )
        for system in systems
    )


def _system(system: str, parts: Mapping[str, Sequence[Row]], work: Row | None) -> Walked:
    apart = _first(parts["differences"])
    overall, before = _first(parts["quality"]), _first(parts["before_change"])
    return Walked(
        system=system,
        overall=None if overall is None else measured(overall),
        over_time=tuple(map(_level, parts["over_time"])),
        before=None if before is None else measured(before),
        after=tuple(map(_level, parts["after_change"])),
        recovery=_recovery(_first(parts["recovery"])),
        looks=None if work is None else float(work["looks"]),
        operations=None if work is None else float(work["operations_in_all"]),
        difference=None if apart is None else measured(apart),
        p_holm=None if apart is None else float(apart["p_holm"]),
    )


def _first(rows: Sequence[Row]) -> Row | None:
    return rows[0] if rows else None


def _level(row: Row) -> Level:
    last = None if row["last"] is None else int(figure(row["last"]))
    return Level(int(figure(row["first"])), last, int(row["people"]), measured(row))


def _recovery(row: Row | None) -> str:
    if row is None:
        return ""
    if row["steps"] is None:
        return f"not within {int(row['looked_at'])} steps"
    low = "?" if row["low"] is None else int(row["low"])
    high = "never" if row["high"] is None else int(row["high"])
    return f"{int(row['steps'])} steps [{low}, {high}]"
