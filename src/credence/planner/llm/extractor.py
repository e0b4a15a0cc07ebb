"""The extractor's seat: a model proposes what events say; what it may move is bounded here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Belief, Chunk, Finding
from credence.planner.context import Embed
from credence.planner.extraction.extractor import Extractor
from credence.planner.extraction.said import Extraction
from credence.planner.extraction.tokens import normal
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.answers import ExtractorAnswer
from credence.planner.llm.asking import TOO_LONG, Answer, Asks, Errand, Question, Role
from credence.planner.llm.documents import ExtractorDocument
from credence.planner.llm.fence import document
from credence.planner.llm.grounds import ABOUT, TEXT, rests_on
from credence.planner.llm.instructions import prompt_of
from credence.planner.llm.outcome import noted, put, together
from credence.planner.llm.proposed import Batch, Held, categories
from credence.planner.llm.views import brief_view, event_view
from credence.planner.matching import near
from credence.planner.told import Told

_BATCH = 20  # events in one question
_UNDIVIDED = 5  # of these, which are not divided further where they are too long
_NEAR = 30  # chunks shown with them
_MOST = 6  # findings an event may give, as with the built-in extractor
_MOST_OF_QUOTE = 3  # of these that the same words may give
_MOST_OF_ITEM = 4  # of these by its item's words alone
_FOUNDING = 0.255  # evidence in a batch from which items' words alone found a belief
_RELATED = 0.25  # cosine from which a topic rests on words that share none with it
_TOKENS = 480  # that an answer may take for each event: six proposals with their words,
_TOKENS_ANYWAY = 200  # and besides
_NOTHING = "nothing that the model found holds, and the person's words say something"


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmExtractor:
    """Reads events by a model (arXiv 2605.14401); `built_in` reads what the model does not, and
    where the model finds nothing though the person's own words say something.

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
        batch = Batch(events, shown)
        by_rule = (await self.built_in(belief, events)).findings
        speaks = any(map(batch.said, by_rule))
        question = self._question(events, shown, batch, speaks=speaks)
        asked = await put(question, self.model)
        if asked.told.fallback == TOO_LONG and len(events) > _UNDIVIDED:
            return await self._halves(belief, events, asked.told)
        if asked.answer is None:
            return by_rule, asked.told
        notes: list[str] = []
        found = await self._kept(asked.answer, batch, shown, notes)
        told = noted(asked.told, notes)
        if speaks and not found:
            return by_rule, replace(told, fallback=_NOTHING)
        return found, told

    async def _halves(
        self, belief: Belief, events: Sequence[Witnessed], told: Told
    ) -> tuple[Sequence[Finding], Told]:
        """What events say, in two questions where one was longer than the model takes."""
        middle = len(events) // 2
        first, of_first = await self._read(belief, events[:middle])
        second, of_second = await self._read(belief, events[middle:])
        told = together(replace(told, fallback=None), together(of_first, of_second))
        return [*first, *second], told

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
        self, events: Sequence[Witnessed], shown: Sequence[Chunk], batch: Batch, *, speaks: bool
    ) -> Question[ExtractorAnswer]:
        data = ExtractorDocument(
            events=tuple(event_view(one, text=TEXT, about=ABOUT) for one in events),
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
            check=lambda answer: _faults(answer, batch, speaks=speaks),
        )

    async def _kept(
        self,
        answer: Answer[ExtractorAnswer],
        batch: Batch,
        shown: Sequence[Chunk],
        notes: list[str],
    ) -> list[Finding]:
        """Findings of the proposals that hold, the clearest few of each event."""
        held = batch.held(answer.value.proposals, notes)
        if answer.shared:
            held = batch.own_topics(held, notes)
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


def _founded(held: Sequence[Held], shown: Sequence[Chunk], notes: list[str]) -> list[Held]:
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


def _few(held: Sequence[Held], notes: list[str]) -> list[Finding]:
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


def _faults(answer: ExtractorAnswer, batch: Batch, *, speaks: bool) -> Sequence[str]:
    """Faults of an answer of which nothing can be used, where there was something to find."""
    faults: list[str] = []
    if batch.held(answer.proposals, faults):
        return ()
    if not answer.proposals and speaks:
        return ("there are no proposals, yet the person's own words say what they like or not",)
    return faults[:5]
