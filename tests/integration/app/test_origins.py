"""A server that asks for no key takes nothing from pages of other sites."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from credence.app.bootstrap import Application
from credence.app.main import create_app, create_app_around
from credence.app.settings import Settings

HERE = "http://127.0.0.1:8000"
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:3000"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
]
FROM_HERE = [
    {},
    {"Sec-Fetch-Site": "same-origin", "Origin": HERE},
    {"Sec-Fetch-Site": "none"},
    {"Origin": HERE},
]


def at(application: Application, base: str, *, any_host: bool = False) -> httpx.AsyncClient:
    """A client of the server as `credence serve` makes it, on an application that runs."""
    app = create_app(application.settings, any_host=any_host)
    app.state.serving.attach(application)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base)


@pytest_asyncio.fixture
async def here(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with at(application, HERE) as client:
        yield client


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_pages_of_other_sites_write_nothing(
    here: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    refused = [
        await here.put("/v1/users/ada", json={}, headers=headers),
        await here.post("/v1/users/ada/belief/advance", headers=headers),
        await here.delete("/v1/users/ada", headers=headers),
    ]

    assert [answer.status_code for answer in refused] == [403] * 3
    assert "CREDENCE_API_KEYS" in refused[0].json()["detail"]
    assert (await here.get("/v1/users", headers=headers)).json()["users"] == []


@pytest.mark.parametrize("headers", FROM_HERE)
async def test_programs_and_pages_of_this_machine_write(
    here: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await here.put("/v1/users/ada", json={}, headers=headers)).status_code == 201


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "10.0.0.5", "[", "localhostx"]
)
async def test_a_name_of_another_machine_opens_nothing(here: httpx.AsyncClient, host: str) -> None:
    for path in ("/v1/users", "/health/live", "/admin/", "/docs"):
        answer = await here.get(path, headers={"Host": host})
        assert answer.status_code == 421, path
        assert "--no-keys" in answer.json()["detail"]


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "[::1]:8000", "a.localhost"]
)
async def test_every_name_of_this_machine_does(here: httpx.AsyncClient, host: str) -> None:
    assert (await here.get("/v1/users", headers={"Host": host})).status_code == 200


async def test_who_wants_it_is_asked_by_any_name_but_by_no_other_site(
    application: Application,
) -> None:
    async with at(application, "http://api:8000", any_host=True) as client:
        assert (await client.put("/v1/users/ada", json={})).status_code == 201
        assert (await client.put("/v1/users/bob", json={}, headers=ELSEWHERE[2])).status_code == 403


async def test_the_pages_refuse_other_sites_by_themselves(here: httpx.AsyncClient) -> None:
    answer = await here.post("/admin/sign-in", headers=ELSEWHERE[0])

    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/plain")


async def test_with_keys_the_key_alone_decides(application: Application) -> None:
    keys = Settings(_env_file=None, api_keys="red-key=red")  # type: ignore[call-arg,arg-type]
    app = create_app(keys)
    app.state.serving.attach(application)
    key = {"Authorization": "Bearer red-key"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://shop.example"
    ) as client:
        for headers in ELSEWHERE:
            answer = await client.put("/v1/users/ada", json={}, headers=key | headers)
            assert answer.status_code in {200, 201}


async def test_inside_a_process_any_name_will_do(application: Application) -> None:
    transport = httpx.ASGITransport(create_app_around(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence.invalid") as client:
        assert (await client.get("/v1/users")).status_code == 200
