"""A ranking process as far as all its callers see it: one path over HTTP, trusted in nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from pydantic import AnyHttpUrl, SecretStr

from credence.app.certificates import authorities, refusal
from credence.app.ranker_service.speech import DEADLINE

_LIMITS = httpx.Limits(max_connections=256, max_keepalive_connections=256, keepalive_expiry=30)
_PLAIN = {"", "identity"}


class NotAnswered(Exception):
    """The process gave no usable answer; the message says how it failed, and names nobody."""


class Late(NotAnswered):
    """The time was over before there was an answer."""


class CaseRefused(NotAnswered):
    """The process is well, and cannot rank this one list."""


class Busy(CaseRefused):
    """The process is well, and too many lists wait there already."""


class NotSent(Exception):
    """One list cannot be sent, so that the process was not asked; the message names nobody."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, whatever its status, and its body as it came."""

    status: int
    body: bytes


class Connection:
    """One path of one ranking process, over connections that are kept."""

    def __init__(
        self,
        url: AnyHttpUrl,
        path: str,
        *,
        key: SecretStr | None,
        headers: Mapping[str, str],
        timeout: float,
    ) -> None:
        self._url = str(url).rstrip("/") + path
        self._timeout = timeout
        known = {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}
        self._http = httpx.AsyncClient(
            headers={**headers, **known, "Accept-Encoding": "identity"},
            timeout=timeout,
            limits=_LIMITS,
            verify=authorities() if self._url.startswith("https:") else True,
            trust_env=False,
        )

    async def post(self, body: bytes, *, since: float, largest: int) -> Answer:
        """The answer within the timeout since a moment of `time.monotonic`.

        `largest`: bytes that it may have. Raises NotAnswered, Late among them.
        """
        left = since + self._timeout - time.monotonic()
        try:
            async with asyncio.timeout(left):
                told = {DEADLINE: str(max(1, int(left * 1000)))}
                asked = self._http.stream("POST", self._url, content=body, headers=told)
                async with asked as answer:
                    return Answer(answer.status_code, await _read(answer, largest))
        except TimeoutError as error:
            raise Late("it was late") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last two: of hosts
            raise NotAnswered(refusal(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()


async def _read(answer: httpx.Response, largest: int) -> bytes:
    """The body, which nobody unpacks. Raises NotAnswered."""
    if answer.headers.get("content-encoding", "").strip().lower() not in _PLAIN:
        raise NotAnswered("its answer is encoded")
    chunks, size = [], 0
    async for chunk in answer.aiter_raw():
        size += len(chunk)
        if size > largest:
            raise NotAnswered("its answer is too long")
        chunks.append(chunk)
    return b"".join(chunks)
