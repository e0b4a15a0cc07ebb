"""A tenant whose people choose by company alone: texts say nothing, what went together says all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from credence.app.bootstrap import Application
from credence.app.stock import put_items
from credence.demo.content import demo_items
from credence.inference.encoder import SentenceEncoder
from credence.memory.model import Action
from credence.memory.record_events import Intake, NewEvent, record_events
from tests.fakes import vector_of

CIRCLES = 10  # of items that the same people choose
PEOPLE = 230
BEFORE = 4  # items of the circle that each person liked before the choice
BESIDE = 7  # items that they liked for no reason, at times between
FAITHFUL = 0.95  # of the choices stay in the circle
THEN = datetime.now(UTC) - timedelta(days=30)
_OPEN = Intake(unknown_users="create")


class MeaninglessEncoder:
    """Vectors that only the very same text shares, under the name of the real encoder."""

    name, dimension = SentenceEncoder.name, SentenceEncoder.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [vector_of(text) for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dimension)


def circles() -> list[list[str]]:
    """The demo's items in circles that have nothing to do with what they are."""
    ids = sorted(item.item_id for item in demo_items())
    random.Random(1).shuffle(ids)
    return [ids[start::CIRCLES] for start in range(CIRCLES)]


def liked(user_id: str, item_id: str, *, at: datetime, **rest: object) -> NewEvent:
    given: dict[str, object] = {"action": Action.LIKE, "metadata": {}} | rest
    return NewEvent(user_id=user_id, item_id=item_id, occurred_at=at, **given)  # type: ignore[arg-type]


def histories(people: int, *, seed: int = 3) -> tuple[list[NewEvent], list[NewEvent]]:
    """What each person liked before, and the choice of each."""
    dice, groups = random.Random(seed), circles()
    everything = [item_id for group in groups for item_id in group]
    earlier, choices = [], []
    for number in range(people):
        user_id = f"person-{number:03}"
        choice, *own = dice.sample(groups[number % CIRCLES], BEFORE + 1)
        if dice.random() >= FAITHFUL:
            choice = dice.choice([i for i in everything if i not in own])
        own += dice.sample([i for i in everything if i not in {choice, *own}], BESIDE)
        dice.shuffle(own)
        earlier += [
            liked(user_id, item_id, at=THEN - timedelta(days=20 - day))
            for day, item_id in enumerate(own)
        ]
        choices.append(liked(user_id, choice, at=THEN))
    return earlier, choices


async def stocked(app: Application, tenant: str) -> None:
    await put_items(tenant, demo_items(), encoder=app.encoder, engine=app.engine, now=THEN)


async def told(
    app: Application, tenant: str, events: Sequence[NewEvent], *, now: datetime | None = None
) -> None:
    """Recorded as of now, and read by the planner and the keeper."""
    moment = now or datetime.now(UTC)
    for start in range(0, len(events), 500):
        rows = events[start : start + 500]
        await record_events(rows, tenant=tenant, now=moment, intake=_OPEN, engine=app.engine)
    await app.worker.drain()
    await app.keeper.settle()


async def peopled(app: Application, tenant: str, *, people: int = PEOPLE) -> None:
    """The catalogue, the histories, and after the planner has read them the choices."""
    await stocked(app, tenant)
    for events in histories(people):
        await told(app, tenant, events)
