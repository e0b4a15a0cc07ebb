"""The labels of a catalogue as topics of taste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from credence.planner.extraction.lexicon import Stance, Topic, bundled_lexicon, read_data
from credence.planner.extraction.tokens import normal

_LONGEST = 5  # words; a longer label is a shop's department, not a taste
_MOST, _READ = 40, 100  # labels read of an item, characters read of a label


@dataclass(frozen=True, slots=True)
class _Labels:
    empty: frozenset[str]
    wide: frozenset[str]
    beside: dict[str, frozenset[str]]
    meant: dict[str, str]
    joined: dict[str, str]


def label_topics(labels: Sequence[str]) -> tuple[Topic, ...]:
    """Topics of an item's labels: narrow ones first, then wide ones, each in catalogue order.

    The first forty labels are read, and the first hundred characters of each.
    """
    return _label_topics(tuple(label[:_READ] for label in labels[:_MOST]))


@lru_cache(maxsize=8_192)
def _label_topics(labels: tuple[str, ...]) -> tuple[Topic, ...]:
    joined = tuple(_rejoined(labels))
    kept = [label for label in joined if not _covered(label, joined)]
    topics = {topic.name: topic for label in kept if (topic := _topic(label))}
    known = bundled_labels()
    for name in [name for name in topics if topics.keys() & known.beside.get(name, frozenset())]:
        del topics[name]  # a parent shelf says nothing beside its child
    for name in [name for name in topics if (topics.keys() - {name}) & set(name.split(" and "))]:
        del topics[name]  # "mysteries and thrillers" says nothing beside "thrillers"
    return tuple(sorted(topics.values(), key=lambda topic: topic.name in known.wide))


def _rejoined(labels: tuple[str, ...]) -> Iterator[str]:
    """Labels with those put together that a path's commas have split."""
    joined, at = bundled_labels().joined, 0
    while at < len(labels):
        taken = next((n for n in (3, 2) if _label_text(labels[at : at + n]) in joined), 0)
        if not taken:
            yield labels[at]
        elif meant := joined[_label_text(labels[at : at + taken])]:
            yield meant
        at += taken or 1


def _label_text(labels: tuple[str, ...]) -> str:
    return normal(" ".join(labels).replace("&", " and "))


def _covered(label: str, among: tuple[str, ...]) -> bool:
    """Whether a longer label beside this one says the same and more: romance, dark romance."""
    stems = set(_label_text((label,)).split())
    return any(stems < set(_label_text((other,)).split()) for other in among)


def _topic(label: str) -> Topic | None:
    """The topic of one label; an unknown label is its own topic. None if it says nothing."""
    known, text = bundled_labels(), _label_text((label,))
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
        beside={name: frozenset(children) for name, children in data["beside"].items()},
        meant={normal(label): topic for label, topic in data["meant"].items()},
        joined={normal(labels): topic for labels, topic in data["joined"].items()},
    )
