"""Tenants that learn, made once: every test gets a copy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from sqlalchemy import make_url

from credence.app.bootstrap import Application, assemble
from credence.app.settings import Settings
from tests.integration.conftest import copied
from tests.integration.fit.world import MeaninglessEncoder, histories, peopled, stocked, told


@pytest.fixture(scope="session")
def quiet() -> Settings:
    """Nobody plans but when told to, and then for every event; weights are all that ranks."""
    return Settings(_env_file=None, worker=False, check_after=1, ranker="semantic")  # type: ignore[call-arg]


@pytest_asyncio.fixture(scope="session")
async def peopled_database(postgres: str, template: str, quiet: Settings) -> AsyncIterator[str]:
    """Name of a database to be copied.

    Tenant `default` is full of people who chose, in `waiting` nobody has chosen yet, and of
    `other` there is but the catalogue.
    """
    with copied(postgres, template) as url:
        app = assemble(quiet, url, MeaninglessEncoder())
        await peopled(app, "default")
        await stocked(app, "waiting")
        await told(app, "waiting", histories(30)[0])
        await stocked(app, "other")
        await app.close()
        yield make_url(url).database or ""


@pytest.fixture
def full_database(postgres: str, peopled_database: str) -> Iterator[str]:
    with copied(postgres, peopled_database) as url:
        yield url


@pytest_asyncio.fixture
async def tenants(full_database: str, quiet: Settings) -> AsyncIterator[Application]:
    """An application on a copy of that database."""
    app = assemble(quiet, full_database, MeaninglessEncoder())
    yield app
    await app.close()
