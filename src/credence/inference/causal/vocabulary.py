"""What token ids mean, and that all models mean the same by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import TemplateError
from transformers import AutoTokenizer

from credence.inference.causal.folders import ModelFolder
from credence.inference.errors import DamagedModelFile, LabelNotOneToken, VocabularyMismatch

_SHOWN = 3  # differences named in a message


class Vocabulary:
    """One tokenizer for every model that works together, and the tokens that end a text."""

    def __init__(self, tokenizer: Any, name: str, ends: frozenset[int] = frozenset()) -> None:
        """`ends` are those that models name beside the tokenizer's own."""
        self._tokenizer = tokenizer
        self.name = name
        self.size: int = 1 + max(tokenizer.get_vocab().values())  # some leave out ids in between
        end = tokenizer.eos_token_id
        self.ends = ends if end is None else ends | {int(end)}

    @classmethod
    def of(cls, folder: ModelFolder, ends: frozenset[int] = frozenset()) -> Vocabulary:
        """Read the tokenizer in this folder; raises DamagedModelFile."""
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder.path, local_files_only=True)
        except (OSError, ValueError, KeyError) as wrong:
            raise DamagedModelFile(f"{folder.name}: no tokenizer can be read: {wrong}") from wrong
        return cls(tokenizer, folder.name, ends)

    def first(self, text: str) -> list[int]:
        """A text from the start of a context, with the tokens that the model begins with."""
        ids: list[int] = self._tokenizer(text)["input_ids"]
        end = self._tokenizer.eos_token_id  # some tokenizers close the text: it goes on here
        return ids[:-1] if len(ids) > 1 and ids[-1] == end else ids

    def further(self, text: str) -> list[int]:
        """A text that goes on after another, split into tokens by itself."""
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def turn(self, said: str) -> str | None:
        """What a user says, in the tokenizer's chat template and up to where the model answers;
        None where it has none. Raises DamagedModelFile where the template cannot be filled."""
        if not self._tokenizer.chat_template:
            return None
        messages = [{"role": "user", "content": said}]
        try:
            turn: str = self._tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,  # a variable of templates that would have it think first
            )
        except (TemplateError, ValueError, TypeError) as wrong:
            raise DamagedModelFile(
                f"the chat template of {self.name} cannot be filled: {wrong}"
            ) from wrong
        return turn

    def text(self, ids: Sequence[int]) -> str:
        """The text of these tokens, without special ones."""
        decoded: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return decoded

    def labels(self, names: Sequence[str]) -> list[int]:
        """The one token of each label; raises LabelNotOneToken for what is none or not its own."""
        split = {name: self.further(name) for name in names}
        if bad := [
            f"{name!r} is {len(ids)} tokens" for name, ids in split.items() if len(ids) != 1
        ]:
            raise LabelNotOneToken(
                f"{len(bad)} of {len(split)} labels are not one token in the vocabulary of "
                f"{self.name}: {_some(bad)}; choose others, such as ' A', ' B' or '1', '2'"
            )
        ids = [split[name][0] for name in names]
        unknown = self._tokenizer.unk_token_id
        if bad := [repr(name) for name, at in zip(names, ids, strict=True) if at == unknown]:
            raise LabelNotOneToken(
                f"{_some(bad)} is not a token in the vocabulary of {self.name}; choose other labels"
            )
        if len(set(ids)) < len(ids):
            raise LabelNotOneToken(
                f"{len(ids)} labels are only {len(set(ids))} different tokens in the vocabulary "
                f"of {self.name}; choose labels that it knows and keeps apart"
            )
        return ids

    def check_same(self, other: Vocabulary) -> None:
        """Raises VocabularyMismatch unless every token and special token has the same id."""
        ours: dict[str, int] = self._tokenizer.get_vocab()
        theirs: dict[str, int] = other._tokenizer.get_vocab()
        pair = f"{self.name} and {other.name}"
        if len(ours) != len(theirs):
            raise VocabularyMismatch(
                f"{pair} have vocabularies of {len(ours)} and {len(theirs)} tokens; {_FIX}"
            )
        if moved := sorted(token for token, at in ours.items() if theirs.get(token) != at):
            said = [f"{token!r} is {ours[token]} and {theirs.get(token)}" for token in moved]
            raise VocabularyMismatch(
                f"{len(moved)} tokens of {pair} have different ids: {_some(said)}; {_FIX}"
            )
        own, their = (one._tokenizer.special_tokens_map for one in (self, other))
        # without one of them a padding token is never read, so it may differ
        kinds = sorted((own.keys() | their.keys()) - {"pad_token"})
        said = [
            f"{kind} is {own.get(kind)!r} and {their.get(kind)!r}"
            for kind in kinds
            if str(own.get(kind)) != str(their.get(kind))
        ]
        if said:
            raise VocabularyMismatch(f"{pair} have different special tokens: {_some(said)}; {_FIX}")


_FIX = "models that work together must come with one tokenizer: choose models of one family"


def _some(said: Sequence[str]) -> str:
    more = len(said) - _SHOWN
    return "; ".join(said[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def check_sizes(sizes: dict[str, int], vocabulary: Vocabulary) -> None:
    """Raises VocabularyMismatch if a model, by name, has fewer outputs than there are tokens."""
    for name, size in sizes.items():
        if size < vocabulary.size:
            raise VocabularyMismatch(
                f"{name} tells {size} tokens apart and the tokenizer of {vocabulary.name} has "
                f"{vocabulary.size}; {_FIX}"
            )
