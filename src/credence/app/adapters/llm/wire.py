"""One HTTP request to a chat endpoint."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

import anyio
import httpx2

from credence.app import certificates
from credence.app.adapters.llm.bounded import BoundedTransport, Overlong
from credence.app.adapters.llm.completion import Completion, NoCompletion, parsed_completion
from credence.app.adapters.llm.endpoint import Endpoint, Limits
from credence.app.adapters.llm.failures import NotServed, refused_by
from credence.planner.llm.asking import Outcome

# httpx2 hands on as they are what TLS finds wrong after its handshake (pydantic/httpx2#854).
_BROKEN = (httpx2.HTTPError, ssl.SSLError, anyio.EndOfStream)
# The number of calls is bounded by the gateway, over all that share an endpoint.
_CONNECTIONS = httpx2.Limits(
    max_connections=None, max_keepalive_connections=32, keepalive_expiry=30
)


class Wire:
    """Sends requests over connections that are kept, once each, and follows no redirect.

    It sets no deadline of its own. From the environment it takes nothing but the authorities that
    vouch for servers (SSL_CERT_FILE).
    """

    def __init__(
        self, endpoint: Endpoint, *, limits: Limits, clock: Callable[[], datetime]
    ) -> None:
        self._clock = clock
        key = endpoint.key.get_secret_value() if endpoint.key is not None else ""
        proxy = endpoint.proxy.get_secret_value() if endpoint.proxy is not None else None
        transport = BoundedTransport(
            httpx2.AsyncHTTPTransport(
                limits=_CONNECTIONS, proxy=proxy, verify=certificates.authorities()
            ),
            most_bytes=limits.most_bytes,
        )
        self._client = httpx2.AsyncClient(
            base_url=endpoint.base_url,
            headers={
                "Accept": "application/json",
                "User-Agent": f"credence/{version('credence')}",
                **({"Authorization": f"Bearer {key}"} if key else {}),
            },
            transport=transport,
            timeout=None,  # whoever asks has a deadline
            trust_env=False,
            follow_redirects=False,
        )

    async def complete(self, body: Mapping[str, Any]) -> Completion:
        """The completion that the server gives. Raises NotServed, also for what nobody foresaw."""
        try:
            return await self._answered(body)
        except NotServed:
            raise
        except Exception as error:
            raise NotServed(
                Outcome.FAILED,
                f"the call to the model's server broke off: {type(error).__name__}",
                passing=True,
            ) from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.aclose()

    async def _answered(self, body: Mapping[str, Any]) -> Completion:
        try:
            response = await self._client.post("chat/completions", json=body)
        except Overlong as error:
            raise NotServed(Outcome.OVERLONG, "the model's answer had no end") from error
        except _BROKEN as error:
            if (wrong := certificates.refusal(error)) is not None:
                raise NotServed(
                    Outcome.FAILED, f"the model's server is not trusted: {wrong}"
                ) from error
            raise NotServed(
                Outcome.FAILED, "the connection to the model's server failed", passing=True
            ) from error
        if not response.is_success:
            raise refused_by(response, now=self._clock())
        try:
            return parsed_completion(response.content)
        except NoCompletion as error:
            raise NotServed(
                Outcome.FAILED,
                f"the model's server does not speak the protocol: {error}",
                passing=True,
            ) from error
