"""What a chat endpoint sends back, as far as it keeps to the protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

_MOST_TOKENS = 2**31 - 1  # more is no count


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that a server says it took."""

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0  # of those in


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One answer of a model, not yet understood."""

    text: str
    cut: bool  # it ran out of tokens
    refused: bool
    usage: Usage | None  # None where the server does not say


class NoCompletion(Exception):
    """A body is no chat completion; the message holds none of its content."""


def parsed_completion(body: bytes) -> Completion:
    """The first choice of a chat completion. Raises NoCompletion.

    Bytes that are no UTF-8 and halves of surrogate pairs become U+FFFD. A field of the wrong
    type counts as missing, so that one oddity does not cost the answer.
    """
    try:
        sent = _Body.model_validate(json.loads(body.decode("utf-8-sig", "replace")))
        return _completion(sent)
    except (ValueError, RecursionError) as error:
        raise NoCompletion("it sent no JSON object") from error


def paired(text: str) -> str:
    """The text with U+FFFD for halves of surrogate pairs, which no UTF-8 can carry."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _or_none(value: object, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


def _count(value: object) -> int:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if fits and isinstance(value, int) else 0


_Lenient = WrapValidator(_or_none)
_Count = Annotated[int, BeforeValidator(_count)]
_Text = Annotated[str | None, _Lenient]


class _Function(BaseModel):
    arguments: str | dict[str, Any]

    def said(self) -> str:
        """Some servers send arguments as an object where the protocol has text."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


class _ToolCall(BaseModel):
    function: _Function


class _Part(BaseModel):
    text: str


class _Message(BaseModel):
    content: Annotated[str | list[Annotated[_Part | None, _Lenient]] | None, _Lenient] = None
    refusal: _Text = None
    tool_calls: Annotated[list[_ToolCall] | None, _Lenient] = None
    function_call: Annotated[_Function | None, _Lenient] = None

    def said(self) -> str:
        """The content; where it is empty, the arguments of a call to a tool."""
        if isinstance(self.content, list):
            text = "".join(part.text for part in self.content if part is not None)
        else:
            text = self.content or ""
        if text.strip():
            return text
        if self.tool_calls:
            return self.tool_calls[0].function.said()
        return self.function_call.said() if self.function_call is not None else ""


class _Choice(BaseModel):
    message: Annotated[_Message | None, _Lenient] = None
    finish_reason: _Text = None


class _Details(BaseModel):
    cached_tokens: _Count = 0


class _Usage(BaseModel):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0
    prompt_tokens_details: Annotated[_Details | None, _Lenient] = None

    def told(self) -> Usage:
        cached = self.prompt_tokens_details.cached_tokens if self.prompt_tokens_details else 0
        return Usage(
            tokens_in=self.prompt_tokens,
            tokens_out=self.completion_tokens,
            tokens_cached=min(cached, self.prompt_tokens),
        )


class _Body(BaseModel):
    choices: Annotated[list[Annotated[_Choice | None, _Lenient]] | None, _Lenient] = None
    usage: Annotated[_Usage | None, _Lenient] = None


def _completion(sent: _Body) -> Completion:
    if not sent.choices or sent.choices[0] is None or sent.choices[0].message is None:
        raise NoCompletion("it sent no answer")
    choice, message = sent.choices[0], sent.choices[0].message
    return Completion(
        text=paired(message.said()),
        cut=choice.finish_reason == "length",
        refused=bool(message.refusal) or choice.finish_reason == "content_filter",
        usage=None if sent.usage is None else sent.usage.told(),
    )
