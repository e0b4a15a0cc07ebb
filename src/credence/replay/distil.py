"""Distils word-piece vectors from a sentence encoder: which rows have means nearest to its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from credence.inference.words import Bags, Rows, unit

_RARE = 1e-3  # share of all pieces at which a piece counts half as much as a rare one
_EPOCHS = 5
_BATCH = 256  # texts a step
_RATE = 3e-3  # of Adam, falling to a tenth
_TO_START = 5.0  # pull back to the start, times the rate, at each step that reads a piece
_MOMENTUM, _SPREAD = 0.9, 0.99  # what Adam keeps of its two averages
_TINY = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Texts as word pieces, and the vectors that a teacher gave them."""

    bags: Bags  # n texts
    targets: Rows  # (n, D), unit rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Distilled:
    """Rows of a table in full precision."""

    rows: Rows  # (V, D)
    bias: Rows  # (D,)
    losses: tuple[float, ...]  # mean of 1 - cosine, by epoch


@dataclass(slots=True)
class _Adam:
    """Adam over the rows of a table; a row's averages move only when it is read."""

    table: Rows  # (V, D), changed in place
    mean: Rows = field(init=False)
    square: Rows = field(init=False)
    seen: NDArray[np.float32] = field(init=False)  # (V, 1), steps that read a row

    def __post_init__(self) -> None:
        self.mean = np.zeros_like(self.table)
        self.square = np.zeros_like(self.table)
        self.seen = np.zeros((len(self.table), 1), dtype=np.float32)

    def step(self, at: NDArray[np.integer], slope: Rows, rate: float) -> None:
        """Move the rows `at` (U,) against their `slope` (U, D)."""
        self.seen[at] += 1
        self.mean[at] = mean = _MOMENTUM * self.mean[at] + (1 - _MOMENTUM) * slope
        self.square[at] = square = _SPREAD * self.square[at] + (1 - _SPREAD) * slope**2
        steady = mean / (1 - _MOMENTUM ** self.seen[at])
        size = np.sqrt(square / (1 - _SPREAD ** self.seen[at]))
        self.table[at] -= np.float32(rate) * steady / (size + np.float32(_TINY))


def first_rows(vectors: Rows, bags: Bags) -> Rows:
    """Where the training starts (V, D): a piece's own vector, the smaller the more frequent.

    The vectors are centred before, or the mean of a few words would say little but that it is
    one. A piece that the texts lack keeps its row through the training, on the others' scale.
    """
    counts = np.bincount(bags.pieces, minlength=len(vectors))
    shares = (counts + 1) / (counts.sum() + len(vectors))
    weights = (_RARE / (_RARE + shares)).astype(np.float32)
    rows: Rows = (vectors - vectors.mean(axis=0)) * weights[:, None]
    return rows


def distilled(lesson: Lesson, start: Rows, *, seed: int) -> Distilled:
    """Rows whose means have the greatest cosine to the targets, not far from the `start` (V, D).

    The same lesson, start and seed give the same rows.
    """
    rows, bias = _Adam(start.copy()), _Adam(np.zeros((1, start.shape[1]), dtype=np.float32))
    rng = np.random.default_rng(seed)
    filled = np.flatnonzero(lesson.bags.lengths)
    steps = _EPOCHS * -(-len(filled) // _BATCH)
    losses, done = [], 0
    for _ in range(_EPOCHS):
        lost = 0.0
        for batch in _batches(lesson, rng.permutation(filled)):
            rate = _RATE * (1 - 0.9 * done / steps)
            done += 1
            means = batch.shares @ rows.table[batch.pieces] + bias.table
            loss, slope = _cosine_loss(means, batch.targets)
            lost += loss
            bias.step(np.zeros(1, dtype=np.int_), slope.sum(axis=0, keepdims=True), rate)
            strayed = rows.table[batch.pieces] - start[batch.pieces]
            rows.step(batch.pieces, batch.shares.T @ slope, rate)
            rows.table[batch.pieces] -= np.float32(rate * _TO_START) * strayed
        losses.append(lost / len(filled))
    return Distilled(rows=rows.table, bias=bias.table[0], losses=tuple(losses))


@dataclass(frozen=True, slots=True)
class _Batch:
    pieces: NDArray[np.int32]  # (U,), each once
    shares: Rows  # (B, U), of each piece in each text
    targets: Rows  # (B, D)


def _batches(lesson: Lesson, order: NDArray[np.int_]) -> Iterator[_Batch]:
    ends = np.cumsum(lesson.bags.lengths)
    for start in range(0, len(order), _BATCH):
        texts = order[start : start + _BATCH]
        lengths = lesson.bags.lengths[texts]
        own = [
            lesson.bags.pieces[ends[t] - n : ends[t]] for t, n in zip(texts, lengths, strict=True)
        ]
        pieces, column = np.unique(np.concatenate(own), return_inverse=True)
        cell = np.repeat(np.arange(len(texts)), lengths) * len(pieces) + column
        counts = np.bincount(cell, minlength=len(texts) * len(pieces)).reshape(len(texts), -1)
        shares = (counts / lengths[:, None]).astype(np.float32)
        yield _Batch(pieces, shares, lesson.targets[texts])


def _cosine_loss(means: Rows, targets: Rows) -> tuple[float, Rows]:
    """Sum of 1 - cosine over a batch, and the slope of its mean by the means (B, D)."""
    lengths = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.float32(_TINY))
    units = unit(means)
    cosines = (units * targets).sum(axis=1, keepdims=True)
    slope: Rows = (cosines * units - targets) / lengths / np.float32(len(means))
    return float((1 - cosines).sum()), slope
