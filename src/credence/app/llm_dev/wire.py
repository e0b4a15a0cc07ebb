"""A message as the bytes that OpenAI's API sends, whole or as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from credence.app.llm_dev.misspeaking import BROKEN_BYTES, Message
from credence.app.llm_dev.speech import MODEL
from credence.app.llm_dev.tokens import Usage

_PIECE = 64  # characters of an event
_TOOL = "answer"
_ESCAPED = json.dumps(BROKEN_BYTES)[1:-1].encode()
_NO_UTF8 = b"\xff\xfe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One answer, ready to be sent."""

    number: int  # of the call
    created: int  # seconds since 1970
    message: Message
    usage: Usage


def whole(completion: Completion) -> bytes:
    """The body of an answer that is not streamed."""
    said = completion.message
    message: dict[str, Any] = {
        "role": "assistant",
        "content": said.content,
        "refusal": said.refusal,
    }
    if said.arguments is not None:
        message["tool_calls"] = [_tool_call(completion, said.arguments)]
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": said.finish}
    return _bytes(
        _head(completion, "chat.completion")
        | {"choices": [choice], "usage": _usage(completion.usage)}
    )


def events(completion: Completion, *, shows_usage: bool) -> Iterator[bytes]:
    """The events of an answer that is streamed, each one whole."""
    said = completion.message
    head = _head(completion, "chat.completion.chunk") | ({"usage": None} if shows_usage else {})
    yield _event(head | {"choices": [_choice({"role": "assistant", "content": ""})]})
    for delta in _deltas(completion):
        yield _event(head | {"choices": [_choice(delta)]})
    yield _event(head | {"choices": [_choice({}, said.finish)]})
    if shows_usage:
        yield _event(head | {"choices": [], "usage": _usage(completion.usage)})
    yield b"data: [DONE]\n\n"


def _deltas(completion: Completion) -> Iterator[dict[str, Any]]:
    said = completion.message
    if said.arguments is not None:
        yield {"tool_calls": [{"index": 0} | _tool_call(completion, said.arguments)]}
    for field, text in (("refusal", said.refusal or ""), ("content", said.content or "")):
        for start in range(0, len(text), _PIECE):
            yield {field: text[start : start + _PIECE]}


def _head(completion: Completion, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-dev-{completion.number}",
        "object": kind,
        "created": completion.created,
        "model": MODEL,
    }


def _choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


def _tool_call(completion: Completion, arguments: str) -> dict[str, Any]:
    return {
        "id": f"call_dev_{completion.number}",
        "type": "function",
        "function": {"name": _TOOL, "arguments": arguments},
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
    }


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + _bytes(value) + b"\n\n"


def _bytes(value: dict[str, Any]) -> bytes:
    """JSON in ASCII, but for the bytes that are to be broken."""
    return json.dumps(value).encode().replace(_ESCAPED, _NO_UTF8)
