"""Finds the form of request that an endpoint takes, and asks again what may pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from credence.app.adapters.llm.capabilities import Capabilities
from credence.app.adapters.llm.exchange import Exchange, Heard, Inquiry
from credence.app.adapters.llm.failures import NotServed
from credence.app.adapters.llm.messages import Turn, request
from credence.app.adapters.llm.reading import unbegun
from credence.app.adapters.llm.retrying import Patience
from credence.planner.llm.asking import AnswerT, Outcome

_LEAST_MORE = 2_000  # tokens for an answer that was cut off


class Negotiation:
    """Remembers what one model behind one endpoint can do, once a request has shown it."""

    def __init__(
        self, exchange: Exchange, *, model: str, reasoning_tokens: int, patience: Patience
    ) -> None:
        self._exchange = exchange
        self._model = model
        self._reasoning = reasoning_tokens
        self._patience = patience
        self._known = Capabilities()

    async def heard(
        self,
        inquiry: Inquiry[AnswerT],
        after: Sequence[Turn],
        *,
        hopeful: Callable[[], bool],
        longer: bool = False,
    ) -> Heard[AnswerT]:
        """What the model says, after these turns. Raises NotServed.

        A `longer` answer may have twice the tokens, and at least 2,000 more: so is asked again
        what was cut off.
        """
        tokens = inquiry.question.most_tokens + self._reasoning
        if longer:
            tokens += max(tokens, _LEAST_MORE)
        known = can = self._known
        tried = set[Capabilities]()
        while True:
            tried.add(can)
            body = request(inquiry.question, after, model=self._model, can=can, tokens=tokens)
            try:
                heard = await self._persistent(inquiry, body, hopeful)
            except NotServed as failure:
                if failure.complaint and failure.complaint.of_scarcity:
                    self._known = replace(can, halved=known.halved)
                    return self._cut_off()
                less = failure.complaint and can.less(failure.complaint, tokens=tokens, tried=tried)
                if not less:
                    raise
                can = less
            else:
                # That the half of more is taken tells nothing of what is asked for otherwise.
                learnt = replace(can, halved=known.halved) if longer else can
                learnt = self._learnt(learnt, heard)
                if learnt != known:
                    self._known = learnt
                return heard

    async def _persistent(
        self, inquiry: Inquiry[AnswerT], body: dict[str, Any], hopeful: Callable[[], bool]
    ) -> Heard[AnswerT]:
        retrying = self._patience.retrying(inquiry, hopeful=hopeful)
        heard: Heard[AnswerT] = await retrying(self._exchange.once, inquiry, body)
        return heard

    @staticmethod
    def _cut_off() -> Heard[AnswerT]:
        """Some servers reject a request whose answer they had to cut."""
        cut = unbegun()
        return Heard(
            outcome=Outcome.REJECTED,
            text="",
            value=None,
            cut=True,
            faults=cut.faults,
            why=cut.why,
        )

    @staticmethod
    def _learnt(can: Capabilities, heard: Heard[AnswerT]) -> Capabilities:
        """A server may take a schema and pass it by: then it is told in the prompt as well."""
        ignored = heard.outcome is Outcome.MALFORMED and heard.formless
        return replace(can, told=True) if ignored else can
