"""What a ranker would make of what was known when a choice was made, and of how lately others chose
each item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credence.planner.ranking.signals import signals
from credence.replay.conditional_logit import Choices, fit_choices, log_probabilities
from credence.replay.fitting import Question
from credence.replay.positions import Position, positions
from credence.replay.routed.lessons import FOLDS, fold
from credence.replay.routed.parts import ranker_named
from scripts.clock.told import RANKERS, Ranked, World, chosen_at, head, scores_of

Table = NDArray[np.float64]

EACH = 6  # earlier choices a person
SPANS = {"a month": 30.0, "half a year": 180.0, "two years": 720.0}  # days, e-fold
_DAY = 86_400.0
_LONG = 3_650.0  # days since anybody chose what nobody did
_PENALTY = 0.003
FITTED = "a linear ranker, fitted to what was known"
_SETS = {
    FITTED: (),
    "and to how many chose it in about a month": (0,),
    "and in half a year": (1,),
    "and in two years": (2,),
    "and to how long ago the last one did": (3,),
    "and to all four": (0, 1, 2, 3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """One list with what was known of its items when it was chosen from."""

    question: Question
    signals: Table  # (N, F)
    lately: Table  # (N, 4)
    shipped: Table  # (R, N), scores of `RANKERS`


async def lately(world: World) -> None:
    """Print a table for each kind of list, nothing asked."""
    drawn = positions(world.encoded.domain, seed=world.seed, each=EACH)
    times, kinds = _times(world), kinds_of(drawn)
    rankers = [ranker_named(name, None) for name in RANKERS]
    found: dict[str, list[_List]] = defaultdict(list)
    number = 0
    async for question in world.asked(drawn, world.chosen_at):
        position, kind = drawn[number], kinds[number]
        number += 1
        case = replace(question.case, instruction=None, wording=None)
        silent = replace(question, case=case)
        found[kind].append(
            _List(
                question=silent,
                signals=signals(case, np.ones((1, case.pieces), dtype=np.bool_))[:, 0].T,
                lately=how_lately(silent, world.chosen_at(position).timestamp(), times),
                shipped=np.stack([await scores_of(ranker, case) for ranker in rankers]),
            )
        )
    for kind, lists in sorted(found.items()):
        _table(world, lists, kind)


def _table(world: World, lists: Sequence[_List], kind: str) -> None:
    ranked = Ranked(world.seed)
    for one in lists:
        for name, scores in zip(RANKERS, one.shipped, strict=True):
            ranked.add(_as_ships(name), one.question, scores)
    folds = np.array([fold(one.question.domain, one.question.user_id) for one in lists])
    chosen = np.array([one.question.chosen for one in lists])
    for name, columns in _SETS.items():
        shown = np.stack(
            [np.concatenate([one.signals, one.lately[:, columns]], axis=1) for one in lists]
        )
        for held in range(FOLDS):
            here, rest = folds == held, folds != held
            if not here.any() or not rest.any():
                continue
            scale = np.maximum(shown[rest].std(axis=1).mean(axis=0), 1e-9)
            weights = _fitted(shown[rest] / scale, chosen[rest])
            logs = log_probabilities(shown[here] / scale, weights)
            for index, scores in zip(np.flatnonzero(here).tolist(), logs, strict=True):
                ranked.add(name, lists[index].question, scores)
    people = len({one.question.user_id for one in lists})
    what = f"{world.encoded.domain.name}, training people's choices, {kind} lists, not asked"
    print(head(what, people=people, lists=len(lists), less=FITTED))
    names = [*map(_as_ships, RANKERS), *_SETS]
    less = {name: FITTED for name in names if name != FITTED}
    print("\n".join(ranked.rows(names, less=less)), flush=True)


def _fitted(shown: Table, chosen: NDArray[np.int_]) -> Table:
    far = np.full(shown.shape[-1], np.inf)
    shares = np.full(len(chosen), 1 / len(chosen))
    told = Choices(signals=shown, chosen=chosen, shares=shares)
    return fit_choices(told, low=-far, high=far, penalty=_PENALTY)


def how_lately(question: Question, now: float, times: Mapping[str, Mapping[str, float]]) -> Table:
    """How many others had chosen each candidate lately, and how long ago the last (N, 4)."""
    rows = []
    for one in question.case.candidate_ids:
        others = (now - at for user, at in times[one].items() if user != question.user_id)
        past = np.array([age / _DAY for age in others if age >= 0])
        counts = [np.log1p(np.exp(-past / days).sum()) for days in SPANS.values()]
        rows.append([*counts, -np.log1p(past.min(initial=_LONG))])
    return np.array(rows)


def _times(world: World) -> dict[str, dict[str, float]]:
    """When each person last dealt with an item, in seconds, by item and person."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for user_id, story in world.donors.items():
        for done in story:
            found[done.item_id][user_id] = chosen_at(done).timestamp()
    return found


def kinds_of(drawn: Sequence[Position]) -> list[str]:
    """Whose negatives are matched: the second list of each two of one choice."""
    before: Position | None = None
    kinds = list[str]()
    for one in drawn:
        second = before is not None and (one.user_id, one.before) == (before.user_id, before.before)
        kinds.append("matched" if second else "random")
        before = None if second else one
    return kinds


def _as_ships(name: str) -> str:
    return f"{name}, as it ships"
