"""What a scripted chat endpoint may do with a request."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.integration.llm.gateway.scripted_server import Act, Asked, Writer

USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 20,
    "prompt_tokens_details": {"cached_tokens": 40},
}


def completion(content: Any, *, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """The body of a chat completion."""
    return {
        "id": "1",
        "object": "chat.completion",
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": USAGE,
    }


def raw(sent: bytes, *, close: bool = False) -> Act:
    """These bytes, and nothing of HTTP but what they hold."""

    async def act(asked: Asked, writer: Writer) -> None:
        writer.write(sent)
        if close:
            await writer.drain()
            writer.close()

    return act


def reply(status: int, body: object, headers: dict[str, str] | None = None) -> Act:
    """A response of this status; bytes are sent as they are, all else as JSON."""
    return raw(response(status, body, headers))


def response(status: int, body: object, headers: dict[str, str] | None = None) -> bytes:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Type": "application/json", "Content-Length": str(len(sent))}
    lines = [f"{name}: {value}" for name, value in (named | (headers or {})).items()]
    head = "\r\n".join([f"HTTP/1.1 {status} Said", *lines])
    return head.encode() + b"\r\n\r\n" + sent


def says(content: Any, **others: Any) -> Act:
    """A completion with this content."""
    return reply(200, completion(content, **others))


def complains(
    message: str, *, status: int = 400, param: str | None = None, code: str | None = None
) -> Act:
    """An error as OpenAI words it."""
    return reply(status, {"error": {"message": message, "param": param, "code": code}})


async def hangs(asked: Asked, writer: Writer) -> None:
    """Never sends a byte."""
    await asyncio.Event().wait()


async def stalls(asked: Asked, writer: Writer) -> None:
    """Sends half an answer, and never the rest."""
    writer.write(response(200, completion("{}"))[:-40])
    await writer.drain()
    await asyncio.Event().wait()


async def drops(asked: Asked, writer: Writer) -> None:
    """Hangs up in the middle of an answer."""
    writer.write(response(200, completion("{}"))[:-40])
    await writer.drain()
    writer.close()


async def never_ends(asked: Asked, writer: Writer) -> None:
    """Sends tokens for as long as anybody reads."""
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"token " * 1_000
    while True:
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
