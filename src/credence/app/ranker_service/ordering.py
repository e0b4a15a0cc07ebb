"""The language models of the ranking process, which put one list after another into order."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from credence.app.fault import where
from credence.app.ranker_service.batcher import NotRanked, PassFailed
from credence.app.ranker_service.health import Languages
from credence.app.ranker_service.order_figures import OrderFigures
from credence.inference.errors import ModelError
from credence.planner.counter import Reordered, Shown

if TYPE_CHECKING:
    from credence.app.causal_ranker import CausalRanker

log = logging.getLogger(__name__)


class Ordering:
    """Orders lists by language models, and counts them; there may be none."""

    def __init__(self, languages: CausalRanker | None, figures: OrderFigures) -> None:
        self.figures = figures
        self._languages = languages
        if languages is not None:
            figures.at_work(lambda: languages.at_work)

    @property
    def said(self) -> Languages | None:
        """Who orders and by which models; None where there are none."""
        if self._languages is None:
            return None
        teller = self._languages.teller
        return Languages(
            ranker=self._languages.name,
            models=self._languages.models,
            explanation_tokens=0 if teller is None else teller.most,
        )

    async def order(self, shown: Shown, *, deadline: float) -> Reordered:
        """The order of one list by a moment of `time.monotonic`; models that find none say why.

        Raises NotRanked or PassFailed.
        """
        languages = self.must_have_room()
        began = time.monotonic()
        if began >= deadline:
            raise self.refused("late")
        try:
            made = await languages.ordered(shown, seconds=deadline - began)
        except TimeoutError as error:
            raise self.refused("late") from error
        except ModelError as error:
            self.figures.refused("no-answer")
            why = f"the language models gave no order: {error}"
            log.warning("a list stays as it came: %s", why)
            local = tuple(range(len(shown.candidates)))
            return Reordered(order=local, ranker=languages.name, fallback=why)
        except asyncio.CancelledError:
            self.figures.refused("gone")
            raise
        except Exception as error:
            self.figures.refused("failed")
            log.error("the language models failed at a list\n%s", where(error))  # noqa: TRY400
            raise PassFailed("the language models failed") from error
        self.figures.ordered(time.monotonic() - began)
        return made

    def must_have_room(self) -> CausalRanker:
        """The models. Raises NotRanked if there are none, or too many lists wait for them."""
        if self._languages is None:
            raise self.refused("no-language-models")
        if not self._languages.has_room:
            raise self.refused("queue-full")
        return self._languages

    def refused(self, reason: str) -> NotRanked:
        """A refusal, counted."""
        self.figures.refused(reason)
        return NotRanked(reason)

    async def settled(self) -> None:
        """Wait until the models have nothing at hand and nothing waits for them."""
        if self._languages is not None:
            await self._languages.settled()
