"""The routed model of a ranking process as its callers see it."""

from __future__ import annotations

import time

from pydantic import AnyHttpUrl, SecretStr

from credence.app.ranker_service.answer_wire import largest_answer, parsed_answer
from credence.app.ranker_service.case_wire import packed_case
from credence.app.ranker_service.connection import Answer, CaseRefused, Connection, NotAnswered
from credence.app.ranker_service.speech import CASE_TYPE, MODEL, PATH
from credence.app.ranker_service.tensors import Malformed
from credence.app.ranker_service.told_problem import ToldProblem
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.ranking import RankedLists


class RankerClient:
    """Asks one ranking process for lists by the routed model."""

    def __init__(
        self, url: AnyHttpUrl, *, key: SecretStr | None, version: str, timeout: float
    ) -> None:
        self._version = version
        headers = {MODEL: version, "Content-Type": CASE_TYPE}
        self._process = Connection(url, PATH, key=key, headers=headers, timeout=timeout)

    async def rank(self, case: ListCase) -> RankedLists:
        """The answer to a case within the timeout. Raises NotAnswered or CaseRefused."""
        since = time.monotonic()
        variants, candidates = len(case.signals), len(case.candidates)
        largest = largest_answer(variants=variants, candidates=candidates)
        answer = await self._process.post(packed_case(case), since=since, largest=largest)
        if answer.status != 200:
            raise _refusal(answer)
        try:
            return parsed_answer(
                answer.body, version=self._version, variants=variants, candidates=candidates
            )
        except Malformed as error:  # its field may be any word of the answer
            raise NotAnswered("its answer is none") from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._process.close()


def _refusal(answer: Answer) -> NotAnswered:
    """What a status says; only our own words are passed on."""
    if answer.status != 422:
        return NotAnswered(f"status {answer.status}")
    if ToldProblem.in_(answer.body).names(MODEL):
        return NotAnswered("its model is of another version")
    return CaseRefused("it refused the list")
