"""The seats of these systems at the development server, which is no language model.

Its answers are of the right form and come from the built-in extractor and the sentence encoder:
they show that the path works, and nothing about a system.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from credence.app.llm_dev import ordering
from credence.app.llm_dev.mind import Mind
from credence.app.llm_dev.reading import seen
from credence.app.llm_dev.views import item_of
from credence.planner.extraction.extractor import Embed
from credence.planner.llm.answers import RankerAnswer
from credence.planner.llm.documents import EventView, RankerDocument
from credence.planner.ranking.item_text import item_texts, item_vectors
from credence.replay.asking.documents import (
    FlatAnswer,
    FlatDocument,
    GuesserAnswer,
    GuesserDocument,
    InterestAnswer,
    InterestDocument,
    Need,
    ParserDocument,
    ProfilerAnswer,
    ProfilerDocument,
    ReflectorAnswer,
    ReflectorDocument,
    RerankerDocument,
)

MOST_WORDS = 300
_ENDS = ". "
_PHRASE = 200
_DIGITS = 6  # of a cosine; what is left is rounding


def minds(embed: Embed) -> Mapping[str, Mind[Any, Any]]:
    """By the roles that the prompts begin with; the ranker's is among the built-in ones."""
    return {
        "flat": Mind(
            reads=FlatDocument,
            writes=FlatAnswer,
            thinks=partial(_summed_up, embed=embed),
            obeys=_honest,
        ),
        "parser": Mind(reads=ParserDocument, writes=Need, thinks=_parsed, obeys=_honest),
        "reranker": Mind(
            reads=RerankerDocument,
            writes=RankerAnswer,
            thinks=partial(_ordered, embed=embed),
            obeys=_honest,
        ),
        "reflector": Mind(
            reads=ReflectorDocument, writes=ReflectorAnswer, thinks=_content, obeys=_honest
        ),
        "guesser": Mind(
            reads=GuesserDocument,
            writes=GuesserAnswer,
            thinks=partial(_guessed, embed=embed),
            obeys=_honest,
        ),
        "profiler": Mind(
            reads=ProfilerDocument, writes=ProfilerAnswer, thinks=_profiled, obeys=_honest
        ),
        "interest": Mind(
            reads=InterestDocument, writes=InterestAnswer, thinks=_interested, obeys=_honest
        ),
    }


def _honest(document: object, honest: Any) -> Any:
    """What the data says moves it no further than what it is."""
    return honest


async def _summed_up(document: FlatDocument, embed: Embed) -> FlatAnswer:
    """The old summary and a sentence about the event; the oldest sentences go first."""
    sentence = await _said_of(document.event, embed)
    return FlatAnswer(summary=within(document.summary, sentence))


async def _said_of(event: EventView, embed: Embed) -> str:
    _, reading = await seen([event], [], embed)
    findings = [bearing.finding for bearing in reading.bearings]
    said = "; ".join(
        f'{"likes" if finding.weight > 0 else "dislikes"} {finding.topic} ("{finding.words}")'
        for finding in findings
    )
    of = f'Of "{event.item.title}"' if event.item else "This time"
    return f"{of} the person {said or 'says little'}."


async def _parsed(document: ParserDocument) -> Need:
    """The instruction as its own meaning."""
    return Need(wants=[document.instruction[:_PHRASE]], avoids=[], knowledge="")


async def _ordered(document: RerankerDocument, embed: Embed) -> RankerAnswer:
    """As the ranker's seat orders the same candidates."""
    alike = RankerDocument(
        profile=document.interest or document.profile or "",
        recent=document.recent,
        instruction=document.instruction,
        candidates=document.candidates,
    )
    return await ordering.ordered(alike, embed)


async def _content(document: ReflectorDocument) -> ReflectorAnswer:
    return ReflectorAnswer(sound=True, order=list(document.draft))


async def _guessed(document: GuesserDocument, embed: Embed) -> GuesserAnswer:
    """The item whose text is nearer to the profile; the first without one."""
    chosen = document.items[0]
    if document.profile:
        (profile,) = await embed([document.profile])
        texts = item_texts(item_of(one.item) for one in document.items)
        first, second = item_vectors(await embed(texts)) @ profile
        if round(float(second - first), _DIGITS) > 0:
            chosen = document.items[1]
    return GuesserAnswer(choice=chosen.label, why="It is nearer to the profile.")


async def _profiled(document: ProfilerDocument) -> ProfilerAnswer:
    """The old profile and a sentence about what was taken, and whether that was guessed."""
    item = next(one.item for one in document.items if one.label == document.took)
    labels = ", ".join(item.categories)
    how = "as guessed" if document.guessed == document.took else "against the guess"
    sentence = f'They took "{item.title}"{f" ({labels})" if labels else ""} {how}.'
    return ProfilerAnswer(profile=within(document.profile, sentence))


async def _interested(document: InterestDocument) -> InterestAnswer:
    """The end of the profile."""
    return InterestAnswer(interest=" ".join(document.profile.split()[-100:]))


def within(summary: str, sentence: str) -> str:
    """The summary with a sentence more, within the words that it may have."""
    sentences = [part.rstrip(".") for part in summary.split(_ENDS) if part.strip()]
    sentences.append(sentence.rstrip("."))
    while len(sentences) > 1 and len(_ENDS.join(sentences).split()) > MOST_WORDS:
        del sentences[0]
    return f"{_ENDS.join(sentences)}."
