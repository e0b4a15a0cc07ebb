"""What an endpoint can do, learnt from what it refuses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal


class Shaping(StrEnum):
    """How an endpoint is held to a JSON schema, the surest way first."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    NONE = "none"


_LESS = {Shaping.SCHEMA: Shaping.OBJECT, Shaping.OBJECT: Shaping.NONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a server says is wrong with a request; of use for recognising words alone."""

    param: str = ""
    message: str = ""

    def names(self, *words: str) -> bool:
        """Whether it is about one of these; its message counts only if it names no parameter."""
        said = (self.param or self.message).lower()
        return any(word in said for word in words)

    @property
    def of_length(self) -> bool:
        """Whether the request is too long for the model, which no other form of it mends."""
        said = self.message.lower()
        return any(
            f"context{gap}{word}" in said
            for gap in (" ", "_")
            for word in ("length", "window", "size")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The form of requests that an endpoint takes."""

    shaping: Shaping = Shaping.SCHEMA
    told: bool = False  # the schema stands in the prompt even though the endpoint takes it
    budget: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True

    @property
    def tells_schema(self) -> bool:
        """Whether the schema stands in the prompt."""
        return self.told or self.shaping is not Shaping.SCHEMA

    def less(self, complaint: Complaint, *, tried: Collection[Capabilities]) -> Capabilities | None:
        """What to try next after a complaint, or None if nothing is left."""
        return next((one for one in self._lesser(complaint) if one not in tried), None)

    def _lesser(self, complaint: Complaint) -> Iterator[Capabilities]:
        if complaint.names("max_tokens", "max_completion_tokens"):
            other = self.budget == "max_tokens"
            yield replace(self, budget="max_completion_tokens" if other else "max_tokens")
        if complaint.names("temperature"):
            yield replace(self, temperature=False)
        if self.shaping in _LESS:
            yield replace(self, shaping=_LESS[self.shaping])
