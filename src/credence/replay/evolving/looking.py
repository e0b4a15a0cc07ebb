"""Looks of the planner with language models in its seats, along walks that may begin anew.

A run has no thread here: an interrupted walk begins at its first event, and what models answered
the journal knows. The same events make the same questions, so none of those is paid for twice.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

from credence.app.bootstrap import Application
from credence.memory.model import Operation, Person
from credence.planner.context import Roles
from credence.planner.graph import build_graph
from credence.planner.llm.extractor import LlmExtractor
from credence.planner.llm.policy import LlmPolicy
from credence.planner.llm.synthesizer import LlmSynthesizer
from credence.replay.asking.building import replayed
from credence.replay.asking.interview import Desk, Interview


@asynccontextmanager
async def looking(
    app: Application, desk: Desk, *, skipped: Collection[Operation]
) -> AsyncIterator[Application]:
    """The application with the desk's models in the seats that it has, and its leases kept."""
    assert app.seats is not None, "models take part in the looks of this system"
    seats, interviews = app.seats, dict[str, Interview]()

    def roles(person: Person, run_id: str) -> Roles:
        whose = person.user_id
        if whose not in interviews:
            interviews[whose] = desk.interview(whose, stood_in=True)
        return _interviewed(seats.for_run(person, run_id), interviews[whose])

    context = replace(app.worker.context, roles=replayed(roles, skipped))
    worker = replace(app.worker, context=context, graph=build_graph(None), durable=False)
    async with worker.leases.kept():
        yield replace(app, worker=worker)


def _interviewed(taken: Roles, interview: Interview) -> Roles:
    """The same seats with the interview in the model's place.

    Nobody shares a call with others, as what is asked must not depend on who else is followed.
    """
    policy, extractor, synthesizer = taken.policy, taken.extractor, taken.synthesizer
    if isinstance(policy, LlmPolicy):
        policy = replace(policy, model=interview)
    if isinstance(extractor, LlmExtractor):
        extractor = replace(extractor, model=interview)
    if isinstance(synthesizer, LlmSynthesizer):
        synthesizer = replace(synthesizer, model=interview)
    return Roles(policy=policy, extractor=extractor, synthesizer=synthesizer)
