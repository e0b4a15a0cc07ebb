"""Language models of this process in exams: told by what they are, loaded once, asked in turn."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from credence.app.settings import Settings
from credence.inference.parallel import serially
from credence.planner.counter import Reordered, Shown
from credence.planner.llm.instructions import labels_prompt
from credence.planner.llm.labelled import person_part
from credence.replay.asking.journal import Journal, Kept
from credence.replay.believing.taken import content_of
from credence.replay.errors import ReplayError

if TYPE_CHECKING:  # their imports take seconds
    from credence.app.causal_ranker import CausalRanker, RanksByLabels
    from credence.app.causal_settings import CausalRankerSettings
    from credence.inference.causal.folders import ModelFolder
    from credence.inference.causal.lists import ModelList
    from credence.inference.causal.load import CausalSystem
    from credence.inference.causal.wording import Naming

IN_PROCESS = "causal_"  # what the names of their settings begin with
_DECIDING = ("dtype", "top", "orders", "rise", "longest")


class NoneInProcess(ReplayError):
    """A system asks language models of this process, and none is configured."""

    fix = "set CREDENCE_CAUSAL_ROUTER to a model (docs/models.md), or leave the system out"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The models of the settings, for all exams of a run."""

    told: CausalRankerSettings
    system: CausalSystem

    def ranker(self, *, seed: int) -> CausalRanker:
        """As the application makes it, but that the seed draws which label stands for whom, that
        no time is too long, and that on a CPU one thread computes. Raises ModelError."""
        from credence.app.causal_ranker import CausalRanker  # noqa: PLC0415
        from credence.inference.causal.lists import LabelLists  # noqa: PLC0415

        lists = LabelLists(self.system, orders=self.told.orders, seed=seed)
        return CausalRanker.around(Serial(lists), replace(self.told, seconds=math.inf))


@dataclass(frozen=True, slots=True)
class Serial:
    """Lists that come out alike in a process of any size: sums of several threads differ."""

    lists: RanksByLabels

    def rank(self, person: str, candidates: Sequence[str], asked: Naming) -> ModelList:
        with serially():
            return self.lists.rank(person, candidates, asked)


@dataclass(frozen=True, slots=True)
class InTurn:
    """A reorderer whom the next list waits for: none is left as it is because many are asked.

    The journal keeps what it was shown of each person, which all orders of naming the candidates
    begin with, and its order.
    """

    ranker: CausalRanker
    journal: Journal
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def most(self) -> int:
        return self.ranker.most

    async def __call__(self, shown: Shown) -> Reordered:
        async with self._turn:
            made = await self.ranker(shown)
        self._note(shown, made)
        return made

    def _note(self, shown: Shown, made: Reordered) -> None:
        prompt, ids = person_part(shown), [item.item_id for item in shown.candidates]
        told = json.dumps([shown.user_id, prompt, ids])
        key = hashlib.sha256(told.encode()).hexdigest()
        order = None if made.fallback is not None else [ids[place] for place in made.order]
        kept = Kept(answer=None if order is None else {"order": order}, why=made.fallback or "")
        if self.journal.kept(key) == kept:
            return  # by a run that was killed before the answer was written
        self.journal.keep(
            key,
            kept,
            user_id=shown.user_id or "",
            memory=len(shown.recent) + len(shown.session) + bool(shown.profile),
            prompt=prompt,
        )


def configured(settings: Settings, systems: Sequence[str]) -> CausalRankerSettings | None:
    """The models that these systems ask; None where there are no such systems.

    Raises NoneInProcess.
    """
    if systems and settings.causal is None:
        raise NoneInProcess(
            f"{systems[0]} asks language models of this process, and CREDENCE_CAUSAL_ROUTER is "
            "not set"
        )
    if not systems or settings.causal is None:
        return None
    return replace(settings.causal, explanation_tokens=0)  # exams ask for lists alone


def described(settings: Settings, systems: Sequence[str]) -> dict[str, Any]:
    """What a manifest says of the models that these systems ask: names, content and way of asking.

    Every file that decides is read whole. Raises NoneInProcess, and ModelError for models of which
    it can be seen without loading them that they cannot be used.
    """
    told = configured(settings, systems)
    if told is None:
        return {}
    from credence.app.causal_ranker import models_of  # noqa: PLC0415
    from credence.inference.causal.load import check  # noqa: PLC0415

    checked = check(models_of(told))
    plan = checked.plan
    names = {folder: _folder(folder) for folder in plan.on_disk}
    models = {
        "router": names[plan.router],
        "experts": [names[expert] for expert in plan.experts],
        "head": _file(told.head),
        "reward": None if plan.reward is None else names[plan.reward],
        "alpha": _file(told.alpha),
        "base": None if plan.base == plan.router else names.get(plan.base),
        "device": str(checked.device),
        "prompt": labels_prompt().version,
    }
    models |= {name: getattr(told, name) for name in _DECIDING}
    return {f"{IN_PROCESS}{name}": value for name, value in models.items()}


def loaded(settings: Settings, systems: Sequence[str]) -> Loaded | None:
    """The models that these systems ask, which may take minutes; None where none asks any.

    Raises NoneInProcess, ModelError.
    """
    told = configured(settings, systems)
    if told is None:
        return None
    from credence.app.causal_ranker import models_of  # noqa: PLC0415
    from credence.inference.causal.load import load  # noqa: PLC0415

    made = Loaded(told, load(models_of(told)))
    made.ranker(seed=0)  # models that cannot name candidates are refused before anything is made
    return made


def _folder(folder: ModelFolder) -> str:
    return f"{PurePath(folder.name).name}, {content_of(folder.deciding())}"


def _file(path: Path | None) -> str | None:
    return None if path is None else f"{path.name}, {content_of([path])}"
