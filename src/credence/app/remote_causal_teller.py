"""Language models in a process elsewhere that put into words why an item was put to somebody."""

from __future__ import annotations

import logging
from typing import Literal

from credence.app import not_explained
from credence.app.breaker import Breaker
from credence.app.ranker_service.connection import Busy, CaseRefused, Late, NotAnswered, NotSent
from credence.app.ranker_service.explanation_client import ExplanationClient, NoneWritten
from credence.app.ranker_service.explanation_wire import Wanted
from credence.planner.placement import Explanation, Placement

log = logging.getLogger(__name__)


class RemoteCausalTeller:
    """Explanations as language models elsewhere write them, while that process answers.

    Its breaker is its own: a process that is late with long texts may be quick with lists.
    """

    def __init__(self, process: ExplanationClient, *, most: int, breaker: Breaker) -> None:
        """`most`: tokens; the process may have a lower bound of its own."""
        self._process = process
        self._most = most
        self._breaker = breaker

    @property
    def state(self) -> Literal["closed", "open"]:
        """Of the breaker: while it is open, nearly nothing is asked for."""
        return "open" if self._breaker.is_open else "closed"

    async def __call__(self, placement: Placement) -> Explanation:
        """The words that came back. Raises NotExplained."""
        try:
            packed = self._process.packed(Wanted(placement, self._most))  # before it is admitted
            if not self._breaker.admits():
                raise not_explained.failed("their process is left alone for a while")
            with self._breaker.asked(answer=CaseRefused, failure=NotAnswered):
                return await self._process.explain(packed)
        except NoneWritten as error:
            raise not_explained.off_there() from error
        except Busy as error:
            raise not_explained.busy() from error
        except Late as error:
            raise not_explained.late() from error
        except (NotAnswered, NotSent) as error:
            log.warning("no explanation: the process of the language models: %s", error)
            raise not_explained.failed(f"their process: {error}") from error

    async def close(self) -> None:
        """Let the connections go."""
        await self._process.close()
