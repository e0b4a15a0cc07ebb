"""A list as it is put to language models that answer by one label's token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from credence.memory.model import Item
from credence.planner.counter import Shown
from credence.planner.llm.documents import CandidatesDocument
from credence.planner.llm.fence import document
from credence.planner.llm.instructions import labels_prompt
from credence.planner.llm.ranker import candidate_views, person_view


def person_part(shown: Shown) -> str:
    """What is asked and of whom: the same for every list of this person."""
    return f"{labels_prompt().text}\n\n{document(person_view(shown))}\n"


def candidates_part(named: Sequence[tuple[str, str]], items: Mapping[str, Item]) -> str:
    """The candidates, by (label, id), after the person's part."""
    views = candidate_views((label, items[item_id]) for label, item_id in named)
    return document(CandidatesDocument(candidates=views))
