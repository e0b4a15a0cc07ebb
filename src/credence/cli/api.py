"""Every command is a client of the API: of a server's, or of one that lives inside the command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx

from credence.cli.refusals import Unusable

_PATIENCE = httpx.Timeout(120, connect=5)  # seconds; a batch of items is embedded while we wait


class Api:
    """Requests that give parsed JSON or raise Unusable with the server's own words."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        given = {name: value for name, value in params.items() if value is not None}
        return _answer(await self._client.get(path, params=given))

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return _answer(await self._client.post(path, json=body))

    async def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _answer(await self._client.put(path, json=body))


@asynccontextmanager
async def connected(url: str | None, key: str | None) -> AsyncIterator[Api]:
    """The API at `url`, or the configured database's own, without its background planner."""
    async with AsyncExitStack() as stack:
        transport: httpx.AsyncBaseTransport | None = None
        if url is None:
            from credence.app.bootstrap import running
            from credence.app.main import create_app_around
            from credence.app.settings import Settings

            settings = Settings(worker=False)
            key = key or next((k.get_secret_value() for k in settings.api_keys), None)
            application = await stack.enter_async_context(running(settings))
            transport = httpx.ASGITransport(create_app_around(application))
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=url or "http://credence.invalid",
                transport=transport,
                timeout=_PATIENCE,
                headers=key_header(key),
            )
        )
        yield Api(client)


def user_path(user_id: str, below: str = "") -> str:
    """The address of a user, or of something below it."""
    return f"/v1/users/{quote(user_id, safe='')}" + (f"/{below}" if below else "")


def key_header(key: str | None) -> dict[str, str]:
    """The header that carries an API key."""
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def in_batches(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Consecutive parts of at most `size` rows."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _answer(response: httpx.Response) -> dict[str, Any]:
    """The body of a success. Raises Unusable with what the problem document says."""
    if response.is_success:
        body = response.json() if response.content else {}
        assert isinstance(body, dict)
        return body
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    faults = problem.get("errors") or [{}]
    status = f"{response.status_code} {response.reason_phrase}"
    raise Unusable(
        str(problem.get("detail") or f"the server answered {status}"),
        fix=str(faults[0].get("fix") or "see /docs for what this route takes, or try again"),
    )
