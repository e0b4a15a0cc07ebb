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


def hold_out(
    told: Mapping[str, Sequence[Interaction]],
    items: Sequence[Item],
    *,
    liked: float,
    fewest: int,
) -> tuple[tuple[HeldOut, ...], Counter[str]]:
    """Exams by person id, and how many people were left out for which reason.

    What somebody rated no lower than `liked`, or picked and did not rate, they liked. What they
    did after they had first picked the target is in no history, nor what they only skipped.
    """
    catalogue = {item.item_id: item for item in items}
    named = works(items)
    held: list[HeldOut] = []
    left_out: Counter[str] = Counter()
    for user_id in sorted(told):
        story = each_once(told[user_id])
        at = _last_liked(story, liked)
        if len(story) < fewest:
            left_out[FEW.format(fewest=fewest)] += 1
        elif at is None:
            left_out[NOTHING_LIKED] += 1
        else:
            before, target = _at_the_choice(told[user_id], story[at], liked)
            work = named[target.item_id]
            history = tuple(
                done
                for done in each_once(before)
                if named[done.item_id] != work and done.did is not Action.SKIP
            )
            if len(history) + 1 < fewest:
                left_out[NOTHING_BEFORE.format(fewest=fewest)] += 1
                continue
            held.append(
                HeldOut(
                    user_id=user_id,
                    history=history,
                    target=target,
                    instruction=wanted(target, catalogue[target.item_id]),
                    taken=frozenset(done.item_id for done in story),
                )
            )
    return tuple(held), left_out


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
