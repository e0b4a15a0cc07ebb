"""Several people's extractions in one call, over real HTTP."""

from __future__ import annotations

import pytest
from pydantic import AnyHttpUrl

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.demo.content import demo_items, demo_people
from credence.memory.model import Person
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import record, stocked, told_by


@pytest.fixture
def settings(settings: Settings, models: str) -> Settings:
    return settings.model_copy(
        update={
            "llm_base_url": AnyHttpUrl(models),
            "llm_model": "credence-dev",
            "llm_share": 3,
            "llm_share_seconds": 10.0,  # however slow the machine: three are company enough
        }
    )


async def test_people_who_share_a_call_believe_only_what_they_said(
    application: Application,
) -> None:
    await stocked(application, most=len(demo_items()))
    people = demo_people()[:3]
    for person in people:
        await record(application, told_by(person)[:6])

    await application.worker.drain()

    shared = 0
    for person in people:
        async with autocommit(application.engine) as uow:
            whose = Person("default", person.user_id)
            held = await uow.beliefs.load(whose)
            (run,) = await uow.runs.page(whose, before=None, limit=5)
            history = await uow.beliefs.history(whose, upto=1)
        assert held.belief.watermark == 6
        assert held.belief.active
        told = {event.item_id: event.text for event in person.events[:6]}
        items = {item.item_id: item for item in demo_items()}
        texts = " ".join(told.values()) + " ".join(
            f"{items[i].title} {items[i].description} {items[i].categories} {items[i].creators}"
            for i in told
            if i is not None
        )
        for change in history[0].changes:
            for piece in change.evidence:
                assert piece.words.casefold() in texts.casefold()
        shared += any(part["prompt"] == "extractors-1" for part in run.detail["roles"])
    async with autocommit(application.engine) as uow:
        calls = await uow.llm_calls.totals(
            "default", by=(), since=run.started_at.replace(year=2000)
        )
    assert shared >= 2
    assert calls[0].calls < 3 * 4
