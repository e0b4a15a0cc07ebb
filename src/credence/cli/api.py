"""Every command is a client of the API: of a server's, or of one that lives inside the command."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx

from credence.app import header_keys
from credence.app.adapters.llm.proxies import proxy_for
from credence.app.certificates import authorities
from credence.cli.addresses import server_address
from credence.cli.refusals import Unusable

_PATIENCE = httpx.Timeout(120, connect=5)  # seconds; a batch of items is embedded while we wait
_TRIES = 6  # of a patient client
_MOST_BYTES = 7 * 1024 * 1024  # of rows in one request; the API takes a body of 8 MiB
_NOT_CREDENCE = "check --url: another program may be there, or another version of Credence"


class Answered(dict[str, Any]):
    """An object of an answer. Raises Unusable for what the API would have put in."""

    def __missing__(self, name: str) -> Any:
        raise Unusable(f"the server's answer has no `{name}`", fix=_NOT_CREDENCE)


class Api:
    """Requests that give parsed JSON or raise Unusable with the server's own words."""

    def __init__(self, client: httpx.AsyncClient, *, patient: bool = False) -> None:
        self._client = client
        self._tries = _TRIES if patient else 1

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        given = {name: value for name, value in params.items() if value is not None}
        return _answer(await self._sent("GET", path, params=given))

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A patient client makes up an idempotency key."""
        headers = {"Idempotency-Key": uuid.uuid4().hex} if self._tries > 1 else None
        return _answer(await self._sent("POST", path, json=body, headers=headers))

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
    url: str | None, key: str | None, *, patient: bool = False, lists: bool = False
) -> AsyncIterator[Api]:
    """The API at `url`, or the configured database's own, without its background planner.

    With `patient` a server that cannot answer for the moment is asked again; `lists` as of
    `bootstrap.running`.
    """
    async with AsyncExitStack() as stack:
        transport: httpx.AsyncBaseTransport | None = None
        if url is None:
            from credence.app.bootstrap import running
            from credence.app.main import create_app_around
            from credence.app.settings import Settings

            settings = Settings(worker=False)
            key = key or next((k.get_secret_value() for k in settings.api_keys), None)
            application = await stack.enter_async_context(running(settings, lists=lists))
            transport = httpx.ASGITransport(create_app_around(application))
        else:
            url = server_address(url)
            transport = httpx.AsyncHTTPTransport(proxy=_proxy(url), verify=authorities())
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=url or "http://credence.invalid",
                transport=transport,
                timeout=_PATIENCE,
                headers=key_header(key),
                trust_env=False,
            )
        )
        yield Api(client, patient=patient)


def user_path(user_id: str, below: str = "") -> str:
    """The address of a user, or of something below it."""
    return f"/v1/users/{quote(user_id, safe='')}" + (f"/{below}" if below else "")


def key_header(key: str | None) -> dict[str, str]:
    """The header that carries an API key. Raises Unusable."""
    if key is None:
        return {}
    if (fault := header_keys.fault_in(key)) is not None:
        wrong, _, fix = fault.partition("; ")
        raise Unusable(f"the key {wrong}", fix=fix)
    return {"Authorization": f"Bearer {key}"}


def in_batches(rows: Sequence[Any], size: int) -> Iterator[list[Any]]:
    """Consecutive parts of at most `size` rows, and no more of them than a request may hold."""
    batch: list[Any] = []
    weight = 0
    for row in rows:
        more = len(as_sent(row)) + 1
        if batch and (len(batch) == size or weight + more > _MOST_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(row)
        weight += more
    if batch:
        yield batch


def as_sent(row: Any) -> bytes:
    """A row as it stands in a request's body. Raises ValueError, RecursionError."""
    written = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return written.encode()


def _proxy(url: str) -> str | None:
    try:
        return proxy_for(url)
    except ValueError as error:
        wrong, _, fix = str(error).partition(": ")
        raise Unusable(wrong, fix=fix) from error


def _answer(response: httpx.Response) -> dict[str, Any]:
    """The body of a success. Raises Unusable with what the problem document says."""
    if response.is_success:
        return _object(response) if response.content else {}
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    faults = problem.get("errors")
    first = faults[0] if isinstance(faults, list) and faults else {}
    fix = first.get("fix") if isinstance(first, dict) else None
    status = f"{response.status_code} {response.reason_phrase}"
    raise Unusable(
        str(problem.get("detail") or f"the server answered {status}"),
        fix=str(fix or "see /docs for what this route takes, or try again"),
    )


def _object(response: httpx.Response) -> Answered:
    try:
        body = response.json(object_hook=Answered)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, Answered):
        raise Unusable("the server's answer is not one of the API", fix=_NOT_CREDENCE)
    return body
