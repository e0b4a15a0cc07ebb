"""What a person did, as models are shown it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from credence.memory.model import Event, Item, SeenEvent
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.documents import EventView
from credence.planner.llm.views import event_view, titled_view
from credence.replay.belief import events_of
from credence.replay.systems.system import Question

TEXT, ABOUT = 1_200, 400  # characters of a review and a description, as the extractor is shown
_HINT = 200  # characters of a review beside a title, as Credence's ranker is shown


def witnessed(question: Question, items: Mapping[str, Item]) -> tuple[Witnessed, ...]:
    """The history with its items, oldest first."""
    return tuple(
        Witnessed(event=event, item=items.get(event.item_id or ""), item_vector=None)
        for event in events_of(question.history)
    )


def titles(history: tuple[Witnessed, ...], *, most: int) -> tuple[EventView, ...]:
    """The latest events by their items' titles alone, newest first."""
    return tuple(titled_view(_wordless(one), text=_HINT) for one in _latest(history, most))


def titled(history: tuple[Witnessed, ...], *, most: int) -> tuple[SeenEvent, ...]:
    """The same, as a model in the ranker's seat is told of them."""
    return tuple(
        SeenEvent(
            event=_wordless(one).event,
            item_vector=None,
            title=None if one.item is None else one.item.title,
        )
        for one in _latest(history, most)
    )


def reviewed(history: tuple[Witnessed, ...], *, most: int) -> tuple[EventView, ...]:
    """The latest events with the beginning of what was written, newest first."""
    return tuple(titled_view(one, text=_HINT) for one in _latest(history, most))


def whole(one: Witnessed) -> EventView:
    """One event with all that a model is shown of events."""
    return event_view(one, text=TEXT, about=ABOUT)


def _latest(history: tuple[Witnessed, ...], most: int) -> tuple[Witnessed, ...]:
    return history[: -1 - most : -1]


def _wordless(one: Witnessed) -> Witnessed:
    silent: Event = replace(one.event, text="")
    return replace(one, event=silent)
