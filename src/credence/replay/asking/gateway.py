"""The application's gateway to language models, opened for a run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from credence.app.bootstrap import assemble
from credence.app.settings import Settings
from credence.inference.encoder import Encoder
from credence.planner.llm.asking import Asks, Role
from credence.replay.believing import isolated
from credence.replay.believing.taken import behind_servers


def accounts(prefix: str) -> str:
    """The schema in which a run's calls are written down and held against the daily limits."""
    return f"{prefix}_calls"


@asynccontextmanager
async def gateway(
    settings: Settings, *, database: str, prefix: str, encoder: Encoder, needed: bool
) -> AsyncIterator[Mapping[Role, Asks]]:
    """The models by role, with the application's retries, repair, breaker, budget and accounts;
    none where no system of the run needs any."""
    if not needed:
        yield {}
        return
    name = accounts(prefix)
    await asyncio.to_thread(isolated.make, database, name)
    alone = {"worker": False, "ranker": "semantic", "ranker_url": None, "policy": "adaptive"}
    told = behind_servers(settings).model_copy(update=alone)
    app = assemble(told, isolated.within(database, name), encoder)
    try:
        yield {} if app.seats is None else app.seats.models
    finally:
        await app.close()
