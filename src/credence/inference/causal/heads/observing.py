"""Frozen language models asked lists whose best candidate is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from credence.inference.causal.heads.observed import Observed
from credence.inference.causal.lists import TOGETHER
from credence.inference.causal.load import Members
from credence.inference.causal.model import CausalModel
from credence.inference.causal.reading import CausalReading
from credence.inference.causal.wording import MOST_LABELS, Naming, Wording
from credence.inference.errors import NoAnswer
from credence.inference.routing.blend import TopKRouter
from credence.inference.routing.fusion import fuse
from credence.inference.routing.step import Step
from credence.inference.routing.windows import shuffled


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownList:
    """A list as `LabelLists.rank` is asked for it, and which of its candidates is the best."""

    person: str
    candidates: tuple[str, ...]  # ids, sorted
    chosen: str
    named: Naming


def orders_of(one: KnownList, *, turns: int, seed: int) -> list[list[str]]:
    """The orders in which its candidates are named, as a served list has them."""
    return [shuffled(one.candidates, seed=seed, turn=turn) for turn in range(turns)]


def tokens_of(one: KnownList, wording: Wording, *, turns: int, seed: int) -> int:
    """How many tokens its longest question has."""
    further = (
        wording.further(order, one.named) for order in orders_of(one, turns=turns, seed=seed)
    )
    return len(wording.first(one.person)) + max(map(len, further))


class Observer:
    """Asks every model each question, in several orders of naming its candidates."""

    def __init__(self, members: Members, *, orders: int, alpha: TopKRouter, seed: int = 0) -> None:
        """`alpha` says what is kept for such a router to read. Raises LabelNotOneToken and
        DamagedModelFile as `LabelLists` does."""
        self._members = members
        self._wording = Wording(members.vocabulary)
        self._orders = orders
        self._alpha = alpha
        self._seed = seed
        self._last: tuple[str, dict[int, CausalReading]] | None = None  # the person just read

    @torch.inference_mode()
    def ask(self, one: KnownList) -> Observed:
        """One question (Q = 1). Raises ModelError where the models give no answer or the text is
        too long for them, and ValueError for a list of another length than 2 to `MOST_LABELS`."""
        if not 2 <= len(one.candidates) <= MOST_LABELS or one.chosen not in one.candidates:
            raise ValueError(f"no list of 2 to {MOST_LABELS} with its best candidate in it")
        orders = orders_of(one, turns=self._orders, seed=self._seed)
        further = [self._wording.further(order, one.named) for order in orders]
        own = self._step(self._members.router, one.person, further)
        experts = [self._step(model, one.person, further) for model in self._members.experts]
        guide = self._members.reward
        rewards = [] if guide is None else [self._step(guide, one.person, further)]
        bases = [fuse(said.logits, own.logits) for said in experts] or [own.logits]
        seen = [self._alpha.seen(base, said.logits) for said in rewards for base in bases]
        count = len(one.candidates)
        places = {name: at for at, name in enumerate(one.candidates)}
        order = torch.full((1, len(orders), MOST_LABELS), -1)
        order[0, :, :count] = torch.tensor([[places[name] for name in each] for each in orders])
        told = [self._told(said, count) for said in (own, *experts, *rewards)]
        split = 1 + len(experts)
        nobody = told[0].new_empty(0, *told[0].shape)
        return Observed(
            hidden=own.hidden.float().cpu()[None],
            router=told[0][None],
            experts=(torch.stack(told[1:split]) if experts else nobody)[None],
            reward=(torch.stack(told[split:]) if rewards else nobody)[None],
            seen=self._read_by_alpha(seen, len(orders))[None],
            order=order,
            right=torch.tensor([places[one.chosen]]),
        )

    def _step(self, model: CausalModel, person: str, further: Sequence[list[int]]) -> Step:
        """What the model says after the person's part, which it reads once, and each of these."""
        if self._last is None or self._last[0] != person:
            self._last = (person, {})
        readings = self._last[1]
        if id(model) not in readings:
            readings[id(model)] = model.open([self._wording.first(person)])
        steps = []
        for start in range(0, len(further), TOGETHER):  # as many as there is room for
            some = further[start : start + TOGETHER]
            branches = readings[id(model)].branch([0] * len(some), some)
            steps.append(branches.after(range(len(some)), [[]] * len(some)))
        return Step(
            logits=torch.cat([step.logits for step in steps]),
            hidden=torch.cat([step.hidden for step in steps]),
        )

    def _told(self, said: Step, count: int) -> Tensor:
        """Log-probabilities (T, L) over the first labels. Raises NoAnswer where there are none."""
        tokens = torch.tensor(self._wording.labels[:count], device=said.logits.device)
        logits = said.logits.float()[:, tokens].cpu()
        if not torch.isfinite(logits.amax(-1)).all() or not torch.isfinite(said.hidden).all():
            raise NoAnswer(
                "a model gives no usable logits at a question: its weights hold values that are no "
                "numbers, or its dtype is too small for it; see CREDENCE_CAUSAL_DTYPE"
            )
        told = torch.full((len(logits), MOST_LABELS), -torch.inf)
        told[:, :count] = torch.log_softmax(logits, -1)
        return told

    def _read_by_alpha(self, seen: Sequence[Tensor], orders: int) -> Tensor:
        """(r * max(n, 1), T, 4 k) of (T, 4 k) each."""
        if not seen:
            return torch.empty(0, orders, 4 * self._alpha.k)
        return torch.stack([one.float().cpu() for one in seen])
