"""What stands around a question: the model's own chat template, or nothing but the question."""

from __future__ import annotations

from dataclasses import dataclass

from credence.inference.causal.vocabulary import Vocabulary
from credence.inference.errors import DamagedModelFile

_MARK = "QUESTION"  # stands for what is asked while the template is taken apart
_ANSWER = "Answer:"  # a label follows


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Makes tokens of a question in two parts, of which the first is shared by many.

    The parts are data beside the template's own marks: whoever writes them keeps marks out.
    """

    _vocabulary: Vocabulary
    _before: str | None  # None: no template, and the tokenizer's own beginning
    _after: str

    @classmethod
    def of(cls, vocabulary: Vocabulary, *, begins: str = _ANSWER) -> Dialogue:
        """As the model's chat template has it, where its turn begins with `begins`; without one
        the question ends so in any case. Raises DamagedModelFile where the template cannot be used.
        """
        turn = vocabulary.turn(_MARK)
        if turn is None:
            return cls(vocabulary, None, f"\n{_ANSWER}")
        before, mark, after = turn.partition(_MARK)
        if not mark or _MARK in after:
            raise DamagedModelFile(
                f"the chat template of {vocabulary.name} does not give a user's words back once; "
                "mend it, or remove it to have the model asked without one"
            )
        return cls(vocabulary, before, after + begins)

    def first(self, text: str) -> list[int]:
        """The tokens of the first part, from the start of the context."""
        if self._before is None:
            return self._vocabulary.first(text)
        return self._vocabulary.further(self._before + text)

    def further(self, text: str) -> list[int]:
        """The tokens of the second part, up to where the model answers."""
        return self._vocabulary.further(text + self._after)
