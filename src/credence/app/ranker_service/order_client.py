"""The language models of a ranking process as their callers see them."""

from __future__ import annotations

import time

from pydantic import AnyHttpUrl, SecretStr

from credence.app.ranker_service.connection import (
    Answer,
    Busy,
    CaseRefused,
    Connection,
    NotAnswered,
    NotSent,
)
from credence.app.ranker_service.order_wire import LARGEST_ORDER, packed_ask, parsed_order
from credence.app.ranker_service.speech import ORDER_PATH, ORDER_TYPE, QUEUE_FULL
from credence.app.ranker_service.tensors import Malformed
from credence.app.ranker_service.told_problem import ToldProblem
from credence.planner.counter import Reordered, Shown


class OrderClient:
    """Asks one ranking process for orders by its language models."""

    def __init__(self, url: AnyHttpUrl, *, key: SecretStr | None, timeout: float) -> None:
        headers = {"Content-Type": ORDER_TYPE}
        self._process = Connection(url, ORDER_PATH, key=key, headers=headers, timeout=timeout)

    def packed(self, shown: Shown) -> bytes:
        """The list as `order` sends it. Raises NotSent."""
        try:
            return packed_ask(shown)
        except ValueError:  # it tells of the list: neither passed on nor kept as the cause
            raise NotSent("the list cannot be sent") from None

    async def order(self, packed: bytes, *, candidates: int) -> Reordered:
        """The models' order of so many, or why they found none, within the timeout.

        Raises NotAnswered or CaseRefused.
        """
        since = time.monotonic()
        answer = await self._process.post(packed, since=since, largest=LARGEST_ORDER)
        if answer.status != 200:
            raise _refusal(answer)
        try:
            return parsed_order(answer.body, candidates=candidates)
        except Malformed as error:  # its field may be any word of the answer
            raise NotAnswered("its answer is none") from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._process.close()


def _refusal(answer: Answer) -> NotAnswered:
    """What a status says; only our own words are passed on."""
    status = answer.status
    if status == 422:
        return CaseRefused("it refused the list")
    if status == 503 and ToldProblem.in_(answer.body).is_of(QUEUE_FULL):
        return Busy("too many lists wait there already")
    if status == 401:
        return NotAnswered("it asks for another key: see CREDENCE_RANKER_KEY")
    return NotAnswered("it has no language models" if status == 404 else f"status {status}")
