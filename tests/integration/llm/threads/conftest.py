"""Models behind HTTP that let something happen while they think."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from credence.app.llm_dev.brain import Brain
from credence.app.llm_dev.serving import listening
from credence.app.llm_dev.web import build_app
from tests.integration.llm.threads.interrupting import Interrupting


@pytest.fixture
def mind() -> Interrupting:
    return Interrupting()


@pytest_asyncio.fixture
async def models(dev_brain: Brain, mind: Interrupting) -> AsyncIterator[str]:
    async with listening(build_app(mind.over(dev_brain))) as url:
        yield url
