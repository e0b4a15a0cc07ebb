"""Trains the routed model from recorded people: the one that ships is `credence train router`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from credence.inference.listwise import recipe
from credence.inference.listwise.bundle import Bundle, write
from credence.inference.listwise.lesson import Lesson
from credence.inference.listwise.making import make
from credence.inference.listwise.network import SPREADS
from credence.inference.listwise.stage import Stage
from credence.inference.words import WordEncoder
from credence.replay.bundled import remembered
from credence.replay.encoded import RememberedEncoder
from credence.replay.errors import ReplayError
from credence.replay.routed.lessons import lessons
from credence.replay.routed.linear import linear_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What a model is made from and where it goes."""

    data: Path  # folder of InstructRec domains
    extra: Path | None  # goodreads_extra
    out: Path  # folder for the model
    checkpoints: Path | None = None  # folder for what a killed run goes on from
    cache: Path | None = None  # folder of encoded texts
    leave_out: frozenset[str] = frozenset()  # domains that nothing is learnt from
    upto: Stage = Stage.ROUTER
    number: str = "2"  # of the model
    seed: int = 0  # of positions and negatives


def train(asked: Training, *, done: Callable[[str], None] = lambda stage: None) -> Bundle | None:
    """Make the lessons, train the stages, write the model where there is one.

    Raises ReplayError, TrainingError.
    """
    encoder = remembered(asked.cache)
    words = RememberedEncoder(WordEncoder().encode)
    found = asyncio.run(lessons(asked.data, asked.extra, encoder, words, seed=asked.seed))
    done("lessons")
    learnt = {name: one for name, one in found.items() if name not in asked.leave_out}
    if unknown := asked.leave_out - found.keys():
        raise ReplayError(
            f"{', '.join(sorted(unknown))} cannot be left out: {asked.data} has "
            f"{', '.join(sorted(found))} to learn from"
        )

    def linear(domains: Collection[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return linear_weights(learnt, domains, without={recipe.ROUTER_FOLD})

    bundle = make(
        learnt, linear, number=asked.number, folder=asked.checkpoints, upto=asked.upto, done=done
    )
    if bundle is None:
        return None
    return write(bundle, asked.out, provenance=_provenance(asked, learnt))


def _provenance(asked: Training, learnt: dict[str, Lesson]) -> dict[str, Any]:
    """How to make the same model again."""
    left = [f" --leave-out {name}" for name in sorted(asked.leave_out)]
    extra = f" --extra {asked.extra.name}" if asked.extra else ""
    return {
        "command": f"credence train {asked.upto} --data {asked.data.name}{extra}{''.join(left)} "
        f"--seed {asked.seed}",
        "seed": asked.seed,
        "split": "training half of each domain's people, see credence.replay.split",
        "linear": (linear_weights(learnt, sorted(learnt)) / np.array(SPREADS)).round(4).tolist(),
        "router": f"learnt from fold {recipe.ROUTER_FOLD} of them, which no expert has seen",
        "lists": {
            name: {"of the domain": int((~one.more).sum()), "of more people": int(one.more.sum())}
            for name, one in sorted(learnt.items())
        },
    }
