"""Answers as models spoil them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credence.app.llm_dev.faults import Fault

BROKEN_BYTES = "\ue000"  # of private use; stands where `wire` puts bytes that are no UTF-8
_UNHEARD_OF = 90_000  # added to the numbers of ids
_RUNAWAY = 400_000  # characters, which are 100,000 tokens
_DIGITS = re.compile(r"\d+")
_NAMES_IDS = frozenset(
    {"event", "chunk", "chunks", "targets", "refuted", "rests_on", "order"}
)  # fields of the answers that hold ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a model says: one of the three, and why it stopped."""

    content: str | None = None
    refusal: str | None = None
    arguments: str | None = None  # of a tool call
    finish: str = "stop"

    @property
    def text(self) -> str:
        """Everything that was generated."""
        return self.content or self.refusal or self.arguments or ""


def spoilt(fault: Fault, answer: str) -> Message:
    """The answer with a fault of content; the answer itself for any other fault."""
    spoil = SPOILS.get(fault)
    return spoil(answer) if spoil else Message(content=answer)


def _truncated(answer: str) -> Message:
    return Message(content=answer[: len(answer) // 2], finish="length")


def _hallucinated(answer: str) -> Message:
    """Invented ids in place of all; an answer without ids stays as it is."""
    try:
        told = json.loads(answer)
    except ValueError:
        return Message(content=answer)
    return Message(content=json.dumps(_invented(told), ensure_ascii=False))


def _invented(value: Any, field: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _invented(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_invented(part, field) for part in value]
    if isinstance(value, str) and field in _NAMES_IDS:
        invented = _DIGITS.sub(lambda found: str(_UNHEARD_OF + int(found[0])), value)
        return invented if invented != value else f"{value}{_UNHEARD_OF}"
    return value


def _runaway(answer: str) -> Message:
    more = answer + " and so on"
    return Message(content=(more * (_RUNAWAY // len(more) + 1))[:_RUNAWAY])


def _broken(answer: str) -> Message:
    half = len(answer) // 2
    return Message(content=answer[:half] + BROKEN_BYTES + answer[half:])


SPOILS: Mapping[Fault, Callable[[str], Message]] = {
    Fault.MALFORMED: lambda answer: Message(content=answer[:-1] + ",,"),
    Fault.TRUNCATED: _truncated,
    Fault.REFUSAL: lambda _: Message(refusal="I cannot help with that."),
    Fault.WRONG_SCHEMA: lambda answer: Message(content=json.dumps({"result": answer})),
    Fault.HALLUCINATED: _hallucinated,
    Fault.EMPTY: lambda _: Message(content=""),
    Fault.FENCED: lambda answer: Message(content=f"```json\n{answer}\n```"),
    Fault.THINKING: lambda answer: Message(
        content=f"<think>\nLet me see what {{the data}} say.\n</think>\n{answer}\nThat is all."
    ),
    Fault.TOOL_CALL: lambda answer: Message(arguments=answer, finish="tool_calls"),
    Fault.BAD_UTF8: _broken,
    Fault.RUNAWAY: _runaway,
}
