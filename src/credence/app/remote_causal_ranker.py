"""Language models in a process elsewhere, with the last word on a list while that answers."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Literal, Protocol

from credence.app.breaker import Breaker
from credence.app.ranker_service.connection import Busy, CaseRefused, NotAnswered, NotSent
from credence.planner.counter import Reordered, Shown
from credence.planner.llm.ranker import held_near

log = logging.getLogger(__name__)
_UNNAMED = "language models elsewhere"


class AsksElsewhere(Protocol):
    """Whatever has one list put into order elsewhere."""

    def packed(self, shown: Shown) -> bytes:
        """What is sent of a list. Raises NotSent."""
        ...

    async def order(self, packed: bytes, *, candidates: int) -> Reordered:
        """Raises NotAnswered or CaseRefused."""
        ...

    async def close(self) -> None: ...


class RemoteCausalRanker:
    """Orders what the local ranker found best as language models elsewhere would.

    Where they give no order the local one stands, which a reason says. What keeps it from being
    given is logged when it begins and when it ends; not that the process is busy, which it counts
    itself. As of language models in process, none may rise or fall by more than `rise` places,
    where that is set.
    """

    def __init__(
        self, elsewhere: AsksElsewhere, *, most: int, rise: int | None, breaker: Breaker
    ) -> None:
        self.name = _UNNAMED  # until they say theirs
        self.most = most
        self._elsewhere = elsewhere
        self._rise = rise
        self._breaker = breaker
        self._away = False  # since it last gave an order, and not for the sake of one list
        self._told: set[str] = set()  # why lists got none since it last gave an order, as logged

    @property
    def state(self) -> Literal["closed", "open"]:
        """Of the breaker: while it is open, the local order stands nearly always."""
        return "open" if self._breaker.is_open else "closed"

    async def __call__(self, shown: Shown) -> Reordered:
        """Indices of the candidates, given in the local order, the best first."""
        local = tuple(range(len(shown.candidates)))
        if len(local) < 2:
            return Reordered(order=local, ranker=self.name)
        try:
            packed = self._elsewhere.packed(shown)  # first: whoever is admitted must ask
            if not self._breaker.admits():
                why = "the process of the language models is left alone for a while"
                return Reordered(order=local, ranker=self.name, fallback=why)
            made = await self._asked(packed, candidates=len(local))
        except (NotAnswered, NotSent) as error:
            self._tell_of(error)
            why = f"the process of the language models gave no order: {error}"
            return Reordered(order=local, ranker=self.name, fallback=why)
        if self._away:
            log.warning("the process of the language models gives orders again")
        self.name, self._away = made.ranker, False
        self._told.clear()
        rise = self._rise
        return made if rise is None else replace(made, order=held_near(made.order, rise))

    async def close(self) -> None:
        """Let the connections go."""
        await self._elsewhere.close()

    async def _asked(self, packed: bytes, *, candidates: int) -> Reordered:
        """An order, once the breaker knows how it went. Raises NotAnswered."""
        with self._breaker.asked(answer=CaseRefused, failure=NotAnswered):
            made = await self._elsewhere.order(packed, candidates=candidates)
        if made.fallback is not None:
            raise CaseRefused("its models found none")
        return made

    def _tell_of(self, error: NotAnswered | NotSent) -> None:
        """Log why there is no order, unless that was logged since the last one."""
        self._away = self._away or not isinstance(error, (CaseRefused, NotSent))
        why = str(error)
        if isinstance(error, Busy) or why in self._told:
            return
        self._told.add(why)
        log.warning(
            "the local ranker's order stands: the process of the language models gave none: %s", why
        )
