"""From lessons to a bundle: the generalist, experts for some domains, the router over them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from credence.inference.listwise import recipe
from credence.inference.listwise.bundle import Bundle, Edition
from credence.inference.listwise.lesson import Lesson
from credence.inference.listwise.network import SIGNALS, Network
from credence.inference.listwise.sources import Part
from credence.inference.listwise.stage import Stage
from credence.inference.listwise.training import (
    train_alpha,
    train_expert,
    train_reward,
    train_router,
)
from credence.inference.training.errors import TrainingError


class TooFewPeople(TrainingError):
    """Somebody must teach the experts, and somebody else the router."""


# Weights (2, F) of the semantic signals, silent and asked, fitted on these domains alone.
Linear = Callable[[Collection[str]], NDArray[np.float64]]


def make(
    lessons: Mapping[str, Lesson],
    linear: Linear,
    *,
    number: str,
    folder: Path | None = None,
    upto: Stage = Stage.TARO,
    done: Callable[[str], None] = lambda stage: None,
) -> Bundle | None:
    """Train on these lessons up to a stage; a domain that is not among them is not learnt from.

    None where that stops short of a router: what was trained is in its checkpoints. Where it is
    known of nobody what they disliked, there is no reward model, and so nothing that steers.

    The router learns from people whom no expert has seen: of those they have seen, every expert
    seems to know more than it does. In `folder` each stage keeps checkpoints, and goes on from them
    after a kill. `done` is told the name of each stage that is through.

    Raises TooFewPeople before anything is trained.
    """
    without = {recipe.ROUTER_FOLD}
    _must_suffice(lessons, upto)
    experts = {recipe.GENERALIST: _generalist(lessons, linear, without, folder)}
    done(recipe.GENERALIST)
    at_home: dict[str, int] = {}
    for one in recipe.SPECIALITIES:
        domains = [
            domain
            for domain in one.domains
            if domain in lessons and len(lessons[domain].rows(without=without))
        ]
        if not domains:
            continue
        at_home |= dict.fromkeys(domains, len(experts))
        experts[one.name] = train_expert(
            one.name,
            [
                Part(lessons[d].corpus, lessons[d].rows(without=without, more=one.more))
                for d in domains
            ],
            one.shape,
            _tensor(linear(domains)),
            plan=one.plan,
            folder=folder,
        )
        done(one.name)
    if upto is Stage.EXPERTS:
        return None
    halved = {name: _weaker(expert, recipe.SHARE) for name, expert in experts.items()}
    homes = sorted(lessons)
    router = train_router(
        list(halved.values()),
        [
            Part(
                lessons[domain].corpus,
                lessons[domain].held_out(recipe.ROUTER_FOLD),
                homes=tuple(
                    at
                    for at, other in enumerate(homes)
                    if at_home.get(other) == at_home.get(domain)
                ),
                expert=at_home.get(domain, 0),
            )
            for domain in homes
        ],
        torch.stack([torch.from_numpy(lessons[domain].centre) for domain in homes]),
        halved[recipe.GENERALIST],
        plan=recipe.ROUTER_PLAN,
        away=recipe.AWAY,
        routing_share=recipe.ROUTING_SHARE,
        folder=folder,
    )
    done("router")
    routed = Bundle(
        edition=Edition(number=number), experts=halved, router=router, homes=tuple(homes)
    )
    if upto is Stage.ROUTER:
        return routed
    pairs = [Part(one.pairs, torch.arange(len(one.pairs))) for one in lessons.values() if one.pairs]
    if not pairs:
        return routed
    reward = train_reward(pairs, halved[recipe.GENERALIST], plan=recipe.REWARD_PLAN, folder=folder)
    done("reward")
    guided = replace(routed, reward=reward)
    if upto is Stage.REWARD:
        return guided
    alpha = train_alpha(
        router,
        list(halved.values()),
        reward,
        [Part(one.corpus, one.held_out(recipe.ROUTER_FOLD)) for one in lessons.values()],
        plan=recipe.ALPHA_PLAN,
        folder=folder,
    )
    done("alpha")
    return replace(guided, alpha=alpha)


def _must_suffice(lessons: Mapping[str, Lesson], upto: Stage) -> None:
    """Raises TooFewPeople where the experts or the router would learn from nobody."""
    fold, all_of = recipe.ROUTER_FOLD, lessons.values()
    if not any(len(one.rows(without={fold})) for one in all_of):
        raise TooFewPeople("there is nobody that experts could learn from: train on more people")
    if upto is not Stage.EXPERTS and not any(len(one.held_out(fold)) for one in all_of):
        raise TooFewPeople(
            "there is nobody that the router could learn from, which is taught by about a fifth "
            "of the people, whom no expert sees: train on more people"
        )


def _generalist(
    lessons: Mapping[str, Lesson], linear: Linear, without: Collection[int], folder: Path | None
) -> Network:
    return train_expert(
        recipe.GENERALIST,
        [Part(one.corpus, one.rows(without=without)) for one in lessons.values()],
        recipe.GENERAL_SHAPE,
        _tensor(linear(sorted(lessons))),
        plan=recipe.GENERAL_PLAN,
        folder=folder,
    )


def _weaker(network: Network, share: float) -> Network:
    """The same order of candidates, with all differences smaller by `share`."""
    weaker = deepcopy(network)
    with torch.no_grad():
        for part in (weaker.linear, weaker.out.weight, weaker.out.bias):
            part.mul_(share)
    return weaker


def _tensor(linear: NDArray[np.float64]) -> torch.Tensor:
    """Weights (2, F) of a unit of signal, in units of the network's spreads."""
    if linear.shape != (2, SIGNALS):
        raise ValueError(f"linear weights must be (2, {SIGNALS}), got {linear.shape}")
    return torch.from_numpy(linear).float()
