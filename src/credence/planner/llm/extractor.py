"""The extractor's seat: a model proposes what events say; what it may move is bounded here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import numpy as np

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Belief, Chunk, Finding
from credence.memory.strength import polarity
from credence.planner.context import Embed
from credence.planner.extraction.attitude import attitude
from credence.planner.extraction.extractor import Extractor
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.tokens import normal
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.answers import ExtractorAnswer, Proposal
from credence.planner.llm.asking import Asks, Errand, Question, Role
from credence.planner.llm.documents import ExtractorDocument
from credence.planner.llm.fence import document, words
from credence.planner.llm.grounds import (
    in_description,
    in_labels,
    invents_figures,
    rests_on,
    said_by_person,
    says_something,
)
from credence.planner.llm.instructions import prompt_of
from credence.planner.llm.outcome import noted, put, together
from credence.planner.llm.topics import topic_of
from credence.planner.llm.views import brief_view, event_id, event_view, number_of
from credence.planner.llm.who import said_of_oneself
from credence.planner.matching import near
from credence.planner.told import Told

_TEXT, _ABOUT = 1_200, 400  # characters of a review and of a description that are shown
_BATCH = 20  # events in one question
_NEAR = 30  # chunks shown with them
_MOST = 6  # findings an event may give, as with the built-in extractor
_CLARITY = {"faint": 0.2, "clear": 0.5, "emphatic": 0.8}
_MOST_OF_QUOTE = 3  # of these that the same words may give
_MOST_OF_ITEM = 4  # of these by its item's words alone
# Most that an item's own words count, as shares of the attitude to the item: no more than with the
# built-in extractor. What is disliked is seldom disliked for its labels.
_LABEL_LIKED, _LABEL_DISLIKED, _DESCRIPTION = 0.5, 0.25, 0.25
_FOUNDING = 0.255  # evidence in a batch from which items' words alone found a belief
_FAINTEST = 0.1  # findings below this weight say nothing
_RELATED = 0.25  # cosine from which a topic rests on words that share none with it
_TOKENS = 480  # that an answer may take for each event: six proposals with their words,
_TOKENS_ANYWAY = 200  # and besides


@cache
def categories() -> tuple[str, ...]:
    """Those that a chunk may have: none of them says who a person is."""
    return tuple(sorted({topic.category for topic in bundled_lexicon().topics} | {"creator"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmExtractor:
    """Reads events by a model (arXiv 2605.14401); `built_in` reads what the model does not.

    The model says which event bears on what, which way and how clearly. How much that moves is
    ours: by the clarity, by whose words it rests on, and at most six findings an event.
    """

    model: Asks
    errand: Errand
    built_in: Extractor
    embed: Embed
    rules: Rules
    now: datetime

    async def __call__(self, belief: Belief, events: Sequence[Witnessed]) -> Extraction:
        """Findings ordered by (occurred_at, event_seq, topic); no word of others' is told."""
        findings: list[Finding] = []
        told: Told | None = None
        for start in range(0, len(events), _BATCH):
            found, part = await self._read(belief, events[start : start + _BATCH])
            findings += found
            told = part if told is None else together(told, part)
        ordered = sorted(findings, key=lambda f: (f.occurred_at, f.event_seq, f.topic))
        return Extraction(findings=tuple(ordered), said={}, told=told)

    async def _read(
        self, belief: Belief, events: Sequence[Witnessed]
    ) -> tuple[Sequence[Finding], Told]:
        shown = await self._near(belief, events)
        question = self._question(events, shown)
        asked = await put(question, self.model)
        if asked.answer is None:
            return (await self.built_in(belief, events)).findings, asked.told
        notes: list[str] = []
        proposals = asked.answer.value.proposals
        found = await self._kept(proposals, events, shown, notes)
        return found, noted(asked.told, notes)

    async def _near(self, belief: Belief, events: Sequence[Witnessed]) -> Sequence[Chunk]:
        """The chunks nearest to any of the events, by id."""
        active = belief.active
        if len(active) <= _NEAR:
            return active
        texts = [_gist(one) for one in events if one.event.text or one.item_vector is None]
        rows = [one.item_vector for one in events if one.item_vector is not None]
        vectors = np.vstack([*rows, *await self.embed(texts)]) if texts else np.vstack(rows)
        likeness = (await self.embed([chunk.text for chunk in active])) @ vectors.T
        best = np.argsort(-likeness.max(axis=1), kind="stable")[:_NEAR]
        return [active[at] for at in sorted(best)]

    def _question(
        self, events: Sequence[Witnessed], shown: Sequence[Chunk]
    ) -> Question[ExtractorAnswer]:
        data = ExtractorDocument(
            events=tuple(event_view(one, text=_TEXT, about=_ABOUT) for one in events),
            chunks=tuple(brief_view(chunk, now=self.now, rules=self.rules) for chunk in shown),
            categories=categories(),
        )
        return Question(
            role=Role.EXTRACTOR,
            errand=self.errand,
            prompt=prompt_of(Role.EXTRACTOR),
            data=document(data),
            form=ExtractorAnswer,
            most_tokens=_TOKENS_ANYWAY + _TOKENS * len(events),
            check=lambda answer: _hopeless(answer, events, shown),
        )

    async def _kept(
        self,
        proposals: Sequence[Proposal],
        events: Sequence[Witnessed],
        shown: Sequence[Chunk],
        notes: list[str],
    ) -> list[Finding]:
        """Findings of the proposals that hold, the clearest few of each event."""
        held = [
            one
            for number, proposal in enumerate(proposals, 1)
            for one in _grounded(number, proposal, events, shown, notes)
        ]
        related = await self._related([one.finding for one in held])
        close = []
        for one, is_close in zip(held, related, strict=True):
            if is_close:
                close.append(one)
            else:
                notes.append(f"proposal {one.number}: its words are not about its topic")
        return _few(_founded(close, shown, notes), notes)

    async def _related(self, findings: Sequence[Finding]) -> list[bool]:
        """Whether each finding's words are about its topic: half of it in common, or near in
        meaning."""
        sure = [rests_on(finding.topic, finding.words) for finding in findings]
        unsure = [f for f, known in zip(findings, sure, strict=True) if not known]
        if not unsure:
            return sure
        texts = [finding.topic for finding in unsure] + [finding.words for finding in unsure]
        rows = await self.embed(texts)
        close = iter(near(rows[: len(unsure)], rows[len(unsure) :], least=_RELATED))
        return [known or next(close) for known in sure]


