"""What a person did with an item, as one interaction: a log tells of it several times.

An item that is viewed, bought and reviewed stands where the last of what is kept of it was said,
so that nothing in a history is known before its time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from credence.memory.model import Action
from credence.planner.extraction.attitude import attitude
from credence.replay.belief import events_of
from credence.replay.people import Interaction

# The clearest first, after opinions. Words that say neither good nor bad make no opinion.
_CLEAREST = {
    Action.PURCHASE: 1,
    Action.REVIEW: 2,
    Action.RATING: 2,
    Action.SKIP: 3,
    Action.CLICK: 4,
    Action.VIEW: 5,
}
_SAID = frozenset({Action.LIKE, Action.DISLIKE})


def each_once(story: Sequence[Interaction]) -> tuple[Interaction, ...]:
    """Each item of a story, oldest first, once, with the last rating and the last words of it.

    Who changed their mind is taken at their last opinion: what they said before to the contrary is
    left out. What was asked for is what led to the first of the interactions that are kept.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, done in enumerate(story):
        places[done.item_id].append(place)
    kept = (_kept(story, of_item) for of_item in places.values())
    return tuple(done for _, done in sorted(kept, key=lambda one: one[0]))


def _kept(story: Sequence[Interaction], places: Sequence[int]) -> tuple[int, Interaction]:
    """One item's interactions as one, and the place in the story where it stands."""
    if len(places) == 1:
        return places[0], story[places[0]]
    opinions = {place: held for place in places if (held := _opinion(story[place]))}
    now = opinions[max(opinions)] if opinions else 0.0
    standing = [place for place in places if opinions.get(place, now) * now >= 0]
    clearest = min(standing, key=lambda place: _rank(story[place], place, place in opinions))
    rated = [place for place in standing if story[place].rating is not None]
    said = [place for place in standing if story[place].review]
    last = max([clearest, *rated[-1:], *said[-1:]])
    asked = [told for at in standing if at <= last and (told := story[at].instruction) is not None]
    noted = any(story[place].action is not None for place in standing)
    return last, replace(
        story[last],
        rating=story[rated[-1]].rating if rated else None,
        review=story[said[-1]].review if said else "",
        action=story[clearest].did if noted else None,
        instruction=asked[0] if asked else None,
    )


def _opinion(done: Interaction) -> float:
    """What they said of it, below 0 for ill; 0 where they said nothing and only did something."""
    if done.rating is None and done.did not in _SAID and not done.review:
        return 0.0
    return attitude(events_of((done,))[0])


def _rank(done: Interaction, place: int, is_opinion: bool) -> tuple[int, int]:
    """The last of opinions, the first of what cannot change."""
    return (0, -place) if is_opinion else (_CLEAREST[done.did], place)
