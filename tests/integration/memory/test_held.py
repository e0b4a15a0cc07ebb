"""What is told to somebody of an item between their words and the keeper's turn."""

from __future__ import annotations

from typing import Any

import pytest

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.model import Action, Person
from credence.memory.raw_memories import RawMemories
from credence.memory.unit_of_work import autocommit
from tests.integration.memory.world import LENIENT, an_event, record

ADA, NOBODY = Person("default", "ada"), Person("default", "")
REVIEWS = (
    "The world building is superb and the prose is gorgeous.",
    "Slow pacing, though the prose is gorgeous.",
    "I loved the slow burn and the wit of it all.",
    "A gripping story with superb world building and real tension.",
)


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


async def said(app: Application, user_id: str, text: str, **rest: Any) -> None:
    event = an_event(user_id, item_id="tt-one", text=text, **rest)
    await record(app, [event], intake=LENIENT)
    await app.worker.drain()


async def told_to(person: Person, app: Application) -> ItemMemory:
    async with autocommit(app.engine) as uow:
        return (await uow.item_memories.of(person, ["tt-one"], least=1))["tt-one"]


async def test_what_the_memory_does_not_hold_yet_is_not_taken_out_of_it(
    application: Application,
) -> None:
    for number, text in enumerate(REVIEWS):
        await said(application, f"p{number}", text, rating=5.0)
    await application.keeper.settle()
    of_others = await told_to(NOBODY, application)

    await said(application, "ada", "A book with superb world building.", rating=1.0)
    async with autocommit(application.engine) as uow:
        chosen = await uow.item_memories.audiences(ADA, ["tt-one"], least=1)
        raw = await RawMemories(uow.connection).read(ADA, ["tt-one"], unknown=["tt-one"])
    others = raw["tt-one"].others("default")
    assert others is not None and others.rating == 5.0
    before = await told_to(ADA, application)
    assert (before.people, before.standing, before.rating) == (4, 4.0, 5.0)
    assert before.liking == of_others.liking
    assert before.phrases == of_others.phrases
    assert chosen["tt-one"].mass == of_others.audience.mass

    await application.keeper.settle()
    held = await told_to(NOBODY, application)
    await said(application, "ada", "The pacing drags.", rating=2.0, action=Action.DISLIKE)
    between = await told_to(ADA, application)
    assert (between.people, between.standing) == (4, 4.0)
    assert (between.rating, between.liking) == (held.rating, held.liking)

    await application.keeper.settle()
    after = await told_to(ADA, application)
    assert after.rating == pytest.approx(5.0)
    assert after.liking == pytest.approx(of_others.liking)
    assert after.phrases == of_others.phrases
