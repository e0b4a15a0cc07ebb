"""The real encoder and the brain around it: loading takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from credence.app.llm_dev.brain import Brain, built_in
from credence.inference.encoder import BatchingEncoder, SentenceEncoder
from credence.planner.extraction.extractor import Embed


@pytest.fixture(scope="session")
def embed() -> Iterator[Embed]:
    encoder = BatchingEncoder(SentenceEncoder())
    yield encoder.embed_phrases
    encoder.close()


@pytest.fixture(scope="session")
def brain(embed: Embed) -> Brain:
    return built_in(embed)