@dataclass(frozen=True, slots=True)
class _Held:
    """A finding of a proposal, and what it rests on."""

    number: int  # of the proposal
    finding: Finding
    own: bool  # the person's words, not the item's


def _founded(held: Sequence[_Held], shown: Sequence[Chunk], notes: list[str]) -> list[_Held]:
    """Without new topics for which nothing speaks but the words of too few items."""
    known = {normal(chunk.text) for chunk in shown}
    known |= {normal(one.finding.topic) for one in held if one.own}
    clearest: dict[tuple[str, int], float] = {}
    for one in held:
        key = (normal(one.finding.topic), one.finding.event_seq)
        clearest[key] = max(clearest.get(key, 0.0), abs(one.finding.weight))
    kept = []
    for one in held:
        topic = normal(one.finding.topic)
        mass = sum(weight for (said, _), weight in clearest.items() if said == topic)
        if topic in known or mass >= _FOUNDING:
            kept.append(one)
        else:
            notes.append(f"proposal {one.number}: an item's words alone say too little of it")
    return kept


def _few(held: Sequence[_Held], notes: list[str]) -> list[Finding]:
    """Each topic of an event once, the clearest first, and no more than an event may give."""
    found: dict[tuple[int, str, str], Finding] = {}
    counts: Counter[tuple[int, bool]] = Counter()
    quotes: Counter[tuple[int, str]] = Counter()
    for one in sorted(held, key=lambda one: (-abs(one.finding.weight), one.number)):
        finding, seq = one.finding, one.finding.event_seq
        key = (seq, finding.category, finding.topic)
        if key in found:
            notes.append(f"proposal {one.number}: its event says that already")
        elif counts[seq, True] + counts[seq, False] >= _MOST:
            notes.append(f"proposal {one.number}: more than {_MOST} for one event")
        elif quotes[seq, finding.words] >= _MOST_OF_QUOTE:
            notes.append(f"proposal {one.number}: more than {_MOST_OF_QUOTE} by the same words")
        elif not one.own and counts[seq, False] >= _MOST_OF_ITEM:
            notes.append(f"proposal {one.number}: more than {_MOST_OF_ITEM} by an item's words")
        else:
            counts[seq, one.own] += 1
            quotes[seq, finding.words] += 1
            found[key] = finding
    return list(found.values())


