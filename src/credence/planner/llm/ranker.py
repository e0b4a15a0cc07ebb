"""The ranker's seat: a model puts what the local ranker found best into an order of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from credence.memory.model import Item, SeenEvent
from credence.planner.counter import Reordered, Shown
from credence.planner.llm.answers import RankerAnswer
from credence.planner.llm.asking import Asks, Errand, Question, Role
from credence.planner.llm.documents import (
    CandidateView,
    EventView,
    ItemView,
    PersonDocument,
    RankerDocument,
)
from credence.planner.llm.fence import document, words
from credence.planner.llm.instructions import prompt_of
from credence.planner.llm.outcome import put
from credence.planner.llm.views import item_view, seen_view

_PROFILE, _INSTRUCTION, _TITLE, _TEXT = 2_400, 1_000, 160, 200  # characters
_TOKENS_A_LABEL, _TOKENS_ANYWAY = 8, 200
_REPAIRABLE = 0.5  # share of the labels that must be there for an intent to be plain


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmRanker:
    """Profile, recent events, instruction and candidates in; a permutation out (2605.14401).

    Candidates come in an order by a seeded hash and under short labels, so neither the local
    order nor an id tells anything. Of an item the model sees title, creators and labels and not
    its description, which is where a command to put it first finds room; and none may stand
    more than `rise` places above or below its place in the local order, where that is set.
    """

    model: Asks
    clock: Callable[[], float]  # the event loop's, seconds
    seconds: float  # that a person waits for an order at most
    most: int = 20  # candidates
    rise: int | None = None
    seed: int = 0

    @property
    def name(self) -> str:
        return f"llm-{prompt_of(Role.RANKER).version}"

    async def __call__(self, shown: Shown) -> Reordered:
        """Indices of the candidates, given in the local order, the best first."""
        if len(shown.candidates) < 2:
            return Reordered(order=tuple(range(len(shown.candidates))), ranker=self.name)
        shuffled = self._shuffled(shown)
        labels = {f"i{place + 1}": at for place, at in enumerate(shuffled)}
        asked = await put(self._question(shown, labels), self.model)
        local = tuple(range(len(shown.candidates)))
        if asked.answer is None:
            return Reordered(order=local, ranker=self.name, fallback=asked.told.fallback)
        named = [labels[one] for one in dict.fromkeys(asked.answer.value.order) if one in labels]
        if len(named) < _REPAIRABLE * len(local):
            why = f"the model named {len(named)} of {len(local)} candidates"
            return Reordered(order=local, ranker=self.name, fallback=why)
        missing = [at for at in local if at not in set(named)]
        order = [*named, *missing]
        return Reordered(
            order=tuple(order) if self.rise is None else held_near(order, self.rise),
            ranker=self.name,
            repaired=len(missing),
        )

    def _shuffled(self, shown: Shown) -> list[int]:
        """Places in an order that depends on the list and the person, not on the local ranker."""
        asked = f"{self.seed}|{shown.user_id}|{shown.instruction}"

        def lot(at: int) -> bytes:
            return hashlib.sha256(f"{asked}|{shown.candidates[at].item_id}".encode()).digest()

        return sorted(range(len(shown.candidates)), key=lot)

    def _question(self, shown: Shown, labels: dict[str, int]) -> Question[RankerAnswer]:
        person = person_view(shown)
        data = RankerDocument(
            profile=person.profile,
            recent=person.recent,
            instruction=person.instruction,
            candidates=candidate_views(
                (label, shown.candidates[at]) for label, at in labels.items()
            ),
        )
        return Question(
            role=Role.RANKER,
            errand=Errand(
                tenant=shown.tenant, user_id=shown.user_id, until=self.clock() + self.seconds
            ),
            prompt=prompt_of(Role.RANKER),
            data=document(data),
            form=RankerAnswer,
            most_tokens=_TOKENS_ANYWAY + _TOKENS_A_LABEL * len(labels),
            check=lambda answer: _faults(answer, labels),
        )


def person_view(shown: Shown) -> PersonDocument:
    """The person of a list: profile, what they did last, and what they ask for; bounded."""
    return PersonDocument(
        profile=words(shown.profile, most=_PROFILE),
        recent=(*_visited(shown.session), *map(_recent, shown.recent)),
        instruction=words(shown.instruction, most=_INSTRUCTION) or None,
    )


def candidate_views(named: Iterable[tuple[str, Item]]) -> tuple[CandidateView, ...]:
    """Items under labels, without their descriptions, where a command would find room."""
    return tuple(CandidateView(label=label, item=item_view(item, about=0)) for label, item in named)


def held_near(order: Sequence[int], places: int) -> tuple[int, ...]:
    """The order in which no candidate stands more than `places` above or below its own index.

    Places are filled from the best: each goes to the candidate that may stand no lower, if that
    one is left, and else to the first in the order that may stand there. An order that is within
    the bound stays as it is. `order` is a permutation of its indices.
    """
    left = list(order)
    placed: list[int] = []
    for place in range(len(order)):
        last = place - places  # whoever may stand no lower than here; one at most
        at = last if last in left else next(one for one in left if one - place <= places)
        left.remove(at)
        placed.append(at)
    return tuple(placed)


def _faults(answer: RankerAnswer, labels: dict[str, int]) -> Sequence[str]:
    """Only an answer that could not be repaired is asked for again."""
    named = sum(one in labels for one in set(answer.order))
    if named >= _REPAIRABLE * len(labels):
        return ()
    return (f"order has {named} of the {len(labels)} labels given; every one must be in it once",)


def _recent(seen: SeenEvent) -> EventView:
    title = None if seen.title is None else ItemView(title=words(seen.title, most=_TITLE))
    return seen_view(seen.event, title, text=_TEXT)


def _visited(session: Sequence[Item]) -> tuple[EventView, ...]:
    """The items of a session as what somebody looked at just now."""
    return tuple(
        EventView(id=f"s{at}", when="now", action="view", item=item_view(item, about=0))
        for at, item in enumerate(session, 1)
    )
