"""The ranker's seat, taken by the sentence encoder."""

from __future__ import annotations

from credence.app.llm_dev.views import event_of, item_of
from credence.planner.extraction.attitude import attitude
from credence.planner.extraction.extractor import Embed
from credence.planner.llm.answers import RankerAnswer
from credence.planner.llm.documents import RankerDocument
from credence.planner.ranking.item_text import item_texts, item_vectors

_LIKED_TITLES = 10
_DIGITS = 6  # of a cosine; what is left is rounding, and no order


async def ordered(document: RankerDocument, embed: Embed) -> RankerAnswer:
    """All labels by the cosine of their item and what is asked for, then by label.

    That is the instruction, or without one the profile and the titles liked of late.
    Raises Unread.
    """
    if not document.candidates:
        return RankerAnswer(order=[])
    (asked,) = await embed([document.instruction or _taste(document)])
    texts = item_texts(item_of(candidate.item) for candidate in document.candidates)
    cosines = item_vectors(await embed(texts)) @ asked
    ranked = sorted(
        (-round(float(cosine), _DIGITS), candidate.label)
        for cosine, candidate in zip(cosines, document.candidates, strict=True)
    )
    return RankerAnswer(order=[label for _, label in ranked])


def _taste(document: RankerDocument) -> str:
    liked = [
        event.item.title
        for event in document.recent
        if event.item and attitude(event_of(event)) > 0
    ]
    return " ".join((document.profile, *liked[:_LIKED_TITLES]))
