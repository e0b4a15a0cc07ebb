"""A question by labels as tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_uppercase

from credence.inference.causal.dialogue import Dialogue
from credence.inference.causal.vocabulary import Vocabulary
from credence.inference.errors import LabelNotOneToken

MOST_LABELS = 20  # candidates that are named at once
_STYLES = (" {}", "{}")  # after "Answer:" a letter mostly has its space with it

Naming = Callable[[Sequence[tuple[str, str]]], str]  # (letter, id) pairs to its second part


class Wording:
    """Questions by labels as tokens: the person's part, then the candidates under letters."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Raises LabelNotOneToken where the vocabulary has no single tokens for letters, and
        DamagedModelFile where its chat template cannot be used."""
        self._dialogue = Dialogue.of(vocabulary)
        self._letters = ascii_uppercase[:MOST_LABELS]
        self.labels = _tokens_of(self._letters, vocabulary)  # (MOST_LABELS,)

    def first(self, person: str) -> list[int]:
        """The person's part, from the start of the context."""
        return self._dialogue.first(person)

    def further(self, order: Sequence[str], named: Naming) -> list[int]:
        """The candidates in this order, up to where the model answers by one of the labels."""
        return self._dialogue.further(named(list(zip(self._letters, order, strict=False))))


def _tokens_of(letters: str, vocabulary: Vocabulary) -> list[int]:
    """One token a letter, with the space before it where the vocabulary has such tokens."""
    with_space, plain = ([style.format(letter) for letter in letters] for style in _STYLES)
    try:
        return vocabulary.labels(with_space)
    except LabelNotOneToken:
        return vocabulary.labels(plain)
