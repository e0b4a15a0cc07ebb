"""A development server for the models' roles, and an application that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import pytest_asyncio
from pydantic import AnyHttpUrl

from credence.app.bootstrap import Application, assemble
from credence.app.llm_dev.brain import Brain, built_in
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from credence.app.settings import Settings
from credence.inference.encoder import BatchingEncoder, SentenceEncoder

Serve = Callable[..., AbstractAsyncContextManager[str]]


@pytest_asyncio.fixture(scope="session")
async def dev_brain(encoder: SentenceEncoder) -> AsyncIterator[Brain]:
    """The development server's, made once."""
    batching = BatchingEncoder(encoder)
    yield built_in(batching.embed_phrases)
    batching.close()


@pytest_asyncio.fixture
async def models(dev_brain: Brain) -> AsyncIterator[str]:
    """URL of a development server that keeps all its manners."""
    async with listening(build_app(dev_brain)) as url:
        yield url


@pytest.fixture
def settings(settings: Settings, models: str) -> Settings:
    """A model in every seat."""
    return settings.model_copy(
        update={"llm_base_url": AnyHttpUrl(models), "llm_model": "credence-dev"}
    )


@pytest_asyncio.fixture
async def application(
    settings: Settings, database: str, encoder: SentenceEncoder
) -> AsyncIterator[Application]:
    """An application that asks models, with threads for its runs."""
    made = assemble(settings, database, encoder)
    assert made.threads is not None
    async with made.threads.ready():
        yield made
        await made.close()
