"""A planner killed before each node in turn: no call is paid twice, nothing counts twice."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from credence.app.bootstrap import Application
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Belief, Operation, Person
from credence.memory.unit_of_work import autocommit
from credence.planner.graph import OPERATIONS, build_graph
from credence.planner.llm.answers import PlannerAnswer, Step
from credence.planner.llm.documents import PlannerDocument
from tests.integration.asked import by_role, forget
from tests.integration.forked import started, status
from tests.integration.llm import killed_run
from tests.integration.memory.world import record, stocked, told_by

ADA, BOB = Person("default", "ada"), Person("default", "bob")
_AFTER = "after"  # no node: the revision is committed and its thread still there


@dataclass(frozen=True)
class Course:
    """What a run is to do, and the roles that have answered by the time of each of its nodes."""

    plan: tuple[Operation, ...]
    answered: dict[str, Counter[str]]
    events: int = 9
    before: tuple[Operation, ...] = ()  # of an earlier run, whose beliefs are old by then


_PLANNED, _READ = Counter(planner=1), Counter(planner=1, extractor=1)
_WRITTEN = _READ + Counter(synthesizer=1)
_COURSES = (
    Course(
        plan=OPERATIONS,
        answered={
            "observe": Counter(),
            "plan": Counter(),
            "interpret": _PLANNED,
            "extraction": _READ,
            "reinforcement": _READ,
            "weakening": _READ,
            "consolidation": _READ,
            "forgetting": _READ,
            "resynthesis": _READ,
            "commit": _WRITTEN,
            _AFTER: _WRITTEN,
        },
    ),
    Course(plan=(), answered={"skip": _PLANNED}, events=3),
    Course(
        plan=(Operation.EXTRACTION, Operation.FORGETTING),
        answered={"mend": _READ},
        before=(Operation.EXTRACTION, Operation.RESYNTHESIS),
    ),
)
_KILLED = [(course, node) for course in _COURSES for node in course.answered]


@dataclass
class Scripted:
    """A planner that chooses at its first look what it was told to, and later nothing."""

    plan: tuple[Operation, ...] = ()

    def over(self, brain: Brain) -> Brain:
        mind = brain.minds["planner"]

        async def thinks(document: PlannerDocument) -> PlannerAnswer:
            chosen = () if document.done else self.plan
            steps = [Step(operation=one.value, targets=[], reason="so told") for one in chosen]
            answer: PlannerAnswer = await mind.thinks(document)
            return answer.model_copy(update={"steps": steps})

        planner: Any = replace(mind, thinks=thinks)
        return Brain({**brain.minds, "planner": planner})


@pytest.fixture
def planner() -> Scripted:
    return Scripted()


@pytest_asyncio.fixture
async def models(dev_brain: Brain, planner: Scripted) -> AsyncIterator[str]:
    async with listening(build_app(planner.over(dev_brain))) as url:
        yield url


@dataclass(frozen=True)
class Stage:
    """Where people are brought to the point at which their run is due."""

    application: Application
    database: str
    models: str
    planner: Scripted


@pytest.fixture
def stage(application: Application, database: str, models: str, planner: Scripted) -> Stage:
    return Stage(application, database, models, planner)


def test_a_run_is_killed_before_every_node_of_the_graph_once() -> None:
    nodes = build_graph().get_graph().nodes.keys() - {"__start__", "__end__"}

    assert Counter(node for _, node in _KILLED if node != _AFTER) == Counter(nodes)


@pytest.mark.parametrize(("course", "node"), _KILLED, ids=[node for _, node in _KILLED])
async def test_a_run_killed_before_a_node_goes_on_there(
    stage: Stage, course: Course, node: str, tmp_path: Path
) -> None:
    application, database, models = stage.application, stage.database, stage.models
    await stocked(application, most=len(demo_items()))
    await _about_to(course, BOB, stage)
    await application.worker.drain()
    undisturbed, alone = await _belief(application, BOB), await by_role(models)
    await _about_to(course, ADA, stage)
    begun = (await _belief(application, ADA)).revision

    killed = started(killed_run.main, database, models, node, tmp_path / "said")

    assert await status(killed) == -signal.SIGKILL
    assert (tmp_path / "said").read_text(encoding="utf-8") == f"at {node}"
    assert await by_role(models) == course.answered[node]
    if node != _AFTER:
        assert (await _belief(application, ADA)).revision == begun
    _let_the_lease_run_out(database)
    await application.worker.sweep()
    await application.worker.drain()
    assert await by_role(models) == alone
    assert _shape(await _belief(application, ADA)) == _shape(undisturbed)
    with psycopg.connect(database) as connection:
        (left,) = connection.execute(
            "SELECT count(*) FROM planner_threads.checkpoint_blobs"
        ).fetchone() or (None,)
    assert left == 0


async def _about_to(course: Course, person: Person, stage: Stage) -> None:
    """The person as the course finds them: their run is due, and no call is counted yet."""
    application, planner = stage.application, stage.planner
    history = told_by(demo_people()[0], user_id=person.user_id)
    if course.before:
        planner.plan = course.before
        await record(application, history[: course.events])
        await application.worker.drain()
        history = history[course.events :]
        with psycopg.connect(stage.database, autocommit=True) as connection:
            connection.execute(
                "UPDATE chunks SET as_of = as_of - interval '9 years' WHERE user_id = %s",
                [person.user_id],
            )
    planner.plan = course.plan
    await record(application, history[: course.events])
    await forget(stage.models)


async def _belief(application: Application, person: Person) -> Belief:
    async with autocommit(application.engine) as uow:
        return (await uow.beliefs.load(person)).belief


def _shape(belief: Belief) -> tuple[object, ...]:
    """All of a belief but when its profile was written."""
    sentences = belief.profile.sentences if belief.profile else ()
    return belief.revision, belief.watermark, belief.chunks, sentences


def _let_the_lease_run_out(database: str) -> None:
    """What time would do: the killed process can no longer renew it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "UPDATE users SET lease_until = now() - interval '1 second' WHERE user_id = 'ada'"
        )
