"""Others' say of all times against what they had said by then, to the rankers that ship."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from credence.replay.positions import Position, exams_of
from credence.replay.routed.parts import ranker_named
from credence.replay.split import Half, half
from scripts.clock.told import ALL_TIMES, RANKERS, Ranked, World, head, latest, scores_of

_KINDS = ("random", "matched")
_Until = Callable[[Position], datetime] | None


async def hindsight(world: World) -> None:
    """Print a table for each half of the people, request and kind of list."""
    domain = world.encoded.domain
    known: dict[str, _Until] = {ALL_TIMES: None, "by their latest event": latest}
    of_training = {ALL_TIMES: None, "by the choice": world.chosen_at, **known}
    for which, times in ((Half.EXAM, known), (Half.TRAIN, of_training)):
        lists: dict[str, list[Position]] = {kind: [] for kind in _KINDS}
        for person in domain.people:
            sits = half(domain.name, person.user_id) is which and person.history
            if sits and (which is Half.EXAM or person.user_id in world.targets):
                for kind, position in zip(_KINDS, exams_of(person), strict=False):
                    lists[kind].append(position)
        for kind, found in lists.items():
            if found:
                await _tables(world, f"{which.value} people, {kind} lists", found, times)


async def _tables(
    world: World, what: str, found: list[Position], times: Mapping[str, _Until]
) -> None:
    rankers = {name: ranker_named(name, None) for name in RANKERS}
    ranked: dict[str, Ranked] = {}
    for known, until in times.items():
        async for question in world.asked(found, until):
            cases = {"not asked": replace(question.case, instruction=None, wording=None)}
            if question.case.instruction is not None:
                cases["asked"] = question.case
            for how, case in cases.items():
                kept = ranked.setdefault(how, Ranked(world.seed))
                for name, ranker in rankers.items():
                    kept.add(_named(name, known), question, await scores_of(ranker, case))
    people = len({position.user_id for position in found})
    for how, kept in sorted(ranked.items()):
        told = f"{world.encoded.domain.name}, {what}, {how}"
        print(head(told, people=people, lists=len(found), less=ALL_TIMES))
        names = [_named(name, known) for name in RANKERS for known in times]
        less = {_named(n, known): _named(n, ALL_TIMES) for n in RANKERS for known in times}
        less = {name: other for name, other in less.items() if name != other}
        print("\n".join(kept.rows(names, less=less)), flush=True)


def _named(ranker: str, known: str) -> str:
    return f"{ranker}, others' say {known}"
