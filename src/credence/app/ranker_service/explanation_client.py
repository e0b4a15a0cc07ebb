"""The explanations of a ranking process as its callers see them."""

from __future__ import annotations

import time
from collections.abc import Mapping

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
from credence.app.ranker_service.wordless import SAID
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


_SAID: Mapping[tuple[int, str], tuple[type[NotAnswered], str]] = {  # by status and kind
    (503, QUEUE_FULL): (Busy, "too much waits there already"),
    (503, "starting"): (NotAnswered, "it is being warmed up"),
    (503, "stopping"): (NotAnswered, "it is about to end"),
    (503, "model-failed"): (NotAnswered, "its routed model failed, and it takes nothing any more"),
    (504, LATE): (Late, "it was late"),
    (500, "internal"): (NotAnswered, "its models failed at this explanation"),
    (422, "invalid"): (CaseRefused, "it refused what it was sent; run the API's version there"),
    **{(422, why): (CaseRefused, said) for why, said in SAID.items()},
}
_BY_STATUS: Mapping[int, tuple[type[NotAnswered], str]] = {
    401: (NotAnswered, "it asks for another key: see CREDENCE_RANKER_KEY"),
    404: (NoneWritten, "it writes no explanations"),
    422: (CaseRefused, SAID["no-answer"]),
}


def _refusal(answer: Answer) -> NotAnswered:
    """What status and kind say; only our own words are passed on."""
    status = answer.status
    otherwise = _BY_STATUS.get(status, (NotAnswered, f"status {status}"))
    error, said = _SAID.get((status, ToldProblem.in_(answer.body).kind), otherwise)
    return error(said)
