"""What an endpoint can do, learnt from what it refuses."""

from __future__ import annotations

import re
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
_CONTEXT = re.compile(r"context[ _](?:length|window|size|limit)")
_SIZED = re.compile(_CONTEXT.pattern + r"\D{0,40}\d")
_BUDGET = re.compile(
    r"max_(?:completion_|output_)?tokens|(?:completion|output) tokens|in the completion"
)
_MOST = re.compile(
    r"too (?:large|big|high|many)|at most|maximum|up to|(?:less|lower) than|exceed|[<≤]"
)
_TOO_MANY = re.compile(_MOST.pattern + r"|(?:greater|more) than|range|limit|[>≥]")
_LESS_THAN = r"(?:less|lower|smaller|fewer) than"
_TOO_FEW = re.compile(  # with what else in it would say the opposite
    rf"too (?:small|low|few)|at least|(?:{_LESS_THAN} |below )?(?:the )?minimum"
    rf"|(?:(?:can|must|should|may) ?not be|no) {_LESS_THAN}|\d\W*<[^<>≤≥]*\bminimum"
    r"|(?:must|should) exceed"
    r"|(?:must|should|has to|needs to) be (?:greater|higher|larger|more|[>≥])|value [>≥]"
)
_OR_MORE = re.compile(_MOST.pattern + r"|(?:greater|higher|larger|more) than")
_UNFINISHED = re.compile(
    r"could not finish|(?:higher|larger|increase|raise) (?:value (?:of|for) )?\W?max_"
)
_OTHER_NAME = re.compile(  # but "got 9800 instead" is of a number
    r"not supported|unsupported|unrecogni[sz]ed|unknown|deprecated|(?<!\d )instead"
)
_TOO_LARGE = re.compile(r"too (?:large|big|high|many)|exceed")
_NUMBER = re.compile(r"(?<![\w.,-])\d{3,9}(?![\w-])")
_LEAST = 256  # tokens; a smaller number in a complaint is hardly what an answer may have


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
        """Whether the request is too long for the model, with the answer that it asks for."""
        return _CONTEXT.search(self.message.lower()) is not None

    @property
    def of_name(self) -> bool:
        """Whether the tokens have to be asked for under the other name."""
        said = f"{self.param} {self.message}".lower()
        if "max_completion_tokens" not in said or not self._of_tokens:
            return False
        return _OTHER_NAME.search(said) is not None and _TOO_LARGE.search(said) is None

    @property
    def of_budget(self) -> bool:
        """Whether the tokens asked for are too many, by themselves or on top of the prompt."""
        if not self._of_tokens or self.of_name or self.of_scarcity:
            return False
        return _TOO_MANY.search(self.message.lower()) is not None

    @property
    def of_scarcity(self) -> bool:
        """Whether the tokens asked for are too few: an answer that was cut, as OpenAI tells it of
        a model that reasons. A range that is named whole is not of that kind."""
        if not self._of_tokens or self.of_name:
            return False
        said = self.message.lower()
        if _UNFINISHED.search(said):
            return True
        rest, few = _TOO_FEW.subn(" ", said)
        return few > 0 and not _OR_MORE.search(rest) and not self.of_length

    @property
    def _of_tokens(self) -> bool:
        if self.param and self.param != "messages" and "token" not in self.param:
            return False
        return _BUDGET.search(self.message.lower()) is not None

    def ceiling(self, asked: int) -> int | None:
        """The tokens, fewer than asked for, that an answer may have whatever the prompt."""
        said = self.message.lower()
        if not self.of_budget or _SIZED.search(said):
            return None
        named = (int(number) for number in _NUMBER.findall(said))
        return max((one for one in named if _LEAST <= one < asked), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The form of requests that an endpoint takes."""

    shaping: Shaping = Shaping.SCHEMA
    told: bool = False  # the schema stands in the prompt even though the endpoint takes it
    budget: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    temperature: bool = True
    ceiling: int | None = None  # tokens that an answer may have, as the server said
    halved: bool = False  # the tokens asked for, where all of them do not go with the prompt

    @property
    def tells_schema(self) -> bool:
        """Whether the schema stands in the prompt."""
        return self.told or self.shaping is not Shaping.SCHEMA

    def granted(self, tokens: int) -> int:
        """How many tokens to ask for, of those that an answer should have."""
        asked = tokens // 2 if self.halved else tokens
        return asked if self.ceiling is None else min(asked, self.ceiling)

    def less(
        self, complaint: Complaint, *, tokens: int, tried: Collection[Capabilities]
    ) -> Capabilities | None:
        """What to try next after a complaint about a request that wanted so many tokens.

        None if nothing is left.
        """
        return next((one for one in self._lesser(complaint, tokens) if one not in tried), None)

    def _lesser(self, complaint: Complaint, tokens: int) -> Iterator[Capabilities]:
        if complaint.of_budget:
            ceiling = complaint.ceiling(self.granted(tokens))
            if self.ceiling is None and ceiling is not None:
                yield replace(self, ceiling=ceiling)
            if not self.halved:
                yield replace(self, halved=True)
            return
        if complaint.of_length or complaint.of_scarcity:
            return
        if complaint.names("max_tokens", "max_completion_tokens"):
            other = self.budget == "max_tokens"
            yield replace(self, budget="max_completion_tokens" if other else "max_tokens")
        if complaint.names("temperature"):
            yield replace(self, temperature=False)
        if self.shaping in _LESS:
            yield replace(self, shaping=_LESS[self.shaping])
