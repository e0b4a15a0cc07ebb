"""Texts that language models write, token by token, and how each came about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from credence.inference.causal.dialogue import Dialogue
from credence.inference.causal.load import CausalSystem
from credence.inference.routing.decode import Decoded, Sampling, decode
from credence.inference.routing.policy import Decision

_BLANK_LINE = re.compile(r"\S([^\S\n]*\n){2}")  # after words, not before the first


class Unwanted(Exception):
    """Nobody waits for the text any more, so it was not written to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTrace:
    """How routed or steered models came to a text (arXiv 2601.05106, 2603.18411)."""

    experts: dict[str, float]  # shares of its tokens, the largest first; empty: nothing routes
    complement_share: float | None  # mean over its tokens
    alpha: float | None  # the same, the reward model's part


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelText:
    """What was written up to its end, a blank line or the bound, and how that came about."""

    text: str
    tokens: int  # that were decoded, one that ended it included
    cut: bool  # by the bound
    trace: TextTrace


class Texts:
    """Writes greedily what language models find likeliest after a question; one call at a time."""

    def __init__(self, system: CausalSystem) -> None:
        """Raises DamagedModelFile where the vocabulary's chat template cannot be used."""
        self._system = system
        self._dialogue = Dialogue.of(system.vocabulary, begins="")

    def write(self, asked: str, *, most: int, wanted: Callable[[], bool]) -> ModelText:
        """The text after a question, of `most` tokens at most.

        Raises ModelError where the models give no answer or the question and the text are too
        long for them, and Unwanted once `wanted`, asked after every token, is false.
        """
        ends, shares = self._system.vocabulary.ends, list[float]()

        def over(labels: Sequence[int]) -> bool:
            if not wanted():
                raise Unwanted
            return self._ends_in_blank_line(labels)

        def seen(decision: Decision) -> None:
            if decision.routing is not None:
                shares.extend(decision.routing.share.tolist())

        prompt = self._dialogue.first(asked) + self._dialogue.further("")
        reading = self._system.policy.open([prompt])
        (row,) = decode(reading, Sampling(longest=most, ends=ends), over=over, seen=seen)
        has_ended = row.labels[-1] in ends
        whole = self._system.vocabulary.text(row.labels[:-1] if has_ended else row.labels)
        blank = _BLANK_LINE.search(whole)
        return ModelText(
            text=whole if blank is None else whole[: blank.start() + 1],
            tokens=len(row.labels),
            cut=not has_ended and blank is None,
            trace=self._traced(row, shares),
        )

    def _ends_in_blank_line(self, labels: Sequence[int]) -> bool:
        """Looks at the whole text only where its last token may have ended a line."""
        speaks = self._system.vocabulary
        return "\n" in speaks.text(labels[-1:]) and bool(_BLANK_LINE.search(speaks.text(labels)))

    def _traced(self, row: Decoded, shares: Sequence[float]) -> TextTrace:
        chosen = Counter(self._system.experts[route] for route in row.routes)
        counted = sorted(chosen.items(), key=lambda one: (-one[1], one[0]))
        return TextTrace(
            experts={name: count / len(row.routes) for name, count in counted},
            complement_share=_mean(shares),
            alpha=_mean(row.alphas),
        )


def _mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None
