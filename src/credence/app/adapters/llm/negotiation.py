"""Finds the form of request that an endpoint takes, and asks again what may pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from credence.app.adapters.llm.capabilities import Capabilities
from credence.app.adapters.llm.exchange import Exchange, Heard, Inquiry
from credence.app.adapters.llm.failures import NotServed
from credence.app.adapters.llm.messages import Turn, request
from credence.app.adapters.llm.retrying import Patience
from credence.planner.llm.asking import AnswerT, Outcome


class Negotiation:
    """Remembers what one model behind one endpoint can do, once a request has shown it."""

    def __init__(self, exchange: Exchange, *, model: str, patience: Patience) -> None:
        self._exchange = exchange
        self._model = model
        self._patience = patience
        self._known = Capabilities()

    async def heard(
        self, inquiry: Inquiry[AnswerT], after: Sequence[Turn], *, hopeful: Callable[[], bool]
    ) -> Heard[AnswerT]:
        """What the model says, after these turns. Raises NotServed."""
        can, tried = self._known, set[Capabilities]()
        while True:
            tried.add(can)
            body = request(inquiry.question, after, model=self._model, can=can)
            try:
                heard = await self._persistent(inquiry, body, hopeful)
            except NotServed as failure:
                less = failure.complaint and can.less(failure.complaint, tried=tried)
                if not less:
                    raise
                can = less
            else:
                self._known = self._learnt(can, heard)
                return heard

    async def _persistent(
        self, inquiry: Inquiry[AnswerT], body: dict[str, Any], hopeful: Callable[[], bool]
    ) -> Heard[AnswerT]:
        retrying = self._patience.retrying(inquiry, hopeful=hopeful)
        heard: Heard[AnswerT] = await retrying(self._exchange.once, inquiry, body)
        return heard

    @staticmethod
    def _learnt(can: Capabilities, heard: Heard[AnswerT]) -> Capabilities:
        """A server may take a schema and pass it by: then it is told in the prompt as well."""
        ignored = heard.outcome is Outcome.MALFORMED and heard.formless
        return replace(can, told=True) if ignored else can
