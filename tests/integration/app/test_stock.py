"""Changing items while others do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray

from credence.app.bootstrap import Application
from credence.app.clock import utc_now
from credence.app.stock import patch_item
from credence.inference.encoder import BatchingEncoder
from credence.memory.errors import Conflict, ItemNotFound
from credence.memory.model import Item
from tests.integration.app.shelf import problem, read, sent

DUNE = "/v1/items/dune"


class Interrupted(BatchingEncoder):
    """Lets others at the catalogue while a text is embedded."""

    def __init__(self, encoder: BatchingEncoder, meanwhile: Callable[[], Awaitable[object]]):
        self._real = encoder
        self._meanwhile = meanwhile
        self.name = encoder.name
        self.dimension = encoder.dimension

    async def embed_bulk(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = await self._real.embed_bulk(texts)
        await self._meanwhile()
        return vectors


async def retitled(application: Application, meanwhile: Callable[[], Awaitable[object]]) -> Item:
    return await patch_item(
        "default",
        "dune",
        lambda item: replace(item, title="Dune Messiah"),
        encoder=Interrupted(application.encoder, meanwhile),
        engine=application.engine,
        now=utc_now(),
    )


async def test_a_patch_keeps_what_another_writer_changed_meanwhile(
    client: httpx.AsyncClient, application: Application
) -> None:
    await sent(client, "PUT", DUNE, {"title": "Dune"})

    async def meanwhile() -> None:
        await sent(client, "PATCH", DUNE, {"attributes": {"year": 1969}})

    patched = await retitled(application, meanwhile)

    stored = await read(client, DUNE)
    assert (patched.title, patched.attributes) == ("Dune Messiah", {"year": 1969})
    assert (stored["title"], stored["attributes"]) == ("Dune Messiah", {"year": 1969})


async def test_a_patch_that_others_overtake_twice_writes_nothing(
    client: httpx.AsyncClient, application: Application
) -> None:
    await sent(client, "PUT", DUNE, {"title": "Dune"})
    years: list[int] = []

    async def meanwhile() -> None:
        years.append(len(years))
        await sent(client, "PATCH", DUNE, {"attributes": {"year": years[-1]}})

    with pytest.raises(Conflict):
        await retitled(application, meanwhile)

    assert (await read(client, DUNE))["title"] == "Dune"


async def test_a_patch_does_not_bring_back_what_was_deleted_meanwhile(
    client: httpx.AsyncClient, application: Application
) -> None:
    await sent(client, "PUT", DUNE, {"title": "Dune"})

    async def meanwhile() -> None:
        await sent(client, "DELETE", DUNE)

    with pytest.raises(ItemNotFound):
        await retitled(application, meanwhile)

    assert (await problem(client, "GET", DUNE))["status"] == 404
