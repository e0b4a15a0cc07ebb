"""The flat memory's seat at the development server, taken by the built-in extractor."""

from __future__ import annotations

from functools import partial

from pydantic import BaseModel, ConfigDict

from credence.app.llm_dev.mind import Mind
from credence.app.llm_dev.reading import seen
from credence.planner.extraction.extractor import Embed
from credence.planner.llm.documents import EventView

ROLE = "flat"
MOST_WORDS = 300
_ENDS = ". "


class FlatDocument(BaseModel):
    """The summary so far, and what the person did now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: str
    event: EventView


class FlatAnswer(BaseModel):
    """The whole summary, written anew."""

    model_config = ConfigDict(frozen=True)

    summary: str


def flat_mind(embed: Embed) -> Mind[FlatDocument, FlatAnswer]:
    """It writes the old summary and a sentence about the event, with the words that it rests on;
    the oldest sentences go first."""
    return Mind(
        reads=FlatDocument,
        writes=FlatAnswer,
        thinks=partial(_summed_up, embed=embed),
        obeys=lambda _, honest: honest,
    )


async def _summed_up(document: FlatDocument, embed: Embed) -> FlatAnswer:
    _, reading = await seen([document.event], [], embed)
    findings = [bearing.finding for bearing in reading.bearings]
    said = "; ".join(
        f'{"likes" if finding.weight > 0 else "dislikes"} {finding.topic} ("{finding.words}")'
        for finding in findings
    )
    item = document.event.item
    of = f'Of "{item.title}"' if item else "This time"
    return FlatAnswer(summary=within(document.summary, f"{of} the person {said or 'says little'}."))


def within(summary: str, sentence: str) -> str:
    """The summary with a sentence more, within the words that it may have."""
    sentences = [part.rstrip(".") for part in summary.split(_ENDS) if part.strip()]
    sentences.append(sentence.rstrip("."))
    while len(sentences) > 1 and len(_ENDS.join(sentences).split()) > MOST_WORDS:
        del sentences[0]
    return f"{_ENDS.join(sentences)}."
