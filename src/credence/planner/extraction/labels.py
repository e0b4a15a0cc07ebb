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


@dataclass(frozen=True, slots=True)
class Labelled:
    """A topic and the label of the item that is it."""

    topic: Topic
    label: str  # as the catalogue has it; where several together are the topic, with commas


def labelled(labels: Sequence[str]) -> tuple[Labelled, ...]:
    """Topics of an item's labels: narrow ones first, then wide ones, each in catalogue order.

    The first forty labels are read, and the first hundred characters of each.
    """
    return _labelled(tuple(label[:_READ] for label in labels[:_MOST]))


@lru_cache(maxsize=8_192)
def _labelled(labels: tuple[str, ...]) -> tuple[Labelled, ...]:
    joined = tuple(_rejoined(labels))
    among = tuple(meant for meant, _ in joined)
    topics: dict[str, Labelled] = {}
    for meant, label in joined:
        if not _covered(meant, among) and (topic := _topic(meant)):
            topics.setdefault(topic.name, Labelled(topic, label))
    known = bundled_labels()
    for name in [name for name in topics if topics.keys() & known.beside.get(name, frozenset())]:
        del topics[name]  # a parent shelf says nothing beside its child
    for name in [name for name in topics if (topics.keys() - {name}) & set(name.split(" and "))]:
        del topics[name]  # "mysteries and thrillers" says nothing beside "thrillers"
    for name in [name for name in topics if _is_bare(name) and _covered(name, tuple(topics))]:
        del topics[name]  # "italian" says nothing beside "Italian food", which "pasta" is
    return tuple(sorted(topics.values(), key=lambda one: one.topic.name in known.wide))


def _rejoined(labels: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Labels as they are read and as they stand, with those put together that commas split."""
    joined, at = bundled_labels().joined, 0
    while at < len(labels):
        taken = next((n for n in (3, 2) if _label_text(labels[at : at + n]) in joined), 0)
        if not taken:
            yield labels[at], labels[at]
        elif meant := joined[_label_text(labels[at : at + taken])]:
            yield meant, ", ".join(labels[at : at + taken])
        at += taken or 1


def _is_bare(name: str) -> bool:
    """Whether a topic is a label's own single word, which the lexicon does not know."""
    return " " not in name and bundled_lexicon().named(name) is None


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
