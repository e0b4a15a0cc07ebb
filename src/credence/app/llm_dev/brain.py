"""The minds of all roles: the built-in parts of Credence, which are no language model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel

from credence.app.llm_dev import (
    extracting,
    obeying,
    ordering,
    planning,
    synthesizing,
)
from credence.app.llm_dev.mind import Mind, Unread
from credence.planner.extraction.extractor import Embed
from credence.planner.llm.answers import (
    ExtractorAnswer,
    PlannerAnswer,
    RankerAnswer,
    SharedAnswer,
    SynthesizerAnswer,
)
from credence.planner.llm.asking import Role
from credence.planner.llm.documents import (
    ExtractorDocument,
    PlannerDocument,
    RankerDocument,
    SharedDocument,
    SynthesizerDocument,
)

WHAT_THIS_IS = (
    "This is Credence's development server. It is no language model: it answers only the prompts "
    "of Credence's own roles, with Credence's built-in extractor, synthesizer, policy and encoder."
)


@dataclass(frozen=True, slots=True)
class Brain:
    """Answers by role; another role needs no more than another mind."""

    minds: Mapping[str, Mind[Any, Any]]

    async def answer(self, role: str | None, data: str | None, *, obeys: bool = False) -> str:
        """JSON of the role's form, or a fixed sentence where role or data is none of ours.

        The sentence also says what of the data could not be read, and quotes none of it.
        """
        mind = self.minds.get(role) if role is not None else None
        if mind is None or data is None:
            return WHAT_THIS_IS
        try:
            document = mind.document(data)
            if obeys and (told := obeying.injected(data, mind.writes)) is not None:
                return _json(told)
            honest = await mind.thinks(document)
        except Unread as unread:
            return f"{WHAT_THIS_IS} The data of this prompt could not be read: {unread}."
        return _json(mind.obeys(document, honest) if obeys else honest)


def built_in(embed: Embed) -> Brain:
    """The roles of Credence, the extractor also for several people; `embed` is the encoder's."""
    return Brain(
        {
            Role.PLANNER: Mind(
                reads=PlannerDocument,
                writes=PlannerAnswer,
                thinks=partial(planning.planned, embed=embed),
                obeys=obeying.planned,
            ),
            Role.EXTRACTOR: Mind(
                reads=ExtractorDocument,
                writes=ExtractorAnswer,
                thinks=partial(extracting.extracted, embed=embed),
                obeys=obeying.extracted,
            ),
            "extractors": Mind(
                reads=SharedDocument,
                writes=SharedAnswer,
                thinks=partial(extracting.extracted_apart, embed=embed),
                obeys=obeying.extracted_apart,
            ),
            Role.SYNTHESIZER: Mind(
                reads=SynthesizerDocument,
                writes=SynthesizerAnswer,
                thinks=synthesizing.synthesized,
                obeys=obeying.synthesized,
            ),
            Role.RANKER: Mind(
                reads=RankerDocument,
                writes=RankerAnswer,
                thinks=partial(ordering.ordered, embed=embed),
                obeys=obeying.ordered,
            ),
        }
    )


def _json(answer: BaseModel) -> str:
    return json.dumps(answer.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
