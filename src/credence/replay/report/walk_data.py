"""What the charts of a walk draw, as plain JSON: names of systems and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credence.planner.llm.asking import Role
from credence.replay.believing.variant import variant
from credence.replay.bootstrap import Interval
from credence.replay.evolving.figures.calibration import ALL, BELIEF, OPEN, RESCALED, Reliability
from credence.replay.evolving.figures.courses import Course, around_change, over_time
from credence.replay.evolving.figures.differences import REFERENCES
from credence.replay.evolving.figures.found import Found

WORK, TOKENS = "operations a person", "tokens a person"
_DIGITS = 5
_TENTH = 0.1  # of the people of the fullest bucket: what fewer reach is not drawn
_FEW = 3  # systems that can be told apart in one picture with all their intervals


def walk_data(found: Found) -> dict[str, Any]:
    """Every chart's part of the data, by the key that it has in the page."""
    walk = _walk(found)
    parts = {"walk": walk, "differences": _differences(found), "operations": _operations(found)}
    if found.asks:
        parts["tokens"] = _by_tokens(found, walk)
    if found.calibration:
        first = next(iter(found.calibration))
        parted = {part.part: part for part in found.calibration[first].parts}
        opened = {
            system: part
            for system, one in found.calibration.items()
            for part in one.parts
            if part.part == OPEN
        }
        parts |= {
            "reliability": _reliability({n: p for n, p in parted.items() if n in (ALL, OPEN)}),
            "confidence": _reliability({n: p for n, p in parted.items() if n not in (ALL, OPEN)}),
            "by_system": _reliability(opened if len(opened) > 1 else {}),
            "skill": _skill(parted),
        }
        parts = {key: part for key, part in parts.items() if part.get("series", True)}
    return parts


def _walk(found: Found) -> dict[str, Any]:
    """In the form of an exam's data, so that the charts of exams draw it too."""
    systems = list(found.quality)
    values = {
        measure: {
            system: next(one.value for one in levels if one.measure == measure)
            for system, levels in found.quality.items()
            if any(one.measure == measure for one in levels)
        }
        for measure in found.chance
    }
    known = [system for system in systems if all(system in of for of in values.values())]
    courses = {measure: over_time(found, measure) for measure in found.chance}
    changes = {measure: around_change(found, measure) for measure in found.chance}
    return {
        "systems": known,
        "chosen": _chosen(known),
        "reference": known[0] if known else "",
        "chance": {name: round(value, _DIGITS) for name, value in found.chance.items()},
        "figures": {
            measure: [_interval(of[system]) for system in known] for measure, of in values.items()
        },
        "whiskered": True,  # policies are so much alike that means alone would mislead
        "price": {
            "label": WORK,
            "values": {
                system: round(found.work[system].operations_in_all, _DIGITS) for system in known
            },
            "frontier": {
                measure: [
                    p.system for p in found.frontier if p.measure == measure and p.on_frontier
                ]
                for measure in found.chance
            },
        },
        "over_time": {measure: _course(one) for measure, one in courses.items()},
        "around_change": {m: _course(one) for m, one in changes.items() if one is not None},
    }


def _by_tokens(found: Found, walk: Mapping[str, Any]) -> dict[str, Any]:
    """Quality against what language models took, in the same form."""
    same = ("systems", "reference", "figures", "whiskered")
    best = {
        measure: [  # the line goes up along the axis
            p.system
            for p in sorted(found.frontier, key=lambda p: (p.tokens, p.value.mean))
            if p.measure == measure and p.on_token_frontier
        ]
        for measure in found.chance
    }
    tokens = {name: round(found.work[name].tokens, _DIGITS) for name in walk["systems"]}
    named = {name: True for name, took in tokens.items() if took}  # also off the frontier
    price = {"label": TOKENS, "values": tokens, "frontier": best, "named": named}
    return {name: walk[name] for name in same} | {"price": price}


def _chosen(systems: list[str]) -> list[str]:
    """Those drawn at first: the first one, a model's policy, and what they are held against."""
    if len(systems) <= _FEW:
        return systems
    planned = [system for system in systems if Role.PLANNER in variant(system).roles]
    held = [system for system in systems if variant(system).policy in REFERENCES]
    return list(dict.fromkeys([systems[0], *planned[:1], *held]))[:_FEW]


def _course(course: Course) -> dict[str, Any]:
    """Buckets and levels; around a change the first bucket is all that came before it."""
    people = max((bucket.people for bucket in course.buckets), default=0)
    drawn = [at for at, one in enumerate(course.buckets) if one.people >= _TENTH * people]
    buckets = [
        {"steps": course.buckets[at].steps, "people": course.buckets[at].people} for at in drawn
    ]
    levels = {system: [_or_none(of[at]) for at in drawn] for system, of in course.values.items()}
    if course.before:
        asked = max(level.people for level in course.before.values())
        buckets = [{"steps": "before", "people": asked}, *buckets]
        first = {system: _interval(level.value) for system, level in course.before.items()}
        levels = {system: [first.get(system), *of] for system, of in levels.items()}
    return {"buckets": buckets, "levels": levels}


def _differences(found: Found) -> dict[str, Any]:
    rows = list(dict.fromkeys(d.system for d in found.differences))
    groups: dict[str, dict[str, list[list[float] | None]]] = {}
    for measure in found.chance:
        for one in found.differences:
            if one.measure == measure:
                title = f"less {one.reference}, {one.part}"
                empty: list[list[float] | None] = [None] * len(rows)
                of = groups.setdefault(measure, {}).setdefault(title, empty)
                of[rows.index(one.system)] = _interval(one.value)
    return {"rows": rows, "groups": groups, "name": "difference", "by_measure": True}


def _operations(found: Found) -> dict[str, Any]:
    kinds = sorted({name for work in found.work.values() for name in work.operations})
    return {
        "rows": list(found.work),
        "kinds": {
            kind: [round(work.operations.get(kind, 0.0), _DIGITS) for work in found.work.values()]
            for kind in kinds
        },
        "name": WORK,
    }


def _reliability(parts: Mapping[str, Reliability]) -> dict[str, Any]:
    return {
        "chosen": list(parts)[:_FEW],
        "series": {
            title: [
                {
                    "middle": round((b.low + b.high) / 2, _DIGITS),
                    "strength": round(b.strength, _DIGITS),
                    "sign": [round(b.sign, _DIGITS)]
                    if b.interval is None
                    else _interval(b.interval),
                    "people": b.people,
                    "claims": b.claims,
                }
                for b in part.bins
            ]
            for title, part in parts.items()
        },
    }


def _skill(parts: Mapping[str, Reliability]) -> dict[str, Any]:
    """Of one system's beliefs, as they are and rescaled, over what is said without them."""
    rows = [name for name in parts if name in (ALL, OPEN)]
    groups: dict[str, list[list[float] | None]] = {}
    for at, name in enumerate(rows):
        for score in parts[name].scores:
            for title, skill in ((BELIEF, score.skill), (RESCALED, score.rescaled)):
                if skill is not None and score.predictor != RESCALED:
                    of = groups.setdefault(f"{title}, over {score.predictor}", [None] * len(rows))
                    of[at] = _interval(skill)
    return {"rows": rows, "groups": groups, "name": "Brier skill"}


def _or_none(value: Interval | None) -> list[float] | None:
    return None if value is None else _interval(value)


def _interval(value: Interval) -> list[float]:
    return [round(part, _DIGITS) for part in (value.mean, value.low, value.high)]
