"""What a person did with an item, as one interaction: a log tells of it several times.

An item that is viewed, bought and reviewed stands where the last of what is kept of it was said,
so that nothing in a history is known before its time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from credence.memory.model import Action
from credence.replay.people import Interaction

# The clearest first. Of a kind that can change, the last counts; of the others the first.
_OPINIONS = frozenset({Action.LIKE, Action.DISLIKE, Action.REVIEW, Action.RATING})
_CLEAREST = {
    **dict.fromkeys(_OPINIONS, 0),
    Action.PURCHASE: 1,
    Action.SKIP: 2,
    Action.CLICK: 3,
    Action.VIEW: 4,
}


def each_once(story: Sequence[Interaction]) -> tuple[Interaction, ...]:
    """Each item of a story, oldest first, once, with the last rating and the last words of it.

    What was asked for is what led to the first of its interactions that says so.
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
    clearest = min(places, key=lambda place: _rank(story[place], place))
    rated = [place for place in places if story[place].rating is not None]
    said = [place for place in places if story[place].review]
    asked = [told for place in places if (told := story[place].instruction) is not None]
    noted = any(story[place].action is not None for place in places)
    last = max([clearest, *rated[-1:], *said[-1:]])
    return last, replace(
        story[last],
        rating=story[rated[-1]].rating if rated else None,
        review=story[said[-1]].review if said else "",
        action=story[clearest].did if noted else None,
        instruction=asked[0] if asked else None,
    )


def _rank(done: Interaction, place: int) -> tuple[int, int]:
    return _CLEAREST[done.did], -place if done.did in _OPINIONS else place
