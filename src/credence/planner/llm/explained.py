"""The question why an item was put to somebody, for language models that answer by a text."""

from __future__ import annotations

from credence.planner.llm.documents import BeliefView, ExplanationDocument, MovedView
from credence.planner.llm.fence import document, words
from credence.planner.llm.instructions import explanation_prompt
from credence.planner.llm.ranker import person_view
from credence.planner.llm.views import item_view
from credence.planner.placement import Placement

MOST_BELIEFS, MOST_REASONS = 12, 6
_SAYS = 200  # characters


def explanation_part(placement: Placement) -> str:
    """What is asked, and the person, the item and what moved it as one fenced document."""
    person = person_view(placement.shown)
    (item,) = placement.shown.candidates
    data = ExplanationDocument(
        profile=person.profile,
        beliefs=tuple(
            BeliefView(says=words(one.says, most=_SAYS), strength=round(one.strength, 2))
            for one in placement.beliefs[:MOST_BELIEFS]
        ),
        recent=person.recent,
        instruction=person.instruction,
        item=item_view(item, about=0),
        moved_by=tuple(
            MovedView(says=words(one.says, most=_SAYS), change=round(one.change, 2))
            for one in placement.reasons[:MOST_REASONS]
        ),
    )
    return f"{explanation_prompt().text}\n\n{document(data)}"
