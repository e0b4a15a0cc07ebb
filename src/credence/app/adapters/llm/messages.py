"""The messages of a question, and of the one that asks again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from credence.app.adapters.llm.capabilities import Capabilities, Shaping
from credence.app.adapters.llm.completion import paired
from credence.app.adapters.llm.schema import schema_name, strict_schema, told_schema
from credence.planner.llm.asking import AnswerT, Question
from credence.planner.llm.fence import document, escaped, words

Turn = dict[str, str]

_AGAIN = (
    "That answer can not be used. The data lists what is wrong with it. Give the whole answer "
    "once more, as one JSON object and nothing else."
)
_MOST_ECHOED = 4_000  # characters of an answer that is asked for again
_MOST_FAULTS, _MOST_FAULT = 10, 200


class _Faults(BaseModel):
    faults: tuple[str, ...]


def repair(text: str, faults: Sequence[str]) -> list[Turn]:
    """The turns after an answer that will not do.

    Faults may quote what a person wrote: they are few, short, and fenced as all data is. So may
    the answer, which is bounded and can spell no token of a chat template.
    """
    few = tuple(words(fault, most=_MOST_FAULT) for fault in faults[:_MOST_FAULTS])
    return [
        {"role": "assistant", "content": escaped(words(text, most=_MOST_ECHOED)) or "(nothing)"},
        {
            "role": "user",
            "content": f"{_AGAIN}\n{document(_Faults(faults=few))}",
        },
    ]


def request(
    question: Question[AnswerT],
    after: Sequence[Turn],
    *,
    model: str,
    can: Capabilities,
    tokens: int,
) -> dict[str, Any]:
    """The body of a chat completion request that an endpoint of these capabilities takes.

    It asks for so many tokens, or as many of them as the endpoint grants.
    """
    system = question.prompt.text
    if can.tells_schema:
        system += (
            "\n\nAnswer with one JSON object and nothing else. It follows this JSON schema:\n"
            + told_schema(question.form)
        )
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": paired(question.data)},
            *after,
        ],
        can.budget: can.granted(tokens),
    }
    if can.temperature:
        body["temperature"] = 0
    if can.shaping is Shaping.SCHEMA:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {
                "name": schema_name(question.form),
                "strict": True,
                "schema": strict_schema(question.form),
            },
        }
    elif can.shaping is Shaping.OBJECT:
        body["response_format"] = {"type": "json_object"}
    return body
