"""Reads events and finds what they say about taste, without a language model."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from credence.memory.model import Belief, Finding, Vector
from credence.planner.extraction.attitude import attitude
from credence.planner.extraction.clauses import clauses
from credence.planner.extraction.creators import SpokenCreator, spoken_creators
from credence.planner.extraction.labels import Labelled, labelled
from credence.planner.extraction.lexicon import Lexicon, Stance, Topic, bundled_lexicon, never_liked
from credence.planner.extraction.said import Extraction, Said
from credence.planner.extraction.spoken import Spoken, spoken_topics
from credence.planner.extraction.tokens import normal
from credence.planner.extraction.witnessed import Witnessed

Embed: TypeAlias = Callable[[Sequence[str]], Awaitable[NDArray[np.float32]]]

_MOST = 6  # findings an event may give
_LABELS_READ = 4
_SPOKEN, _LABELLED, _DESCRIBED = 4, 2, 1  # of each source, where the others have something too
_PRAISES = 2  # praise is common and says less than what it is about
_FOUNDING = 0.255  # evidence below this in a batch supports known topics, yet founds none
_LABEL_LIKED, _LABEL_DISLIKED = 0.5, 0.25  # shares of the attitude an item's aspect gets
_DESCRIPTION = 0.3  # the same for what a description is chiefly about,
_BESIDES = 0.2  # and for what else it is about
_CHIEF = 0.4  # cosine of topic and item from which the item is chiefly about it
_OUTSPOKEN = 0.3  # weight from which words praise or blame, whatever they found
_FACT = 0.3  # the same for a fact of the plot that words pass by and no label confirms
_FAINTEST = 0.1  # findings below this weight say nothing
_SALIENT = 0.3  # cosine of topic and item from which a description is about the topic
_SHELVED_WELL = 0.25  # the same from which a label alone may found a belief
_MEANT = 0.2  # cosine from which a subject in the person's words is more than a passing fact
_FACTUAL = frozenset({"subject", "setting", "trope", "genre", "structure"})
_PLOT = frozenset({"subject", "setting", "food", "music", "place"})
_DESCRIBABLE = frozenset({"genre", "trope", "subject", "setting", "food", "music"})
_DESCRIPTION_READ = 1_500  # characters


class Extractor(Protocol):
    """Reads pending events in the light of what is believed."""

    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        """Findings ordered by (occurred_at, event_seq, topic), and what the words say."""
        ...


@dataclass(frozen=True, slots=True)
class _Aspect:
    """A topic one event speaks of and the weight it would have."""

    category: str
    topic: str
    weight: float
    words: str
    founding: bool = True  # not only a passing fact, or the label of an item about something else


@dataclass(frozen=True, slots=True)
class _Heard:
    """One event, read: the person's words and what its item's description names."""

    witnessed: Witnessed
    liking: float
    creators: tuple[SpokenCreator, ...]
    spoken: list[Spoken]
    described: tuple[Topic, ...]
    labelled: tuple[Labelled, ...]


class BuiltInExtractor:
    """Topics from the person's words, the item's labels and its description (arXiv 2605.14401).

    Own words count most. Faint evidence (an item's description, a middling rating) supports
    topics that are known or that the batch repeats; alone it founds no belief.
    """

    def __init__(self, embed: Embed, lexicon: Lexicon | None = None) -> None:
        self._embed = embed
        self._lexicon = lexicon or bundled_lexicon()

    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        """At most six findings an event, ordered by (occurred_at, event_seq, topic)."""
        heard = [await self._hear(witnessed) for witnessed in events]
        vectors = await self._topic_vectors(heard)
        found = [(one.witnessed, aspect) for one in heard for aspect in _aspects(one, vectors)]
        founded = _founded(belief, found)
        kept = [
            _finding(witnessed, aspect)
            for witnessed, aspect in found
            if normal(aspect.topic) in founded
        ]
        return Extraction(
            findings=tuple(sorted(kept, key=lambda f: (f.occurred_at, f.event_seq, f.topic))),
            said={one.witnessed.event.seq: _said(one) for one in heard},
        )

    async def _hear(self, witnessed: Witnessed) -> _Heard:
        """One event, read; other tasks run before it, since reading takes up to milliseconds."""
        await asyncio.sleep(0)
        item, liking = witnessed.item, attitude(witnessed.event)
        said = tuple(clauses(witnessed.event.text))
        creators = tuple(spoken_creators(item.creators, said, liking)) if item else ()
        spoken = spoken_topics(said, liking, self._lexicon)
        known = item is not None and witnessed.item_vector is not None
        described = described_topics(item.description) if known and item else ()
        shelved = labelled(item.categories)[:_LABELS_READ] if item else ()
        return _Heard(witnessed, liking, creators, spoken, described, shelved)

    async def _topic_vectors(self, heard: Sequence[_Heard]) -> Mapping[str, Vector]:
        """Vectors of the topics whose salience in an item is in question."""
        names = {topic.name for one in heard for topic in one.described}
        names |= {
            shelved.topic.name
            for one in heard
            if one.witnessed.item_vector is not None
            for shelved in one.labelled
        }
        names |= {s.topic.name for one in heard for s in one.spoken if _may_be_met_in_plot(s)}
        ordered = sorted(names)
        return dict(zip(ordered, await self._embed(ordered), strict=True)) if ordered else {}


def _said(heard: _Heard) -> Said:
    """From the person's words alone, whatever the item is now; so what may be a mere fact of the
    plot is left out."""
    spoken = [s for s in heard.spoken if not _may_be_met_in_plot(s)]
    return Said(
        praised=frozenset(s.topic.name for s in spoken if s.weight >= _OUTSPOKEN),
        blamed=frozenset(s.topic.name for s in spoken if s.weight <= -_OUTSPOKEN),
        attitude=heard.liking,
    )


def _aspects(heard: _Heard, vectors: Mapping[str, Vector]) -> list[_Aspect]:
    """What one event says, the clearest of each source first and each topic once."""
    item_vector = heard.witnessed.item_vector
    spoken = [s for s in heard.spoken if _meant(s, item_vector, vectors)]
    own = [_of_creator(one) for one in heard.creators]
    shelves = frozenset(one.topic for one in heard.labelled)
    own += [_of_spoken(one, shelves) for one in _few_praises(spoken)]
    shelved = list(_labelled(heard, vectors))
    described = list(_described(heard, vectors))
    chosen = own[:_SPOKEN] + shelved[:_LABELLED] + described[:_DESCRIBED]
    rest = shelved[_LABELLED:] + described[_DESCRIBED:]
    unique: dict[str, _Aspect] = {}
    for aspect in chosen if own else chosen + rest[:2]:
        may_be_said = aspect.weight < 0 or aspect.topic not in never_liked()
        if may_be_said and abs(aspect.weight) >= _FAINTEST:
            unique.setdefault(normal(aspect.topic), aspect)
    return list(unique.values())[:_MOST]


def _may_be_met_in_plot(spoken: Spoken) -> bool:
    return not spoken.pointed and spoken.topic.category in _PLOT


def _meant(spoken: Spoken, item_vector: Vector | None, vectors: Mapping[str, Vector]) -> bool:
    """Whether the topic is more than a fact the person passes by: the item is about it."""
    if item_vector is None or not _may_be_met_in_plot(spoken):
        return True
    return float(vectors[spoken.topic.name] @ item_vector) >= _MEANT


def described_topics(description: str) -> tuple[Topic, ...]:
    """Topics that the start of a description names, in order."""
    return _described_topics(description[:_DESCRIPTION_READ])


@lru_cache(maxsize=8_192)
def _described_topics(description: str) -> tuple[Topic, ...]:
    lexicon = bundled_lexicon()
    topics = {
        mention.topic.name: mention.topic
        for clause in clauses(description)
        for mention in lexicon.mentions(clause.stems)
        if mention.topic.stance is Stance.ASPECT and mention.topic.category in _DESCRIBABLE
    }
    return tuple(topics.values())


def _few_praises(spoken: list[Spoken]) -> Iterator[Spoken]:
    praises = 0
    for one in spoken:
        praises += one.topic.stance is Stance.PRAISE
        if one.topic.stance is not Stance.PRAISE or praises <= _PRAISES:
            yield one


def _of_spoken(spoken: Spoken, shelves: Set[Topic]) -> _Aspect:
    topic, weight = spoken.topic, spoken.weight
    passed_by = not spoken.pointed and topic.category in _FACTUAL and abs(weight) < _FACT
    founding = not passed_by or topic in shelves
    return _Aspect(topic.category, topic.name, weight, spoken.words, founding)


def _labelled(heard: _Heard, vectors: Mapping[str, Vector]) -> Iterator[_Aspect]:
    """Topics of the item's labels; alone they found a belief only if the item is about them."""
    item_vector, liking = heard.witnessed.item_vector, heard.liking
    weight = (_LABEL_LIKED if liking > 0 else _LABEL_DISLIKED) * liking
    for one in heard.labelled:
        topic, words = one.topic, f"listed under {one.label}"
        salient = item_vector is None or float(vectors[topic.name] @ item_vector) >= _SHELVED_WELL
        yield _Aspect(topic.category, topic.name, weight, words, salient)


def _described(heard: _Heard, vectors: Mapping[str, Vector]) -> Iterator[_Aspect]:
    """Topics of the description that the item is about, the most salient first."""
    item_vector = heard.witnessed.item_vector
    if item_vector is None:
        return
    salient = [(float(vectors[topic.name] @ item_vector), topic) for topic in heard.described]
    for cosine, topic in sorted(salient, key=lambda pair: (-pair[0], pair[1].name)):
        if cosine >= _SALIENT:
            weight = (_DESCRIPTION if cosine >= _CHIEF else _BESIDES) * heard.liking
            yield _Aspect(topic.category, topic.name, weight, f"described as {topic.name}")


def _of_creator(spoken: SpokenCreator) -> _Aspect:
    return _Aspect("creator", f"work by {spoken.creator}", spoken.weight, spoken.words)


def _finding(witnessed: Witnessed, aspect: _Aspect) -> Finding:
    event = witnessed.event
    return Finding(
        event_seq=event.seq,
        occurred_at=event.occurred_at,
        category=aspect.category,
        topic=aspect.topic,
        weight=max(-1.0, min(1.0, aspect.weight)),
        words=aspect.words,
    )


def _founded(belief: Belief, found: Sequence[tuple[Witnessed, _Aspect]]) -> frozenset[str]:
    """Topics that are believed already or for which the batch brings enough evidence.

    The label of one item is not enough where the item is not about it, since shops shelve widely;
    nor is one passing fact of a plot.
    """
    known = {normal(chunk.text) for chunk in belief.active}
    mass: Counter[str] = Counter()
    items: defaultdict[str, set[str | None]] = defaultdict(set)
    sure: set[str] = set()
    for witnessed, aspect in found:
        topic = normal(aspect.topic)
        mass[topic] += abs(aspect.weight)  # type: ignore[assignment]
        items[topic].add(witnessed.event.item_id)
        if aspect.founding:
            sure.add(topic)
    enough = (topic for topic, total in mass.items() if total >= _FOUNDING)
    return frozenset(known.union(t for t in enough if t in sure or len(items[t]) > 1))
