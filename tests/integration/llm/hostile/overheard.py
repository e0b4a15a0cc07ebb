"""What goes over the wire to a model's server and back, kept word for word."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One call: all that was said to the model, and its answer."""

    authorization: str
    body: str  # as it was sent
    said: str  # the messages, one after the other
    answer: str


@dataclass(slots=True)
class Overheard:
    """An application, and everything that it was told and answered."""

    app: ASGIApp
    exchanges: list[Exchange] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        asked, told = bytearray(), bytearray()

        async def hear() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def tell(message: Message) -> None:
            told.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, hear, tell)
        headers = {name.lower(): value for name, value in scope["headers"]}
        self.exchanges.append(
            Exchange(
                authorization=headers.get(b"authorization", b"").decode(),
                body=asked.decode(),
                said="\n".join(m["content"] for m in json.loads(asked)["messages"]),
                answer=_content(json.loads(told)),
            )
        )


def _content(completion: Any) -> str:
    return "".join(choice["message"]["content"] or "" for choice in completion.get("choices", ()))
