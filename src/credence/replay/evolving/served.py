"""One variant of Credence on one schema: an application that lives, and one that only answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.planner.counter import Rankers
from credence.replay.believing import isolated
from credence.replay.believing.served import application, rankers_of
from credence.replay.believing.variant import Variant
from credence.replay.steady import SteadyEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """`living` records and looks, and brings nothing to what others are told. Through `answering`
    Postgres takes no write.
    """

    living: Application
    answering: Application
    rankers: Rankers


@asynccontextmanager
async def served(
    chosen: Variant, *, settings: Settings, database: str, schema: str, encoder: SteadyEncoder
) -> AsyncIterator[Served]:
    """The variant on a memory of its own. Raises ModelError."""
    rankers = rankers_of(chosen)
    living = _unheard(application(chosen, settings, isolated.within(database, schema), encoder))
    url = isolated.within(database, schema, read_only=True)
    answering = application(chosen, settings, url, encoder)
    try:
        yield Served(living=living, answering=answering, rankers=rankers)
    finally:
        await living.close()
        await answering.close()


def _unheard(app: Application) -> Application:
    """With looks that learn of the person, and let nobody else learn of them."""
    context = replace(app.worker.context, words=None)
    return replace(app, worker=replace(app.worker, context=context))
