"""What lies with the head of a belief, so that people can be listed by it."""

from __future__ import annotations

import pytest

from credence.app.bootstrap import Application
from credence.app.corrections import Signature, take_back
from credence.memory.glance import Glance, glance
from credence.memory.lifecycle.correction import reject
from credence.memory.model import Action, Person
from credence.memory.people_list import PeopleOrder, PersonRow
from credence.memory.unit_of_work import autocommit
from credence.planner.correct import Correction, correct
from tests.integration.memory.world import WAIT, a_person_with_a_belief, an_event, record

ADA = Person("default", "ada")


async def listed(app: Application) -> PersonRow:
    async with autocommit(app.engine) as uow:
        (row,) = await uow.people_list.page("default", order=PeopleOrder.ID, after=None, limit=9)
    return row


async def computed(app: Application, person: Person) -> Glance:
    """From the belief as it is stored, at the moment of its last revision."""
    async with autocommit(app.engine) as uow:
        belief = (await uow.beliefs.load(person)).belief
        *_, last = await uow.beliefs.history(person)
    return glance(belief, now=last.at, half_life=app.counter.rules.half_life)


async def corrected(app: Application, person: Person, correction: Correction) -> None:
    async with app.worker.leases.holding(person, wait=WAIT) as lease:
        await correct(
            person,
            correction,
            actor="ada",
            why="",
            lease=lease,
            context=app.worker.context,
        )


async def agreed(app: Application, person: Person) -> Glance:
    """The glance as stored, which is that of the stored belief."""
    row, expected = await listed(app), await computed(app, person)
    assert (row.beliefs, row.contested) == (expected.beliefs, expected.contested)
    assert row.certainty == pytest.approx(expected.certainty)
    return expected


async def test_the_glance_follows_runs_corrections_and_undoing(application: Application) -> None:
    person = await a_person_with_a_belief(application)
    after_runs = await agreed(application, person)

    await corrected(application, person, lambda draft: reject(draft, 1, why=""))
    after_correction = await agreed(application, person)

    async with autocommit(application.engine) as uow:
        *_, last = await uow.beliefs.history(person)
    await take_back(application, person, last.number, Signature(actor="ada"))
    after_undoing = await agreed(application, person)

    assert after_runs.beliefs > 1
    assert after_correction.beliefs == after_runs.beliefs - 1
    assert after_undoing.beliefs == after_runs.beliefs


async def test_somebody_torn_is_contested(application: Application) -> None:
    for action in (Action.LIKE, Action.DISLIKE, Action.LIKE, Action.DISLIKE):
        await record(application, [an_event(text="Lyrical prose.", action=action)])
        await application.worker.advance(ADA, wait=WAIT)

    assert (await agreed(application, ADA)).contested == 1


async def test_whoever_loses_the_last_belief_has_no_certainty(application: Application) -> None:
    await record(application, [an_event(text="Lyrical prose.", action=Action.LIKE)])
    await application.worker.advance(ADA, wait=WAIT)
    assert (await listed(application)).certainty is not None

    await corrected(application, ADA, lambda draft: reject(draft, 1, why=""))

    row = await listed(application)
    assert (row.beliefs, row.certainty, row.contested) == (0, None, 0)


async def test_a_look_that_changes_nothing_leaves_the_glance(application: Application) -> None:
    person = await a_person_with_a_belief(application)
    await application.worker.advance(person, wait=WAIT)
    before = await listed(application)

    run = await application.worker.look(person, wait=WAIT)

    assert run.outcome == "skipped"
    assert await listed(application) == before