def _gist(one: Witnessed) -> str:
    return one.event.text[:300] or one.event.action.value


def _hopeless(
    answer: ExtractorAnswer, events: Sequence[Witnessed], shown: Sequence[Chunk]
) -> Sequence[str]:
    """Faults, where proposals were made and not one of them can be used."""
    faults: list[str] = []
    for number, proposal in enumerate(answer.proposals, 1):
        if list(_grounded(number, proposal, events, shown, faults)):
            return ()
    return faults[:5]


def _grounded(
    number: int,
    proposal: Proposal,
    events: Sequence[Witnessed],
    shown: Sequence[Chunk],
    notes: list[str],
) -> Iterator[_Held]:
    """The finding of a proposal, if it names an event given, words of it, and a topic."""
    one = next((w for w in events if event_id(w.event.seq) == proposal.event), None)
    if one is None:
        notes.append(f"proposal {number}: no event {proposal.event!r} was given")
        return
    meant = _meant(number, proposal, one, shown, notes)
    if meant is None:
        return
    category, topic, side = meant
    own = said_by_person(proposal.words, one)
    weight = _weight(proposal, side, one, own=own)
    if weight is None:
        notes.append(f"proposal {number}: its words are not in event {proposal.event}")
    elif not says_something(proposal.words):
        notes.append(f"proposal {number}: its words say nothing")
    elif abs(weight) < _FAINTEST:
        notes.append(f"proposal {number}: too faint to count")
    else:
        finding = Finding(
            event_seq=one.event.seq,
            occurred_at=one.event.occurred_at,
            category=category,
            topic=topic,
            weight=weight,
            words=words(proposal.words, most=300),
        )
        yield _Held(number, finding, own)


def _meant(
    number: int, proposal: Proposal, one: Witnessed, shown: Sequence[Chunk], notes: list[str]
) -> tuple[str, str, int] | None:
    """Category, topic and side (+1 like, -1 dislike) of a proposal."""
    if proposal.kind != "new":
        key = number_of(proposal.chunk or "", "c")
        chunk = next((chunk for chunk in shown if chunk.chunk_id == key), None)
        if chunk is None:
            notes.append(f"proposal {number}: no chunk {proposal.chunk!r} was given")
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


def _weight(proposal: Proposal, side: int, one: Witnessed, *, own: bool) -> float | None:
    """Our formula: the clarity of the person's own words; of an item's words a share of how much
    the person liked or disliked the item, and nothing the other way. None: nobody said so."""
    clarity = _CLARITY[proposal.clarity]
    if own:
        return side * clarity
    if in_labels(proposal.words, one.item):
        share = _LABEL_LIKED if side > 0 else _LABEL_DISLIKED
    elif in_description(proposal.words, one.item):
        share = _DESCRIPTION
    else:
        return None
    liking = attitude(one.event)
    return side * min(clarity, share) * abs(liking) if liking * side > 0 else 0.0
