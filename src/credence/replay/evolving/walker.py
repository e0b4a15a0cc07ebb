"""One walk: asked, then told, then looked at, step after step.

A question is put when what came before it is all that the memory holds of the person.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from credence.app.erasure import erase
from credence.memory.errors import UserNotFound
from credence.memory.model import Person
from credence.replay.asking.spent import NOTHING, Spent
from credence.replay.belief import events_of
from credence.replay.believing.memory import TENANT, look, record
from credence.replay.evolving.asked import Walk
from credence.replay.evolving.hindsight import Left, held_against, left_by_look
from credence.replay.evolving.served import Served
from credence.replay.evolving.walked import Step, Took, Walked
from credence.replay.exam.paper import Paper
from credence.replay.runner.invigilator import record_of
from credence.replay.runner.record import Record
from credence.replay.systems.system import Material, Question

# A person, a step just before it is asked about, and what models took for the person so far.
Asking = Callable[[str, int, Spent], None]


@dataclass(slots=True)
class _Tally:
    """What a walk has come to so far."""

    steps: list[Step] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    planner_ms: list[float] = field(default_factory=list)
    asking_s: float = 0.0
    spent: Spent = NOTHING
    left: list[Left] = field(default_factory=list)  # by looks, to be held against what followed
    looked: tuple[str, ...] | None = None  # of a look after the last event
    unlooked: int | None = None  # rank for the next question before that look


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """Walks timelines with one system."""

    served: Served
    material: Material  # of others alone
    look_every: int  # events
    asking: Asking

    async def walk(self, walk: Walk) -> tuple[Walked, Took]:
        """The whole timeline, from its beginning: what an interrupted walk left is erased."""
        user_id, events = walk.timeline.user_id, events_of(walk.timeline.story)
        person, tally = Person(TENANT, user_id), _Tally()
        with suppress(UserNotFound):
            await erase(person, engine=self.served.living.engine)
        for seen, event in enumerate(events):
            await self._step(walk, seen + 1, tally)
            await record(self.served.living, user_id, [event], now=event.occurred_at)
            if (seen + 1) % self.look_every:
                continue
            unlooked = await self._rank(walk, seen + 2)
            run = await look(self.served.living, person, at=event.occurred_at)
            tally.operations.update(run.operations)
            tally.planner_ms.append(round(run.duration_ms, 3))
            tally.spent += Spent.on_looks([run])
            tally.looked, tally.unlooked = run.operations, unlooked
            # Nothing after the change: chunks of the first person say nothing of the second.
            left = await left_by_look(
                person,
                events[seen + 1 : walk.timeline.splice],
                known=seen + 1,
                context=self.served.living.worker.context,
                at=event.occurred_at,
            )
            tally.left += [left] if left is not None else []
        return await self._finished(walk, tally)

    async def _step(self, walk: Walk, step: int, tally: _Tally) -> None:
        looked, unlooked = tally.looked, tally.unlooked
        tally.looked = tally.unlooked = None
        paper = walk.papers.get(step)
        if paper is None:
            return
        self.asking(walk.timeline.user_id, step, tally.spent)
        started = time.perf_counter()
        answered, spent = await self._ask(walk, step, paper)
        tally.asking_s += time.perf_counter() - started
        tally.spent += spent
        tally.steps.append(
            Step(
                step=step,
                change=walk.timeline.since_splice(step),
                rank=answered.rank,
                order=answered.order,
                failure=answered.failure,
                revision=answered.revision,
                operations=dict(sorted(tally.operations.items())),
                looks=len(tally.planner_ms),
                looked=looked,
                unlooked=unlooked,
                spent=tally.spent,
            )
        )

    async def _rank(self, walk: Walk, step: int) -> int | None:
        """The rank for a question put early, before the planner looks; None if it is not asked.

        Nobody would be asked early but for the study, so no model is: it would be paid for it.
        """
        paper = walk.papers.get(step)
        if paper is None or self.served.seated is not None:
            return None
        record, _ = await self._ask(walk, step, paper)
        return record.rank

    async def _ask(self, walk: Walk, step: int, paper: Paper) -> tuple[Record, Spent]:
        user_id, before = walk.timeline.user_id, walk.timeline.story[: step - 1]
        told = replace(self.material, donors={user_id: before})
        question = Question(
            user_id=user_id, history=before, instruction=None, candidates=paper.candidates
        )
        answer, spent = await self.served.answer(question, told)
        return record_of(answer, paper, seed=self.material.seed), spent

    async def _finished(self, walk: Walk, tally: _Tally) -> tuple[Walked, Took]:
        user_id, context = walk.timeline.user_id, self.served.living.worker.context
        believed = [
            await held_against(left, context=context, encoded=self.material.encoded)
            for left in tally.left
        ]
        walked = Walked(
            user_id=user_id,
            steps=tuple(tally.steps),
            events=len(walk.timeline.story),
            operations=dict(sorted(tally.operations.items())),
            looks=len(tally.planner_ms),
            spent=tally.spent,
            believed=tuple(believed),
        )
        took = Took(
            user_id=user_id,
            planner_ms=tuple(tally.planner_ms),
            asking_s=round(tally.asking_s, 6),
        )
        return walked, took
