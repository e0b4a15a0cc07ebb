"""Language models in this process, routed and steered, with the last word on a list."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

import numpy as np

from credence.app.causal_settings import CausalRankerSettings
from credence.app.causal_teller import CausalTeller
from credence.app.fault import where
from credence.app.model_thread import ModelThread
from credence.inference.causal.lists import TOGETHER, LabelLists, ListTrace, ModelList
from credence.inference.causal.load import load
from credence.inference.causal.settings import CausalSettings
from credence.inference.causal.texts import Texts
from credence.inference.causal.wording import Naming
from credence.inference.errors import ModelError, NoAnswer
from credence.memory.model import Item
from credence.planner.counter import Reordered, Shown
from credence.planner.llm.instructions import labels_prompt
from credence.planner.llm.labelled import candidates_part, person_part
from credence.planner.llm.ranker import held_near
from credence.planner.ranking.case import Trace

log = logging.getLogger(__name__)
_TINY = Shown(
    tenant="",
    user_id=None,
    profile="",
    recent=(),
    session=(),
    instruction="",
    candidates=(Item(item_id="a", title="A"), Item(item_id="b", title="B")),
)


class RanksByLabels(Protocol):
    """`inference.causal.lists.LabelLists`, or what a test puts in its place."""

    def rank(self, person: str, candidates: Sequence[str], asked: Naming) -> ModelList: ...


class CausalRanker:
    """Orders what the local ranker found best by the labels that language models would name.

    FusionRoute and TARo over causal language models (arXiv 2601.05106, 2603.18411), one list at a
    time in a thread of its own. As of any model that reads items' words, none of them may rise by
    more than `rise` places, where that is set. A list that takes too long, finds too many before
    it, or gets no answer keeps the local order and says why.
    """

    def __init__(
        self,
        lists: RanksByLabels,
        *,
        name: str,
        most: int,
        seconds: float,
        rise: int | None,
        models: tuple[str, ...] = (),
        teller: CausalTeller | None = None,
    ) -> None:
        self.name = name
        self.models = models  # by the names of their folders
        self.most = most
        self.teller = teller  # by the same models in the same thread; None: they tell nothing
        self._lists = lists
        self._seconds = seconds
        self._rise = rise
        self._thread = ModelThread() if teller is None else teller.thread

    @classmethod
    def loaded(cls, told: CausalRankerSettings, *, seed: int = 0) -> CausalRanker:
        """Load the models, which may take minutes. Raises ModelError, saying what is wrong.

        `seed`: of the orders in which candidates are named to them.
        """
        system = load(models_of(told))
        teller = None
        if told.explanation_tokens:
            teller = CausalTeller.around(Texts(system), told, ModelThread())
        lists = LabelLists(system, orders=told.orders, seed=seed)
        return cls.around(lists, told, teller=teller)

    @classmethod
    def around(
        cls,
        lists: RanksByLabels,
        told: CausalRankerSettings,
        *,
        teller: CausalTeller | None = None,
    ) -> CausalRanker:
        """The same around models that are loaded."""
        return cls(
            lists,
            name=told.name_with(labels_prompt().version),
            most=told.top,
            seconds=told.seconds,
            rise=told.rise,
            models=told.models,
            teller=teller,
        )

    @property
    def at_work(self) -> int:
        """Lists that are being ordered, explanations that are being told, and all that waits."""
        return self._thread.at_work

    @property
    def has_room(self) -> bool:
        """Whether one more may wait."""
        return self._thread.has_room

    async def __call__(self, shown: Shown) -> Reordered:
        """Indices of the candidates, given in the local order, the best first."""
        local = tuple(range(len(shown.candidates)))
        if len(local) < 2:
            return Reordered(order=local, ranker=self.name)
        if not self.has_room:
            why = f"the language models have {self.at_work} others before this one"
            return Reordered(order=local, ranker=self.name, fallback=why)
        try:
            made = await self.ordered(shown, seconds=self._seconds)
        except TimeoutError:
            why = f"the language models took longer than {self._seconds:g} s"
        except ModelError as error:
            why = f"the language models gave no order: {error}"
        except Exception as error:  # noqa: BLE001  of a device or a model's own code: no list fails
            log.error("language models failed at a list: %s", where(error))  # noqa: TRY400
            why = f"the language models failed: {type(error).__name__}"
        else:
            rise = self._rise
            return made if rise is None else replace(made, order=held_near(made.order, rise))
        log.warning("the local ranker's order stands: %s", why)
        return Reordered(order=local, ranker=self.name, fallback=why)

    async def ordered(self, shown: Shown, *, seconds: float) -> Reordered:
        """The models' own order of two candidates or more, within this time; none is held down.

        A list that was begun is made to its end, one that waits is not when nobody waits for it
        any more. Raises TimeoutError, ModelError, and whatever a device or a model's code raises.
        """
        made = await self._thread.done(partial(self._rank, shown), seconds=seconds)
        return _reordered(self.name, shown, made)

    def warm_up(self) -> Reordered:
        """The order of one tiny list, made where all others will be. Raises ModelError."""
        try:
            return _reordered(self.name, _TINY, self._thread.first(partial(self._rank, _TINY)))
        except ModelError as error:
            raise NoAnswer(f"the language models order not even two items: {error}") from error
        except Exception as error:
            log.error("language models failed at a first list: %s", where(error))  # noqa: TRY400
            why = f"the language models failed at a first list: {type(error).__name__}"
            raise NoAnswer(why) from error

    async def settled(self) -> None:
        """Wait until nothing is at hand or waits."""
        await self._thread.settled()

    def close(self) -> None:
        """Let what is at hand end; what waits is given up."""
        self._thread.close()

    def _rank(self, shown: Shown) -> ModelList:
        items = {item.item_id: item for item in shown.candidates}
        return self._lists.rank(
            person_part(shown), sorted(items), lambda named: candidates_part(named, items)
        )


def models_of(told: CausalRankerSettings, *, untrained: bool = False) -> CausalSettings:
    """Which models are to be loaded; raises BadModelSettings where one is named without the file
    that goes with it. `untrained`: those files are yet to be made."""
    return CausalSettings(
        router=told.router,
        head=None if untrained else told.head,
        experts=told.experts,
        reward=told.reward,
        alpha=None if untrained else told.alpha,
        untrained=untrained,
        decoding=told.explanation_tokens > 0,
        base=told.base,
        dtype=told.dtype,
        device=told.device,
        longest=told.longest,
        rows=TOGETHER + 1,  # and the person's part, which all of them branch off
    )


def _reordered(name: str, shown: Shown, made: ModelList) -> Reordered:
    at = {item.item_id: place for place, item in enumerate(shown.candidates)}
    return Reordered(
        order=tuple(at[item_id] for item_id in made.scores),
        ranker=name,
        trace=None if made.trace is None else _trace(made.trace, list(at), model=name),
    )


def _trace(told: ListTrace, ids: Sequence[str], *, model: str) -> Trace:
    return Trace(
        model=model,
        data=None,
        expert=told.expert,
        weights=told.weights,
        expert_scores=np.array([told.expert_scores[item_id] for item_id in ids]),
        complement_scores=np.array([told.complement_scores[item_id] for item_id in ids]),
        complement_share=told.complement_share,
        alpha=told.alpha,
    )
