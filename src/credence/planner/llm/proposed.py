"""What a model's proposals come to: findings, where they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from credence.memory.model import Chunk, Finding
from credence.memory.strength import polarity
from credence.planner.extraction.attitude import attitude
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.answers import Proposal
from credence.planner.llm.fence import words
from credence.planner.llm.grounds import (
    Grounds,
    invents_figures,
    made_of,
    says_something,
    stems_of,
)
from credence.planner.llm.topics import BY, topic_of
from credence.planner.llm.views import event_id, number_of
from credence.planner.llm.who import said_of_oneself

_LOOKED_AT = 12  # proposals of one event: twice what it may give
_CLARITY = {"faint": 0.2, "clear": 0.5, "emphatic": 0.8}
# Most that an item's own words count, as shares of the attitude to the item: no more than with the
# built-in extractor. What is disliked is seldom disliked for its labels.
_LABEL_LIKED, _LABEL_DISLIKED, _DESCRIPTION = 0.5, 0.25, 0.25
_FAINTEST = 0.1  # findings below this weight say nothing


@cache
def categories() -> tuple[str, ...]:
    """Those that a chunk may have: none of them says who a person is."""
    return tuple(sorted({topic.category for topic in bundled_lexicon().topics} | {"creator"}))


@dataclass(frozen=True, slots=True)
class Held:
    """A finding of a proposal, and what it rests on."""

    number: int  # of the proposal
    finding: Finding
    own: bool  # the person's words, not the item's


@dataclass(frozen=True, slots=True)
class _Given:
    """One event that was given, and what it may be quoted by."""

    witnessed: Witnessed
    grounds: Grounds


class Batch:
    """The events of one question and the chunks shown with them: what proposals may name."""

    def __init__(self, events: Sequence[Witnessed], shown: Sequence[Chunk]) -> None:
        self._given: Mapping[str, _Given] = {
            event_id(one.event.seq): _Given(one, Grounds.of(one)) for one in events
        }
        self._chunks = {chunk.chunk_id: chunk for chunk in shown}

    def said(self, finding: Finding) -> bool:
        """Whether the words of a finding are the person's own."""
        one = self._given.get(event_id(finding.event_seq))
        return one is not None and one.grounds.said_by_person(finding.words)

    def held(self, proposals: Sequence[Proposal], notes: list[str]) -> list[Held]:
        """The findings of proposals that name an event given, words of it, and a topic.

        Of each event only the first few proposals are looked at. Notes hold no word of an answer.
        """
        found: list[Held] = []
        looked: Counter[str] = Counter()
        for number, proposal in enumerate(proposals, 1):
            one = self._given.get(proposal.event)
            if one is None:
                notes.append(f"proposal {number}: it names no event that was given")
                continue
            looked[proposal.event] += 1
            if looked[proposal.event] > _LOOKED_AT:
                continue
            held = self._held(number, proposal, one, notes)
            found += [] if held is None else [held]
        notes += [
            f"of {count} proposals for event {event} only {_LOOKED_AT} were looked at"
            for event, count in looked.items()
            if count > _LOOKED_AT
        ]
        return found

    def own_topics(self, held: Sequence[Held], notes: list[str]) -> list[Held]:
        """Without topics that are neither in the lexicon nor in words of this person's events.

        For answers to questions in which others' words stood as well.
        """
        stems = stems_of(*(text for one in self._given.values() for text in _texts(one.witnessed)))
        known = {chunk.text for chunk in self._chunks.values()}
        kept = []
        for one in held:
            topic = one.finding.topic
            named = topic in known or bundled_lexicon().named(topic) is not None
            if named or made_of(topic.removeprefix(BY), stems):
                kept.append(one)
            else:
                notes.append(f"proposal {one.number}: its topic is in no words of this person's")
        return kept

    def _held(self, number: int, proposal: Proposal, one: _Given, notes: list[str]) -> Held | None:
        meant = self._meant(number, proposal, one.witnessed, notes)
        if meant is None:
            return None
        category, topic, side = meant
        own = one.grounds.said_by_person(proposal.words)
        weight = _weight(proposal, side, one, own=own)
        event = one.witnessed.event
        if weight is None:
            why = f"its words are not in event {event_id(event.seq)}"
        elif not says_something(proposal.words):
            why = "its words say nothing"
        elif abs(weight) < _FAINTEST:
            why = "too faint to count"
        else:
            finding = Finding(
                event_seq=event.seq,
                occurred_at=event.occurred_at,
                category=category,
                topic=topic,
                weight=weight,
                words=words(proposal.words, most=300),
            )
            return Held(number, finding, own)
        notes.append(f"proposal {number}: {why}")
        return None

    def _meant(
        self, number: int, proposal: Proposal, one: Witnessed, notes: list[str]
    ) -> tuple[str, str, int] | None:
        """Category, topic and side (+1 like, -1 dislike) of a proposal."""
        if proposal.kind != "new":
            key = number_of(proposal.chunk or "", "c")
            chunk = None if key is None else self._chunks.get(key)
            if chunk is None:
                notes.append(f"proposal {number}: it names no chunk that was given")
                return None
            agrees = 1 if proposal.kind == "supports" else -1
            return chunk.category, chunk.text, agrees * polarity(chunk)
        category, likes = proposal.category, proposal.stance == "like"
        if category is None or category not in categories() or proposal.stance is None:
            notes.append(f"proposal {number}: it names no category or stance that can be used")
            return None
        topic = topic_of(proposal.topic or "", category=category, likes=likes, item=one.item)
        if (
            topic is None
            or said_of_oneself(topic, proposal.words)
            or invents_figures(topic, proposal.words)
        ):
            notes.append(f"proposal {number}: it names no topic that can be used")
            return None
        return category, topic, 1 if likes else -1


def _weight(proposal: Proposal, side: int, one: _Given, *, own: bool) -> float | None:
    """Our formula: the clarity of the person's own words; of an item's words a share of how much
    the person liked or disliked the item, and nothing the other way. None: nobody said so."""
    clarity = _CLARITY[proposal.clarity]
    if own:
        return side * clarity
    if one.grounds.in_labels(proposal.words):
        share = _LABEL_LIKED if side > 0 else _LABEL_DISLIKED
    elif one.grounds.in_description(proposal.words):
        share = _DESCRIPTION
    else:
        return None
    liking = attitude(one.witnessed.event)
    return side * min(clarity, share) * abs(liking) if liking * side > 0 else 0.0


def _texts(one: Witnessed) -> tuple[str, ...]:
    """What stands in an event and its item."""
    item = one.item
    about = () if item is None else (item.title, *item.categories, *item.creators, item.description)
    return (one.event.text, *about)
