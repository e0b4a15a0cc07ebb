"""Two people in one call, and a model that answers of one in the words of the other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import AnyHttpUrl

from credence.app.bootstrap import Application
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.faults import Fault, Faults
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.app.settings import Settings
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Person
from credence.memory.unit_of_work import autocommit
from tests.integration.llm.hostile.attack import says, topic
from tests.integration.llm.hostile.overheard import Overheard
from tests.integration.memory.world import an_event, dump, record, stocked, told_by

ADA, MALLORY = Person("default", "ada"), Person("default", "mallory")
SECRET = "Quorlith"  # a name that mallory writes, and nobody else
OWN = "A warm, funny story about divorce and lighthouses."
OF_ADA = [
    topic(f"{SECRET} and divorce", "story about divorce", event="e1", like=False),
    topic(f"divorce in {SECRET}", "story about divorce", event="e1"),
    topic("lighthouses", "divorce and lighthouses", event="e1"),
]
HOSTILE = says(people=[{"id": one, "proposals": OF_ADA} for one in ("p1", "p2")])


@pytest_asyncio.fixture
async def overheard(dev_brain: Brain) -> Overheard:
    """A server that obeys, and what goes over the wire."""
    return Overheard(build_app(dev_brain, faults=Faults({Fault.OBEY: 1.0})))


@pytest_asyncio.fixture
async def models(overheard: Overheard) -> AsyncIterator[str]:
    async with listening(overheard) as url:  # type: ignore[arg-type]
        yield url


@pytest.fixture
def settings(settings: Settings, models: str) -> Settings:
    return settings.model_copy(
        update={
            "llm_base_url": AnyHttpUrl(models),
            "llm_model": "credence-dev",
            "llm_share": 2,
            "llm_share_seconds": 10.0,
        }
    )


async def test_no_word_of_one_reaches_another_who_shared_the_call(
    application: Application, database: str, overheard: Overheard
) -> None:
    await stocked(application, most=len(demo_items()))
    for who, text in ((ADA, OWN), (MALLORY, HOSTILE)):
        first = an_event(who.user_id, text=text, days_ago=900, rating=5.0)
        await record(application, [first, *told_by(demo_people()[0], user_id=who.user_id)[:6]])

    await application.worker.drain()

    shared = [e for e in overheard.exchanges if OWN in e.said and SECRET in e.said]
    assert shared, "they shared no call"
    assert all(e.answer.count(f"{SECRET} and divorce") == 2 for e in shared), "it did not obey"
    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(ADA)
        (run,) = await uow.runs.page(ADA, before=None, limit=5)
    assert SECRET not in dump(database, without=MALLORY.user_id)
    assert "lighthouses" in [chunk.text for chunk in held.belief.active]
    notes = json.dumps([part["notes"] for part in run.detail["roles"]])
    assert "its topic is in no words of this person's" in notes
