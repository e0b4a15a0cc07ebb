"""Whether words stand in a text: judged apart from the rules that let them into a belief."""

from __future__ import annotations

import unicodedata

from credence.memory.model import Event, Item
from credence.planner.extraction.extractor import described_topics
from credence.planner.extraction.labels import labelled

_QUOTATION_MARKS = str.maketrans("", "", "\"'“”‘’`…")
_LISTED, _DESCRIBED = "listed under ", "described as "  # the built-in extractor, of its sources


def stands(words: str, event: Event, item: Item | None) -> bool:
    """In the words of the event or its item; the built-in extractor may name a label or topic."""
    texts = [event.text]
    if item is not None:
        texts += [item.title, item.description, *item.categories, *item.creators]
    sought = _plain(words)
    return (sought != "" and any(sought in _plain(text) for text in texts)) or (
        item is not None and _named(words, item)
    )


def _named(words: str, item: Item) -> bool:
    labels = {one.label for one in labelled(item.categories)}
    described = {topic.name for topic in described_topics(item.description)}
    return (words.startswith(_LISTED) and words.removeprefix(_LISTED) in labels) or (
        words.startswith(_DESCRIBED) and words.removeprefix(_DESCRIBED) in described
    )


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().translate(_QUOTATION_MARKS)
    return " ".join(text.split())
