"""Forty fake people with the same words count for about one, from their events to the ranking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.memory.collaborative import item_memory
from credence.memory.collaborative.item_memory import ItemMemory
from credence.memory.collaborative.usual import Usual
from credence.memory.model import Person, Vector
from credence.memory.record_events import NewEvent
from credence.memory.unit_of_work import autocommit
from credence.planner.ranking.others import others
from tests.integration.memory.world import LENIENT, an_event, record

HONEST = (
    "Slow pacing, though the prose is gorgeous.",
    "I loved the slow burn and the wit of it all.",
    "Flat characters and a predictable plot. I gave up.",
    "Too long by half, and the ending made me cry.",
    "Grandmother lent me this one about sailors and their debts.",
)
WANTED = "An absolute masterpiece of suspense with a detective and a stolen violin"
NOTHING_USUAL = Usual(words=None, liking=0.0)


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


async def besieged(app: Application, fakes: int, *, tenant: str) -> ItemMemory:
    """The memory of an item of which five honest people and so many fakes spoke."""
    told: list[NewEvent] = [
        an_event(f"p{n}", item_id="dune", text=text, rating=2.5) for n, text in enumerate(HONEST)
    ]
    told += [
        an_event(f"fake-{n}", item_id="dune", text=WANTED + "!" * (n % 3), rating=5.0)
        for n in range(fakes)
    ]
    await record(app, told, tenant=tenant, intake=LENIENT)
    await app.worker.drain()
    await app.keeper.settle()
    async with autocommit(app.engine) as uow:
        return (await uow.item_memories.of(Person(tenant, ""), ["dune"], least=3))["dune"]


def heard(app: Application, memory: ItemMemory) -> float:
    """How far the memory answers the instruction that the fakes are after."""
    words = app.worker.context.words
    assert words is not None
    row: Vector = words([WANTED])[0]
    told = others([memory], [], usual=NOTHING_USUAL, least=3, size=len(row))
    return float(told.words[0] @ row)


async def test_forty_fakes_with_the_same_words_move_an_item_no_more_than_one(
    application: Application,
) -> None:
    alone = await besieged(application, 0, tenant="none")
    one = await besieged(application, 1, tenant="one")
    forty = await besieged(application, 40, tenant="forty")

    assert heard(application, one) > heard(application, alone) + 0.05
    assert one.people == forty.people == 6
    assert forty.voices == pytest.approx(one.voices)
    assert forty.rated == pytest.approx(one.rated)
    assert forty.rating == pytest.approx(one.rating)
    assert forty.liking == pytest.approx(one.liking, abs=0.02)  # not all shout alike
    assert forty.audience.mass <= one.audience.mass + 1e-6
    assert heard(application, forty) == pytest.approx(heard(application, one), abs=0.02)


async def test_without_the_defence_they_would(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_memory, "twins", every_text_its_own)
    one = await besieged(application, 1, tenant="one")
    forty = await besieged(application, 40, tenant="forty")

    assert forty.people == 45
    assert forty.voices == pytest.approx(one.voices + 39)
    assert forty.audience.mass > one.audience.mass + 38
    assert forty.rating is not None and forty.rating > 4.5
    assert heard(application, forty) > heard(application, one) + 0.3


def every_text_its_own(directions: Sequence[object]) -> object:
    return np.ones(len(directions))
