"""A ranking process as its callers see it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping

import httpx
from pydantic import AnyHttpUrl, SecretStr

from credence.app.ranker_service.answer_wire import parsed_answer
from credence.app.ranker_service.case_wire import packed_case
from credence.app.ranker_service.speech import CASE_TYPE, DEADLINE, MODEL, PATH
from credence.app.ranker_service.tensors import Malformed
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists

_LIMITS = httpx.Limits(max_connections=256, max_keepalive_connections=256, keepalive_expiry=30)


class NotAnswered(Exception):
    """The process gave no usable answer; the message says how it failed, and names nobody."""


class CaseRefused(NotAnswered):
    """The process is well, and cannot rank this one list."""


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
            headers={**headers, **known}, timeout=timeout, limits=_LIMITS, trust_env=False
        )

    async def post(self, body: bytes, *, since: float) -> httpx.Response:
        """The answer, whatever its status, within the timeout since a moment of `time.monotonic`.

        Raises NotAnswered.
        """
        left = since + self._timeout - time.monotonic()
        try:
            async with asyncio.timeout(left):
                told = {DEADLINE: str(max(1, int(left * 1000)))}
                return await self._http.post(self._url, content=body, headers=told)
        except TimeoutError as error:
            raise NotAnswered("it was late") from error
        except httpx.HTTPError as error:
            raise NotAnswered(type(error).__name__) from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()


class RankerClient:
    """Asks one ranking process for lists by the routed model."""

    def __init__(
        self, url: AnyHttpUrl, *, key: SecretStr | None, version: str, timeout: float
    ) -> None:
        self._version = version
        headers = {MODEL: version, "Content-Type": CASE_TYPE}
        self._process = Connection(url, PATH, key=key, headers=headers, timeout=timeout)

    async def rank(self, case: ListCase) -> RankedLists:
        """The answer to a case within the timeout. Raises NotAnswered or CaseRefused."""
        since = time.monotonic()
        answer = await self._process.post(packed_case(case), since=since)
        if answer.status_code != 200:
            raise _refusal(answer)
        try:
            return parsed_answer(
                answer.content,
                version=self._version,
                variants=len(case.signals),
                candidates=len(case.candidates),
            )
        except Malformed as error:
            raise NotAnswered(f"its answer is none: {error.field}: {error}") from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._process.close()


def _refusal(answer: httpx.Response) -> NotAnswered:
    """What a status says; only our own words are passed on."""
    status = answer.status_code
    if status != 422:
        return NotAnswered(f"status {status}")
    if MODEL in _fields(answer.content):
        return NotAnswered("its model is of another version")
    return CaseRefused("it refused the list")


def _fields(body: bytes) -> list[str]:
    """Fields at fault in a problem, as far as it is one."""
    try:
        return [str(error["field"]) for error in json.loads(body)["errors"]]
    except (ValueError, KeyError, TypeError):
        return []
