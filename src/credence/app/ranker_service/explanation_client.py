"""The explanations of a ranking process as its callers see them."""

from __future__ import annotations

import time

from pydantic import AnyHttpUrl, SecretStr

from credence.app.ranker_service.connection import (
    Answer,
    Busy,
    CaseRefused,
    Connection,
    Late,
    NotAnswered,
    NotSent,
)
from credence.app.ranker_service.explanation_wire import (
    LARGEST_EXPLANATION,
    Wanted,
    packed_placement,
    parsed_explanation,
)
from credence.app.ranker_service.speech import EXPLAIN_PATH, LATE, ORDER_TYPE, QUEUE_FULL
from credence.app.ranker_service.tensors import Malformed
from credence.app.ranker_service.told_problem import ToldProblem
from credence.planner.placement import Explanation


class NoneWritten(CaseRefused):
    """The process is well, and writes no explanations."""


class ExplanationClient:
    """Asks one ranking process for explanations by its language models."""

    def __init__(self, url: AnyHttpUrl, *, key: SecretStr | None, timeout: float) -> None:
        headers = {"Content-Type": ORDER_TYPE}
        self._process = Connection(url, EXPLAIN_PATH, key=key, headers=headers, timeout=timeout)

    def packed(self, wanted: Wanted) -> bytes:
        """What is wanted as `explain` sends it. Raises NotSent."""
        try:
            return packed_placement(wanted)
        except ValueError:  # it tells of somebody: neither passed on nor kept as the cause
            raise NotSent("it cannot be sent") from None

    async def explain(self, packed: bytes) -> Explanation:
        """The models' words within the timeout. Raises NotAnswered or CaseRefused."""
        since = time.monotonic()
        answer = await self._process.post(packed, since=since, largest=LARGEST_EXPLANATION)
        if answer.status != 200:
            raise _refusal(answer)
        try:
            return parsed_explanation(answer.body)
        except Malformed as error:  # its field may be any word of the answer
            raise NotAnswered("its answer is none") from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._process.close()


def _refusal(answer: Answer) -> NotAnswered:
    """What a status says; only our own words are passed on."""
    status, told = answer.status, ToldProblem.in_(answer.body)
    if status == 422:
        return CaseRefused("its models found no words for it")
    if status == 503 and told.is_of(QUEUE_FULL):
        return Busy("too much waits there already")
    if status == 504 and told.is_of(LATE):
        return Late("it was late")
    if status == 404:
        return NoneWritten("it writes no explanations")
    if status == 401:
        return NotAnswered("it asks for another key: see CREDENCE_RANKER_KEY")
    return NotAnswered(f"status {status}")
