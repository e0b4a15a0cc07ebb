"""Makes an exam of each person: the last thing they liked is held out, with what came before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from credence.memory.model import Action, Item
from credence.replay.belief import liked as was_liked
from credence.replay.build.instruction import wanted
from credence.replay.build.once import each_once
from credence.replay.exam.leaks import works
from credence.replay.people import Interaction

FEW = "fewer than {fewest} interactions"
NOTHING_LIKED = "nothing liked"
NOTHING_BEFORE = "fewer than {fewest} interactions up to the last one liked"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """A person and the exam-to-be."""

    user_id: str
    history: tuple[Interaction, ...]  # before the target, without other ids of the same work
    target: Interaction
    instruction: str | None
    taken: frozenset[str]  # everything they ever dealt with; no negative is one of these


class Exams:
    """Exams of people who are taken one by one, in whatever order; of their stories only what the
    exams hold is kept.

    What somebody rated no lower than `liked`, or picked and did not rate, they liked. What they
    did after they had first picked the target is in no history, nor what they only skipped.
    """

    def __init__(self, items: Sequence[Item], *, liked: float, fewest: int) -> None:
        """`items` are all there are; `fewest` is interactions a person, the target among them."""
        self.items = tuple(items)
        self._catalogue = {item.item_id: item for item in items}
        self._works = works(items)
        self._liked, self._fewest = liked, fewest
        self._held: dict[str, HeldOut] = {}
        self._left_out: dict[str, str] = {}  # why, by person

    @property
    def held(self) -> tuple[HeldOut, ...]:
        """By person id."""
        return tuple(self._held[user_id] for user_id in sorted(self._held))

    @property
    def left_out(self) -> Counter[str]:
        """How many people were left out for which reason, the first person's by id first."""
        return Counter(self._left_out[user_id] for user_id in sorted(self._left_out))

    def take(self, user_id: str, told: Sequence[Interaction]) -> None:
        """All that one person did, oldest first; nobody may be taken twice."""
        made = self._made(user_id, told)
        if isinstance(made, HeldOut):
            self._held[user_id] = made
        else:
            self._left_out[user_id] = made

    def _made(self, user_id: str, told: Sequence[Interaction]) -> HeldOut | str:
        story = each_once(told)
        at = _last_liked(story, self._liked)
        if len(story) < self._fewest:
            return FEW.format(fewest=self._fewest)
        if at is None:
            return NOTHING_LIKED
        before, target = _at_the_choice(told, story[at], self._liked)
        work = self._works[target.item_id]
        history = tuple(
            done
            for done in each_once(before)
            if self._works[done.item_id] != work and done.did is not Action.SKIP
        )
        if len(history) + 1 < self._fewest:
            return NOTHING_BEFORE.format(fewest=self._fewest)
        return HeldOut(
            user_id=user_id,
            history=history,
            target=target,
            instruction=wanted(target, self._catalogue[target.item_id]),
            taken=frozenset(done.item_id for done in story),
        )


def hold_out(
    told: Mapping[str, Sequence[Interaction]],
    items: Sequence[Item],
    *,
    liked: float,
    fewest: int,
) -> Exams:
    """The exams of people all of whose stories are at hand."""
    exams = Exams(items, liked=liked, fewest=fewest)
    for user_id, story in told.items():
        exams.take(user_id, story)
    return exams


def _at_the_choice(
    story: Sequence[Interaction], target: Interaction, liked: float
) -> tuple[Sequence[Interaction], Interaction]:
    """What somebody had done when they first picked the target, and the target as it was asked for
    by then."""
    own = [place for place, done in enumerate(story) if done.item_id == target.item_id]
    first = next((place for place in own if was_liked(story[place], least=liked)), own[-1])
    asked = [told for at in own if at <= first and (told := story[at].instruction) is not None]
    return story[:first], replace(target, instruction=asked[0] if asked else None)


def _last_liked(story: Sequence[Interaction], liked: float) -> int | None:
    for at in range(len(story) - 1, -1, -1):
        if was_liked(story[at], least=liked):
            return at
    return None
