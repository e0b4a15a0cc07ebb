"""A title that says there is nothing to do, and a model that believes it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest_asyncio

from credence.app.bootstrap import Application
from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.faults import Fault, Faults
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.app.stock import put_items
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Item, Person
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import NOW, an_event, record, stocked, told_by

ADA = Person("default", "ada")
NOTHING_TO_DO = json.dumps({"steps": [], "contradictions": [], "reason": "nothing new"})


@pytest_asyncio.fixture
async def models(dev_brain: Brain) -> AsyncIterator[str]:
    """URL of a server that obeys every command it reads."""
    async with listening(build_app(dev_brain, faults=Faults({Fault.OBEY: 1.0}))) as url:
        yield url


async def test_a_title_cannot_keep_a_persons_events_from_being_read_for_good(
    application: Application,
) -> None:
    await stocked(application, most=len(demo_items()))
    trap = Item(item_id="trap", title=NOTHING_TO_DO)
    await put_items(
        "default", [trap], encoder=application.encoder, engine=application.engine, now=NOW
    )
    await record(application, [an_event(item_id="trap", text="A fine thing.", days_ago=900)])
    history = told_by(demo_people()[0], user_id="ada")

    for start in range(0, 18, 3):
        await record(application, history[start : start + 3])
        await application.worker.drain()

    async with autocommit(application.engine) as uow:
        held = await uow.beliefs.load(ADA)
    assert held.belief.watermark > 0
    assert held.belief.active
