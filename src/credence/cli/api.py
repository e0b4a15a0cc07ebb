"""Every command is a client of the API: of a server's, or of one that lives inside the command."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx

from credence.cli.refusals import Unusable

_PATIENCE = httpx.Timeout(120, connect=5)  # seconds; a batch of items is embedded while we wait
_TRIES = 6  # of a patient client


class Api:
    """Requests that give parsed JSON or raise Unusable with the server's own words."""

    def __init__(self, client: httpx.AsyncClient, *, patient: bool = False) -> None:
        self._client = client
        self._tries = _TRIES if patient else 1

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        given = {name: value for name, value in params.items() if value is not None}
        return _answer(await self._sent("GET", path, params=given))

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        key = {"Idempotency-Key": uuid.uuid4().hex} if self._tries > 1 else None
        return _answer(await self._sent("POST", path, json=body, headers=key))

    async def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _answer(await self._sent("PUT", path, json=body))

    async def _sent(self, method: str, path: str, **content: Any) -> httpx.Response:
        """The answer; 503 is tried again as the server asks, under the same key."""
        for _ in range(self._tries - 1):
            answer = await self._client.request(method, path, **content)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
        return await self._client.request(method, path, **content)


@asynccontextmanager
async def connected(
    url: str | None, key: str | None, *, patient: bool = False
) -> AsyncIterator[Api]:
    """The API at `url`, or the configured database's own, without its background planner.

    With `patient` a server that cannot answer for the moment is asked again.
    """
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
        yield Api(client, patient=patient)


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
