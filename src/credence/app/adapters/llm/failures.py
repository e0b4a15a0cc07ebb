"""Why a question got no completion, and whether to ask again."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from credence.app.adapters.llm.capabilities import Complaint
from credence.planner.llm.asking import TOO_LONG, Outcome

_MOST_SAID = 4_000  # characters of a server's complaint that are looked at
_PASSING = frozenset({408, 409, 429})
_NEGOTIABLE = frozenset({400, 404, 415, 422})
_ADVICE = {
    401: "it does not know the key: look at the settings of the model's key and address",
    403: "the key may not use this model: look at the settings of the model's key and name",
    404: "it knows no such address or model: look at the settings of the model's address and name",
}


class NotServed(Exception):
    """An endpoint gave no completion.

    `why` is in our words alone: servers may repeat the key or the prompt in theirs.
    """

    def __init__(
        self,
        outcome: Outcome | None,  # None: no call was made
        why: str,
        *,
        passing: bool = False,  # the same request may succeed later
        wait: float | None = None,  # seconds that the server asks for
        complaint: Complaint | None = None,  # another form of the request may succeed
        blameless: bool = False,  # it says nothing of the server
    ) -> None:
        super().__init__(why)
        self.outcome = outcome
        self.why = why
        self.passing = passing
        self.wait = wait
        self.complaint = complaint
        self.blameless = blameless


def refused_by(response: httpx2.Response, *, now: datetime) -> NotServed:
    """What a status other than 2xx means."""
    status = response.status_code
    error = _error(response)
    complaint = _complaint(error)
    if status == 429 and isinstance(error, Mapping) and error.get("code") == "insufficient_quota":
        return NotServed(Outcome.LIMITED, "the quota of the model's account is used up")
    if status in _PASSING or status >= 500:
        return NotServed(
            Outcome.LIMITED if status == 429 else Outcome.FAILED,
            f"the model's server answered with status {status}",
            passing=True,
            wait=retry_after(response.headers, now=now),
        )
    if status in _NEGOTIABLE and complaint.of_length:
        return NotServed(Outcome.REJECTED, TOO_LONG, complaint=complaint)
    advice = _ADVICE.get(status, "look at the settings of the model's address and name")
    if status in _NEGOTIABLE and complaint.of_budget:
        advice = (
            "it lets an answer have too few tokens: look at the settings of the model's name and "
            "of CREDENCE_LLM_REASONING_TOKENS"
        )
    return NotServed(
        Outcome.REJECTED,
        f"the model's server rejected the request with status {status}: {advice}",
        complaint=complaint if status in _NEGOTIABLE else None,
    )


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds that a server asks to wait, from any of the ways to say so."""
    said = headers.get("retry-after", "")
    try:
        if "retry-after-ms" in headers:
            seconds = float(headers["retry-after-ms"]) / 1000
        else:
            seconds = float(said)
    except ValueError:
        return _until(said, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str, now: datetime) -> float | None:
    try:
        then = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - now).total_seconds())


def _error(response: httpx2.Response) -> object:
    """What a server says of it, as the protocol has it or as near as this one comes."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return response.content[:_MOST_SAID].decode("utf-8", "replace")
    return body.get("error", body) if isinstance(body, Mapping) else body


def _complaint(body: object) -> Complaint:
    """The parts of an error that say what it is about, not what it quotes."""
    if not isinstance(body, Mapping):
        return Complaint(message=str(body or "")[:_MOST_SAID])
    param = body.get("param")
    said = body.get("message") or body.get("detail") or body.get("error") or ""
    if isinstance(said, list):  # as FastAPI tells of faults; it quotes the input beside them
        said = [(one.get("loc"), one.get("msg")) for one in said if isinstance(one, Mapping)]
    code = str(body.get("code") or "")
    return Complaint(
        param=param[:_MOST_SAID] if isinstance(param, str) else "",
        message=f"{code} {said}"[:_MOST_SAID],
    )
