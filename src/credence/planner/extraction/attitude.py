"""How much a person liked the item of an event."""

from __future__ import annotations

from bisect import bisect_right

from credence.memory.model import Action, Event
from credence.planner.extraction.opinion import opinion

_BY_ACTION = {
    Action.LIKE: 0.8,
    Action.DISLIKE: -0.8,
    Action.PURCHASE: 0.35,
    Action.CLICK: 0.1,
    Action.VIEW: 0.05,
    Action.SKIP: -0.2,
    Action.RATING: 0.0,
    Action.REVIEW: 0.0,
}
# People rate generously: the middle of the scale is a polite no.
_RATINGS = (0.0, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
_ATTITUDES = (-1.0, -0.9, -0.6, -0.4, -0.15, 0.25, 0.55, 0.8, 1.0)
_TAKEN = frozenset({Action.PURCHASE, Action.LIKE})
_CHOSEN = 0.25  # attitude above which somebody picked the item
_TEXT_BESIDE_RATING = 0.15
_TEXT_BESIDE_ACTION = 0.5
_TEXT_ALONE = 0.9


def attitude(event: Event) -> float:
    """How much the person liked the item, from -1 to 1; 0 where the event does not say."""
    heard = opinion(event.text) if event.text else 0.0
    if event.rating is not None:
        return _blend(_of_rating(event.rating), heard, _TEXT_BESIDE_RATING)
    done = _BY_ACTION[event.action]
    if done == 0.0:
        return _TEXT_ALONE * heard
    return _blend(done, heard, _TEXT_BESIDE_ACTION)


def chose(event: Event) -> bool:
    """Whether the person picked the item: took it, or speaks well of it."""
    return event.action in _TAKEN or attitude(event) > _CHOSEN


def _blend(first: float, heard: float, share: float) -> float:
    """Text moves the first impression by its share; silence leaves it as it is."""
    return first if heard == 0.0 else (1 - share) * first + share * heard


def _of_rating(rating: float) -> float:
    """Attitude of a rating on the scale 0 .. 5, linear between the known points."""
    inside = min(max(rating, _RATINGS[0]), _RATINGS[-1])
    right = min(bisect_right(_RATINGS, inside), len(_RATINGS) - 1)
    low, high = _RATINGS[right - 1], _RATINGS[right]
    share = (inside - low) / (high - low)
    return (1 - share) * _ATTITUDES[right - 1] + share * _ATTITUDES[right]
