"""The labels of a catalogue as topics of taste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from credence.planner.extraction.lexicon import Stance, Topic, bundled_lexicon, read_data
from credence.planner.extraction.tokens import normal

_LONGEST = 5  # words; a longer label is a shop's department, not a taste


@dataclass(frozen=True, slots=True)
class _Labels:
    empty: frozenset[str]
    wide: frozenset[str]
    meant: dict[str, str]


def label_topics(labels: Sequence[str]) -> tuple[Topic, ...]:
    """Topics of an item's labels: narrow ones first, then wide ones, each in catalogue order."""
    return _label_topics(tuple(labels))


@lru_cache(maxsize=8_192)
def _label_topics(labels: tuple[str, ...]) -> tuple[Topic, ...]:
    topics = {topic.name: topic for label in labels if (topic := _topic(label))}
    wide = bundled_labels().wide
    kept = [topic for name, topic in topics.items() if not _covered(name, topics)]
    return tuple(sorted(kept, key=lambda topic: topic.name in wide))


def _covered(name: str, among: dict[str, Topic]) -> bool:
    """Whether a longer topic beside this one says the same and more: romance, dark romance."""
    stems = set(normal(name).split())
    return any(stems < set(normal(other).split()) for other in among)


def _topic(label: str) -> Topic | None:
    """The topic of one label; an unknown label is its own topic. None if it says nothing."""
    known, text = bundled_labels(), normal(label.replace("&", " and "))
    if not text or text in known.empty or len(text.split()) > _LONGEST:
        return None
    if meant := known.meant.get(text):
        return bundled_lexicon().named(meant) or Topic(name=meant, category="genre")
    found = bundled_lexicon().named(label.replace("&", " and "))
    if found is not None:
        return found if found.stance is Stance.ASPECT else None
    return Topic(name=_spoken(label), category="genre") if len(text) > 2 else None


def _spoken(label: str) -> str:
    """A label as it reads inside a sentence: lower case but for words like "BBC"."""
    parts = label.replace("&", "and").split()
    return " ".join(part if part.isupper() else part.lower() for part in parts)


@cache
def bundled_labels() -> _Labels:
    """The reading of labels that ships with the project; read once."""
    data = read_data("labels.toml")
    return _Labels(
        empty=frozenset(map(normal, data["empty"])),
        wide=frozenset(data["wide"]),
        meant={normal(label): topic for label, topic in data["meant"].items()},
    )
