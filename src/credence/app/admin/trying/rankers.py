"""Rankers other than the one in use, built when they are first asked for and then kept."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from credence.app.rankers import default_ranker
from credence.inference.errors import ModelError
from credence.memory.errors import Invalid
from credence.planner.ranking.case import Ranker

RANKERS = {"routed": "Routed model", "semantic": "Semantic ranker"}
_building = threading.Lock()


@dataclass(frozen=True, slots=True)
class Always:
    """`planner.counter.Rankers` where one ranker ranks for every tenant."""

    ranker: Ranker

    async def of(self, tenant: str) -> Ranker:
        return self.ranker


async def ranker_named(which: str, model: Path | None) -> Ranker:
    """One of RANKERS, with the weights that ship or those of the folder `model`.

    Raises Invalid where the model's files cannot be used.
    """
    try:
        return await asyncio.to_thread(_one, which, model)
    except ModelError as error:
        raise Invalid(
            f"the {which} ranker cannot be built: {error}",
            field="ranker",
            fix="choose another ranker, or mend CREDENCE_RANKER_MODEL",
        ) from error


def _one(which: str, model: Path | None) -> Ranker:
    with _building:  # two that ask at once share one model
        return _built(which, model)


@lru_cache(maxsize=4)
def _built(which: str, model: Path | None) -> Ranker:
    return default_ranker(which, model)
