"""What can go wrong with a language model's server, to be asked for by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from random import Random

HEADER = "X-Dev-Fault"
NONE = "none"  # in the header: this call goes well whatever the shares say
_ALL = "all"


class Fault(StrEnum):
    """One way to go wrong."""

    LIMITED = "429"
    LIMITED_BARE = "429-bare"
    BROKEN = "500"
    OVERLOADED = "503"
    SLOW = "slow-first-byte"
    STALL = "stall"
    DROP = "drop"
    MALFORMED = "malformed-json"
    TRUNCATED = "truncated"
    REFUSAL = "refusal"
    WRONG_SCHEMA = "wrong-schema"
    OBEY = "obey"
    HALLUCINATED = "hallucinated-ids"
    EMPTY = "empty"
    FENCED = "fenced"
    THINKING = "thinking"
    TOOL_CALL = "tool-call"
    BAD_UTF8 = "bad-utf8"
    RUNAWAY = "runaway"


MEANINGS: Mapping[Fault, str] = {
    Fault.LIMITED: "status 429 with Retry-After: 1",
    Fault.LIMITED_BARE: "status 429 that does not say when to come back",
    Fault.BROKEN: "status 500",
    Fault.OVERLOADED: "status 503",
    Fault.SLOW: "nothing at all for 30 seconds, then the answer",
    Fault.STALL: "half of the body, then silence until the client leaves",
    Fault.DROP: "half of the body, then the connection is closed",
    Fault.MALFORMED: "the answer is no JSON",
    Fault.TRUNCATED: "the answer stops half-way, with finish_reason length",
    Fault.REFUSAL: "the model refuses: no content, a refusal",
    Fault.WRONG_SCHEMA: "the answer is JSON of another form",
    Fault.OBEY: "the model obeys every command it finds in the data",
    Fault.HALLUCINATED: "every id in the answer is invented",
    Fault.EMPTY: "the answer is the empty text",
    Fault.FENCED: "the answer stands in a Markdown code block",
    Fault.THINKING: "the answer stands among reasoning in words",
    Fault.TOOL_CALL: "the answer comes as a tool call, without content",
    Fault.BAD_UTF8: "the body has bytes that are no UTF-8",
    Fault.RUNAWAY: "the answer goes on for about 100,000 tokens, whatever the most is",
}


class UnknownFault(ValueError):
    """No fault has this name, or it has no such share."""


class Faults:
    """Draws a fault for each call, each as often as its share says; the same seed draws the same.

    Raises UnknownFault if the shares add up to more than 1.
    """

    def __init__(self, shares: Mapping[Fault, float] | None = None, *, seed: int = 0) -> None:
        self._shares = dict(shares or {})
        self._rng = Random(seed)  # noqa: S311  nothing here is a secret
        if sum(self._shares.values()) > 1 + 1e-9:
            raise UnknownFault("the shares of faults add up to more than 1")

    def draw(self) -> Fault | None:
        """The fault of the next call, None for a call that goes well."""
        at = self._rng.random()
        for fault, share in self._shares.items():
            at -= share
            if at < 0:
                return fault
        return None


def fault_named(name: str) -> Fault:
    """Raises UnknownFault."""
    try:
        return Fault(name)
    except ValueError as error:
        raise UnknownFault(f"there is no fault {name[:40]!r}") from error


def parsed_shares(told: Sequence[str]) -> dict[Fault, float]:
    """Shares from "429=0.03", "stall" (every call) or "all=0.2" (evenly over all faults).

    Raises UnknownFault.
    """
    shares: dict[Fault, float] = {}
    for one in told:
        name, _, written = one.partition("=")
        share = _share(written)
        faults = list(Fault) if name == _ALL else [fault_named(name)]
        for fault in faults:
            shares[fault] = shares.get(fault, 0.0) + share / len(faults)
    return shares


def _share(written: str) -> float:
    try:
        share = float(written or 1)
    except ValueError as error:
        raise UnknownFault(f"{written[:40]!r} is no share") from error
    if not 0 <= share <= 1:
        raise UnknownFault(f"a share is between 0 and 1, not {written[:40]}")
    return share
