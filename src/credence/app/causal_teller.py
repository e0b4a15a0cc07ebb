"""Language models in this process that put into words why an item was put to somebody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from credence.app import not_explained
from credence.app.causal_settings import CausalRankerSettings
from credence.app.fault import where
from credence.app.model_thread import ModelThread
from credence.inference.errors import ModelError, NoAnswer
from credence.planner.llm.explained import explanation_part
from credence.planner.llm.fence import words
from credence.planner.llm.instructions import explanation_prompt
from credence.planner.placement import LONGEST_TEXT, Explanation, Placement

if TYPE_CHECKING:
    from credence.inference.causal.texts import ModelText

log = logging.getLogger(__name__)


class NoWords(NoAnswer):
    """The models ended their text before the first word."""


class WritesTexts(Protocol):
    """`inference.causal.texts.Texts`, or what a test puts in its place."""

    def write(self, asked: str, *, most: int, wanted: Callable[[], bool]) -> ModelText: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CausalTeller:
    """Explanations decoded token by token from the routed models, one at a time.

    The thread is that of the same models' lists: both wait for each other, and few may wait.
    """

    texts: WritesTexts
    thread: ModelThread
    name: str
    models: tuple[str, ...]
    most: int  # tokens
    seconds: float

    @classmethod
    def around(
        cls, texts: WritesTexts, told: CausalRankerSettings, thread: ModelThread
    ) -> CausalTeller:
        """As the settings have it, around models that are loaded."""
        return cls(
            texts=texts,
            thread=thread,
            name=told.name_with(explanation_prompt().version),
            models=told.models,
            most=told.explanation_tokens,
            seconds=told.seconds,
        )

    async def __call__(self, placement: Placement) -> Explanation:
        """The models' words. Raises NotExplained."""
        if not self.thread.has_room:
            raise not_explained.busy()
        try:
            return await self.told(placement, most=self.most, seconds=self.seconds)
        except TimeoutError as error:
            raise not_explained.late() from error
        except ModelError as error:
            log.warning("no explanation: %s", error)
            raise not_explained.failed(str(error)) from error
        except Exception as error:
            log.error("language models failed at a text: %s", where(error))  # noqa: TRY400
            raise not_explained.failed(type(error).__name__) from error

    async def told(self, placement: Placement, *, most: int, seconds: float) -> Explanation:
        """The models' words within this time, of no more tokens than `most` and its own bound.

        What nobody waits for any more is written no further. Raises TimeoutError, ModelError, and
        whatever a device or a model's code raises.
        """
        prompt, given_up = explanation_part(placement), threading.Event()

        def written() -> ModelText:
            return self.texts.write(
                prompt, most=min(most, self.most), wanted=lambda: not given_up.is_set()
            )

        try:
            made = await self.thread.done(written, seconds=seconds)
        finally:
            given_up.set()
        return self._as_explanation(made)

    def _as_explanation(self, made: ModelText) -> Explanation:
        text = words(made.text.rstrip("\N{REPLACEMENT CHARACTER}"), most=LONGEST_TEXT)
        if not text:
            raise NoWords("they ended their text before the first word")
        return Explanation(
            text=text,
            tokens=made.tokens,
            cut=made.cut or len(made.text) > LONGEST_TEXT,
            model=self.name,
            models=self.models,
            experts=made.trace.experts,
            complement_share=made.trace.complement_share,
            alpha=made.trace.alpha,
        )
