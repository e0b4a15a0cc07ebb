"""The language models of the ranking process, which put one placement after another into words."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from credence.app.causal_teller import NoWords
from credence.app.fault import where
from credence.app.ranker_service.batcher import NotRanked, PassFailed
from credence.app.ranker_service.explanation_figures import ExplanationFigures
from credence.app.ranker_service.wordless import FoundNoWords, Wordless
from credence.inference.errors import ContextTooLong, ModelError, NoAnswer
from credence.planner.placement import Explanation

if TYPE_CHECKING:
    from credence.app.causal_teller import CausalTeller
    from credence.app.ranker_service.explanation_wire import Wanted

log = logging.getLogger(__name__)


class Telling:
    """Explains by language models, and counts that; there may be none that write."""

    def __init__(self, teller: CausalTeller | None, figures: ExplanationFigures) -> None:
        self.figures = figures
        self._teller = teller

    async def tell(self, wanted: Wanted, *, deadline: float) -> Explanation:
        """The words for one placement by a moment of `time.monotonic`.

        Raises NotRanked, FoundNoWords or PassFailed.
        """
        teller = self.must_have_room()
        began = time.monotonic()
        if began >= deadline:
            raise self.refused("late")
        try:
            made = await teller.told(wanted.placement, most=wanted.tokens, seconds=deadline - began)
        except TimeoutError as error:
            raise self.refused("late") from error
        except ModelError as error:
            self.figures.refused("no-answer")
            log.warning("an explanation was not written: %s", error)
            detail = f"the language models gave no explanation: {error}"
            raise FoundNoWords(_why(error), detail) from error
        except asyncio.CancelledError:
            self.figures.refused("gone")
            raise
        except Exception as error:
            self.figures.refused("failed")
            log.error("the language models failed at an explanation\n%s", where(error))  # noqa: TRY400
            raise PassFailed("the language models failed") from error
        self.figures.written(time.monotonic() - began, tokens=made.tokens)
        return made

    def must_have_room(self) -> CausalTeller:
        """Who tells. Raises NotRanked if there is nobody, or too much waits."""
        if self._teller is None:
            raise self.refused("no-explanations")
        if not self._teller.thread.has_room:
            raise self.refused("queue-full")
        return self._teller

    def refused(self, reason: str) -> NotRanked:
        """A refusal, counted."""
        self.figures.refused(reason)
        return NotRanked(reason)


def _why(error: ModelError) -> Wordless:
    if isinstance(error, ContextTooLong):
        return "too-long"
    if isinstance(error, NoWords):
        return "no-words"
    return "no-number" if isinstance(error, NoAnswer) else "no-answer"
