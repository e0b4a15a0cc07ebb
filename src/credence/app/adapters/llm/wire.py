"""One HTTP request to a chat endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx2
from openai import APIStatusError, AsyncOpenAI, Omit, OpenAIError

from credence.app.adapters.llm.bounded import BoundedTransport, Overlong
from credence.app.adapters.llm.completion import Completion, NoCompletion, parsed_completion
from credence.app.adapters.llm.endpoint import Endpoint, Limits
from credence.app.adapters.llm.failures import NotServed, refused_by
from credence.planner.llm.asking import Outcome

# The number of calls is bounded by the gateway, over all that share an endpoint.
_CONNECTIONS = httpx2.Limits(
    max_connections=None, max_keepalive_connections=32, keepalive_expiry=30
)


class Wire:
    """Sends requests over connections that are kept, once each, and follows no redirect.

    It sets no deadline of its own. From the environment it takes the authorities that vouch for
    servers (SSL_CERT_FILE), and none of the SDK's settings.
    """

    def __init__(
        self, endpoint: Endpoint, *, limits: Limits, clock: Callable[[], datetime]
    ) -> None:
        self._clock = clock
        key = endpoint.key.get_secret_value() if endpoint.key is not None else ""
        proxy = endpoint.proxy.get_secret_value() if endpoint.proxy is not None else None
        transport = BoundedTransport(
            httpx2.AsyncHTTPTransport(limits=_CONNECTIONS, proxy=proxy),
            most_bytes=limits.most_bytes,
        )
        self._client = AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=key or "none",
            max_retries=0,
            timeout=None,
            http_client=httpx2.AsyncClient(
                transport=transport, timeout=None, trust_env=False, follow_redirects=False
            ),
        )
        self._headers: dict[str, str | Omit] = {
            "OpenAI-Organization": Omit(),
            "OpenAI-Project": Omit(),
            "Authorization": f"Bearer {key}" if key else Omit(),
        }

    async def complete(self, body: Mapping[str, Any]) -> Completion:
        """The completion that the server gives. Raises NotServed."""
        try:
            response = await self._client.post(
                "/chat/completions",
                cast_to=httpx2.Response,
                body=body,
                options={"headers": self._headers},
            )
            return parsed_completion(response.content)
        except Overlong as error:
            raise NotServed(Outcome.OVERLONG, "the model's answer had no end") from error
        except APIStatusError as error:
            raise refused_by(error, now=self._clock()) from None  # its words may hold the key
        except (OpenAIError, httpx2.HTTPError) as error:
            raise NotServed(
                Outcome.FAILED, "the connection to the model's server failed", passing=True
            ) from error
        except NoCompletion as error:
            raise NotServed(
                Outcome.FAILED,
                f"the model's server does not speak the protocol: {error}",
                passing=True,
            ) from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()
