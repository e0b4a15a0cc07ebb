"""What a linear ranker makes of which way others went, and of how lately they chose each item: with
what they did at all times, and with what they had done when the choice was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from credence.inference.training.seeds import derived_seed
from credence.planner.ranking.signals import SIGNALS, signals
from credence.replay.conditional_logit import Choices, fit_choices, log_probabilities
from credence.replay.fitting import Question
from credence.replay.positions import Position, positions
from credence.replay.routed.lessons import FOLDS, fold
from credence.replay.routed.parts import ranker_named
from scripts.clock.told import ALL_TIMES, RANKERS, Ranked, World, chosen_at, head, scores_of

Table = NDArray[np.float64]

EACH = 6  # earlier choices a person
SPANS = {"a month": 30.0, "half a year": 180.0, "two years": 720.0}  # days, e-fold
FRESH = "of the month"  # lists of items that others had chosen in the month before
_DAY = 86_400.0
_LONG = 3_650.0  # days since anybody chose what nobody did
_PENALTY = 0.003
_NEGATIVES = 9
_ORDER = [at for at, name in enumerate(SIGNALS) if name.startswith("followed")]
_REST = [at for at in range(len(SIGNALS)) if at not in _ORDER]
_EVERY = [*_REST, *_ORDER]
WITHOUT = "linear, fitted without the order of others' choices"
_SETS: dict[str, tuple[list[int], tuple[int, ...]]] = {  # of signals, and of what is lately
    WITHOUT: (_REST, ()),
    "and with it": (_EVERY, ()),
    "and how many chose it in about a month": (_EVERY, (0,)),
    "and in half a year": (_EVERY, (1,)),
    "and in two years": (_EVERY, (2,)),
    "and how long ago the last one did": (_EVERY, (3,)),
    "and all four": (_EVERY, (0, 1, 2, 3)),
    "without order, and all four": (_REST, (0, 1, 2, 3)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """One list with what was known of its items when it was chosen from."""

    question: Question
    signals: Table  # (N, F)
    lately: Table  # (N, 4)
    shipped: Table  # (R, N), scores of `RANKERS`


async def lately(world: World) -> None:
    """Print a table for each kind of list and each state of knowledge, nothing asked."""
    drawn = list(positions(world.encoded.domain, seed=world.seed, each=EACH))
    times, kinds = _times(world), kinds_of(drawn)
    for position, kind in list(zip(drawn, kinds, strict=True)):
        fresh = of_the_month(position, world, times) if kind == "matched" else None
        if fresh is not None:
            drawn.append(fresh)
            kinds.append(FRESH)
    together = sorted(zip(drawn, kinds, strict=True), key=lambda one: one[0].user_id)
    drawn, kinds = [position for position, _ in together], [kind for _, kind in together]
    rankers = [ranker_named(name, None) for name in RANKERS]
    for known, until in ((ALL_TIMES, None), ("by the choice", world.chosen_at)):
        found: dict[str, list[_List]] = defaultdict(list)
        number = 0
        async for question in world.asked(drawn, until):
            position, kind = drawn[number], kinds[number]
            number += 1
            case = replace(question.case, instruction=None, wording=None)
            silent = replace(question, case=case)
            now = world.chosen_at(position).timestamp()
            found[kind].append(
                _List(
                    question=silent,
                    signals=signals(case, np.ones((1, case.pieces), dtype=np.bool_))[:, 0].T,
                    lately=how_lately(silent, now, times),
                    shipped=np.stack([await scores_of(ranker, case) for ranker in rankers]),
                )
            )
        for kind, lists in sorted(found.items()):
            _table(world, lists, f"{kind} lists, others' say {known}")


def of_the_month(
    position: Position, world: World, times: Mapping[str, Mapping[str, float]]
) -> Position | None:
    """The same choice among nine items that others, too, had chosen in the month before it; None
    where the chosen one was not, or there are too few."""
    now = world.chosen_at(position).timestamp()
    taken = {done.item_id for done in world.donors[position.user_id]}
    target = position.candidates[position.chosen]

    def is_fresh(item_id: str) -> bool:
        chosen = (at for user_id, at in times[item_id].items() if user_id != position.user_id)
        return any(0 < now - at <= 30 * _DAY for at in chosen)

    pool = sorted(item_id for item_id in times if item_id not in taken and is_fresh(item_id))
    if len(pool) < _NEGATIVES or not is_fresh(target):
        return None
    lot = derived_seed(world.seed, "fresh", position.user_id, position.before)
    drawn = np.random.default_rng(lot).choice(len(pool), _NEGATIVES, replace=False)
    return replace(position, candidates=(target, *(pool[at] for at in drawn)), chosen=0)


def _table(world: World, lists: Sequence[_List], kind: str) -> None:
    ranked = Ranked(world.seed)
    for one in lists:
        for name, scores in zip(RANKERS, one.shipped, strict=True):
            ranked.add(_as_ships(name), one.question, scores)
    folds = np.array([fold(one.question.domain, one.question.user_id) for one in lists])
    chosen = np.array([one.question.chosen for one in lists])
    for name, (signalled, counted) in _SETS.items():
        shown = np.stack(
            [
                np.concatenate([one.signals[:, signalled], one.lately[:, counted]], axis=1)
                for one in lists
            ]
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
    what = f"{world.encoded.domain.name}, training people's choices, {kind}, not asked"
    print(head(what, people=people, lists=len(lists), less=WITHOUT))
    names = [*map(_as_ships, RANKERS), *_SETS]
    less = {name: WITHOUT for name in names if name != WITHOUT}
    print("\n".join(ranked.rows(names, less=less)), flush=True)


def _fitted(shown: Table, chosen: NDArray[np.int_]) -> Table:
    far = np.full(shown.shape[-1], np.inf)
    shares = np.full(len(chosen), 1 / len(chosen))
    told = Choices(signals=shown, chosen=chosen, shares=shares)
    return fit_choices(told, low=-far, high=far, penalty=_PENALTY)


def how_lately(question: Question, now: float, times: Mapping[str, Mapping[str, float]]) -> Table:
    """How many others had chosen each candidate lately, and how long ago the last (N, 4).

    Where times are days, what others did on the same day is not known: nobody can say what of it
    came before.
    """
    rows = []
    for one in question.case.candidate_ids:
        others = (now - at for user, at in times[one].items() if user != question.user_id)
        past = np.array([age / _DAY for age in others if age > 0])
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
