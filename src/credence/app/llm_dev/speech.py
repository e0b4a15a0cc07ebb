"""What a client sends, as much of it as this server looks at."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

from credence.planner.llm.fence import read_document

MODEL = "credence-dev"
_SCHEMA_PREFIX = "credence_"
_ROLE = re.compile(r"\s*Role:\s*(\w+)", re.IGNORECASE)


class _Part(BaseModel):
    type: str
    text: str = ""


class _Said(BaseModel):
    role: str
    content: str | list[_Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class ResponseFormat(BaseModel):
    """The form that a client wants; `text` is the same as none."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = None


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """A request for a completion; whatever else clients send is left unread."""

    model: str
    messages: list[_Said] = Field(min_length=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    response_format: ResponseFormat | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)

    @property
    def most_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def shows_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

    @property
    def format(self) -> str:
        return self.response_format.type if self.response_format else "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as the brain sees it."""

    role: str | None  # None: no role that is known
    data: str | None  # the first document; what follows an answer is what was wrong with it
    system: str
    prompt: str  # all that a model would read, the schema first


def asked(request: ChatRequest, roles: Collection[str]) -> Asked:
    """Whose prompt this is: by the schema's name, else by the line its system message begins with.

    That is "credence_planner", and "Role: planner".
    """
    system = next(
        (said.text for said in request.messages if said.role in ("system", "developer")),
        request.messages[0].text,
    )
    schema = request.response_format.json_schema if request.response_format else None
    begun = _ROLE.match(system)
    named = (
        str((schema or {}).get("name", "")).removeprefix(_SCHEMA_PREFIX),
        begun[1].lower() if begun else "",
    )
    documents = [read_document(said.text) for said in request.messages if said.role == "user"]
    spoken = [f"{said.role}\n{said.text}" for said in request.messages]
    return Asked(
        role=next((name for name in named if name in roles), None),
        data=next((found for found in documents if found is not None), None),
        system=system,
        prompt="\n".join([json.dumps(schema)] * (schema is not None) + spoken),
    )
