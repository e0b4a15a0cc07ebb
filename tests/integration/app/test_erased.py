"""After an erasure nothing that is kept at hand holds the person's part."""

from __future__ import annotations

import httpx
import pytest

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.memory.model import Person
from tests.integration.app.shelf import sent, stock

PEOPLE = ("ada", "bob", "cleo", "dan")
DAN = Person("default", "dan")


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, worker=False, check_after=1)  # type: ignore[call-arg]


async def test_what_was_at_hand_is_read_anew(
    client: httpx.AsyncClient, application: Application
) -> None:
    await stock(client)
    for name in PEOPLE[:3]:
        await sent(client, "PUT", f"/v1/users/{name}", {})
        text = f"Gorgeous prose and superb world building, says {name} of {len(name)} books."
        review = {"user_id": name, "item_id": "dune", "action": "review", "text": text}
        await sent(client, "POST", "/v1/events", review | {"rating": 5})
    await sent(client, "PUT", "/v1/users/dan", {})
    await sent(
        client, "POST", "/v1/events", {"user_id": "dan", "item_id": "dune", "action": "like"}
    )
    await application.worker.drain()
    await application.keeper.settle()
    shelf = application.shelf
    topics = dict(await shelf.topics("default"))
    assert (await shelf.usual("default")).words is not None
    assert "dune" in (await shelf.taste(DAN)).heard

    await sent(client, "DELETE", "/v1/users/ada")
    await sent(client, "DELETE", "/v1/users/bob")

    assert (await shelf.usual("default")).words is None
    assert await shelf.topics("default") != topics
    assert not (await shelf.taste(DAN)).heard
