"""The words of an event that a finding rests on, copied exactly."""

from __future__ import annotations

from collections.abc import Iterator

from credence.planner.extraction.clauses import clauses
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.tokens import excerpt
from credence.planner.llm.documents import EventView, ItemView

_LISTED, _DESCRIBED = "listed under ", "described as "
_LONGEST = 120  # characters


def quoted(words: str, event: EventView) -> str | None:
    """What stands in the event's text, or in its item's title, categories, creators or `about`.

    `words` are a finding's: a clause of the text, or "listed under fantasy", which the event does
    not say in these words. None where nothing in the event can be quoted for it.
    """
    if words and words in (event.text or ""):
        return words
    if event.item is None:
        return None
    if words.startswith(_LISTED):
        return _label(words.removeprefix(_LISTED), event.item)
    return _description(words.removeprefix(_DESCRIBED), event.item.about or "")


def _label(said: str, item: ItemView) -> str | None:
    """The category that was told; of several that only together are a topic, the first."""
    told = [label for label in item.categories if said == label]
    told += [label for label in item.categories if said.startswith(f"{label}, ")]
    return next(iter(told or item.categories), None)


def _description(topic: str, about: str) -> str | None:
    return next(_mentions(topic, about), None)


def _mentions(topic: str, about: str) -> Iterator[str]:
    """The clauses of a description that name a topic; of a long one the part from there."""
    for clause in clauses(about):
        for mention in bundled_lexicon().mentions(clause.stems):
            if mention.topic.name == topic:
                at = clause.text.lower().find(clause.words[mention.start])
                start = max(0, at) if len(clause.text) > _LONGEST else 0
                yield excerpt(clause.text, start=start, most=_LONGEST)
