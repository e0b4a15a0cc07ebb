"""Weights head and alpha router for somebody's own language models, learnt and tried."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from credence.inference.causal.heads.kept import observed
from credence.inference.causal.heads.learning import (
    LearntAlpha,
    LearntHead,
    Plan,
    learn_alpha,
    learn_head,
)
from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.heads.observing import Observer, tokens_of
from credence.inference.causal.heads.opinions import FUSED, STEERED, opinions
from credence.inference.causal.load import Checked, check, load_members
from credence.inference.causal.plan import Plan as Models
from credence.inference.causal.plan import expert_names
from credence.inference.causal.settings import CausalSettings
from credence.inference.causal.wording import Wording
from credence.inference.routing.blend import TopKRouter
from credence.replay.believing.taken import content_of
from credence.replay.bundled import remembered
from credence.replay.errors import ReplayError
from credence.replay.heads.lists import Asked, Choices, Recorded, choices, recorded
from credence.replay.heads.steerable import steerable
from credence.replay.heads.trial import Trial, tried
from credence.replay.routed.lessons import fold

SETS = LEARNT_FROM, CHOSEN_ON, TRIED_ON = "learnt from", "chosen on", "tried on"
_FOLDS = {0: TRIED_ON, 1: CHOSEN_ON}  # of the training people; the others are learnt from
FEWEST = 20  # people in each of the three, for anything to be said


class TooFewPeople(ReplayError):
    """The recorded people are too few to learn from some and try on others."""

    fix = "name a folder with more people, or leave out --people"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsTraining:
    """What heads are learnt from and where they go."""

    asked: Asked
    models: CausalSettings  # untrained
    orders: int
    checkpoints: Path | None = None  # folder for what a killed run goes on from
    cache: Path | None = None  # folder of encoded texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """The heads, which models they are for, and what they are worth."""

    plan: Models
    head: LearntHead | None
    alpha: LearntAlpha | None
    trial: Trial
    people: dict[str, int]  # learnt from, chosen on, tried on
    left_out: int  # lists that are too long for one of the models
    ruled_out: int = 0  # lists that alpha did not learn from; see `steerable`


def train_heads(
    told: HeadsTraining,
    *,
    stage: Callable[[str], None] = lambda name: None,
    done: Callable[[int, int], None] = lambda count, of: None,
) -> Learnt:
    """Ask the models, learn, try on people held out; nothing is written but checkpoints.

    `stage` is told what begins, `done` how far it is. Raises ReplayError, ModelError and
    TrainingError.
    """
    checked, found = check(told.models), choices(told.asked)
    _check(_people(found), told.asked.data, "the people")
    stage("reading what people did")
    encoder = remembered(told.cache)
    every = asyncio.run(recorded(found, told.asked, encoder, done=done))
    lists = _readable(every, checked, told)
    sets = {name: _rows(lists, name) for name in SETS}
    people = {name: len({_person(lists[at]) for at in rows}) for name, rows in sets.items()}
    _check(people, told.asked.data, "what is left where longer texts than the models read are out")
    stage("asking the models")
    said = _said(told, checked, lists, done)
    stage("learning")
    learn, choose, held_out = (said.of(rows) for rows in sets.values())
    names, plan = expert_names(checked.plan), Plan(seed=told.asked.seed)
    head = learn_head(learn, choose, names, plan=plan, folder=_in(told, "head")) if names else None
    routes = None if head is None else head.head
    alpha, ruled_out = None, 0
    if checked.plan.reward is not None:
        teach = steerable(learn, routes)
        ruled_out = len(learn) - len(teach)
        folder = _in(told, "alpha")
        alpha = learn_alpha(teach, choose, routes, TopKRouter(), plan=plan, folder=folder)
    told_of = opinions(held_out, names, routes, None if alpha is None else alpha.alpha)
    trial = tried(
        {name: logs.numpy() for name, logs in told_of.items()},
        held_out.right.tolist(),
        [_person(lists[at]) for at in sets[TRIED_ON]],
        ours=STEERED if alpha is not None else FUSED,
        seed=told.asked.seed,
    )
    return Learnt(
        plan=checked.plan,
        head=head,
        alpha=alpha,
        trial=trial,
        people=people,
        left_out=len(every) - len(lists),
        ruled_out=ruled_out,
    )


def _check(people: Mapping[str, int], data: Path, of: str) -> None:
    """Raises TooFewPeople where a set has too few."""
    if min(people.values()) < FEWEST:
        counted = ", ".join(f"{count} {name}" for name, count in people.items())
        raise TooFewPeople(f"of {of} in {data} {counted}; {FEWEST} of each are needed")


def _readable(
    lists: Sequence[Recorded], checked: Checked, told: HeadsTraining
) -> tuple[Recorded, ...]:
    """Without those that one of the models could not read to their end, or has no room for;
    serving, such lists stay in the local ranker's order.

    Raises LabelNotOneToken and DamagedModelFile.
    """
    wording, turns, seed = Wording(checked.vocabulary), told.orders, told.asked.seed
    return tuple(
        one
        for one in lists
        if tokens_of(one.known, wording, turns=turns, seed=seed) <= checked.most
    )


def _people(found: Sequence[Choices]) -> dict[str, int]:
    """How many people are in each of the sets."""
    sets = [_set(one.domain.name, own[0].user_id) for one in found for own in one.people]
    return {name: sets.count(name) for name in SETS}


def _rows(lists: Sequence[Recorded], name: str) -> list[int]:
    """The lists of one of the sets, whose people are in no other."""
    return [at for at, one in enumerate(lists) if _set(one.domain, one.user_id) == name]


def _set(domain: str, user_id: str) -> str:
    return _FOLDS.get(fold(domain, user_id), LEARNT_FROM)


def _person(one: Recorded) -> str:
    return f"{one.domain}/{one.user_id}"


def _said(
    told: HeadsTraining,
    checked: Checked,
    lists: Sequence[Recorded],
    done: Callable[[int, int], None],
) -> Observed:
    """The models are loaded only where there is something left to ask, and let go afterwards."""
    through = 0

    def more(count: int) -> None:
        nonlocal through
        through += count
        done(through, len(lists))

    return observed(
        [one.known for one in lists],
        lambda: Observer(
            load_members(told.models), orders=told.orders, alpha=TopKRouter(), seed=told.asked.seed
        ),
        _in(told, "said"),
        identity=_identity(told, checked, lists),
        done=more,
    )


def _identity(told: HeadsTraining, checked: Checked, lists: Sequence[Recorded]) -> str:
    """Of everything that decides what the models say."""
    plan, sum_ = checked.plan, hashlib.sha256()
    reward = () if plan.reward is None else (plan.reward,)
    roles = {"router": (plan.router,), "expert": plan.experts, "reward": reward}
    for role, folders in (roles | {"base": (plan.base,)}).items():
        for folder in folders:
            sum_.update(f"{role} {content_of(folder.deciding())}\n".encode())
    sum_.update(f"{told.models.dtype}|{told.orders}|{told.asked.seed}".encode())
    for one in lists:
        known = one.known
        said = known.named([(item_id, item_id) for item_id in known.candidates])
        sum_.update("\0".join((known.person, said, known.chosen)).encode("utf-8", "surrogatepass"))
    return sum_.hexdigest()


def _in(told: HeadsTraining, name: str) -> Path | None:
    return None if told.checkpoints is None else told.checkpoints / name
