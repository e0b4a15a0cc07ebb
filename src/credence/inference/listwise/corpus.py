"""Many training lists in little memory: a row that occurs often is kept once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from credence.inference.listwise.case import ListCase
from credence.inference.listwise.lists import Lists

EVENTS, CHUNKS = 15, 24  # kept of a case; of chunks those that are believed most firmly
_ROWS = ("candidates", "events", "voices", "event_words", "chunks", "words")  # of vectors
_VECTORS = ("instruction", "wording", "centre")
_PAIRS = ("company", "followed", "followed_soon")  # of events and candidates
_NUMBERS = ("signals", "attitudes", "strengths", "confidences", *_PAIRS, "people", "liking")
_SIZES = dict.fromkeys(("events", "voices", "event_words", "attitudes", *_PAIRS), EVENTS)
_SIZES |= dict.fromkeys(("chunks", "strengths", "confidences"), CHUNKS)


@dataclass(frozen=True, slots=True)
class Corpus:
    """L lists of N candidates each, with one variant: everything kept."""

    table: Tensor  # (U, D) half precision; row 0 is zero
    indices: dict[str, Tensor]  # of vectors, rows of the table
    numbers: dict[str, Tensor]
    asked: Tensor  # (L,)
    events: Tensor  # (L,) how many are real
    chunks: Tensor  # (L,)
    chosen: Tensor  # (L,)

    def __len__(self) -> int:
        return len(self.chosen)

    def lists(self, index: Tensor) -> Lists:
        """The lists of these numbers (K,)."""
        vectors = {
            name: self.table[rows[index].long()].float() for name, rows in self.indices.items()
        }
        numbers = {name: values[index] for name, values in self.numbers.items()}
        candidates = numbers["people"].shape[1]
        return Lists(
            present=torch.ones(len(index), candidates, dtype=torch.bool),
            keep_events=_first(self.events[index], EVENTS)[:, None],
            keep_chunks=_first(self.chunks[index], CHUNKS)[:, None],
            asked=self.asked[index],
            **vectors,
            **numbers,
        )


class CorpusBuilder:
    """Takes cases one by one, so that they need not all be in memory as they come."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self._table: list[NDArray[np.float16]] = []
        self._indices: dict[str, list[NDArray[np.int32]]] = {n: [] for n in (*_ROWS, *_VECTORS)}
        self._numbers: dict[str, list[NDArray[np.float32]]] = {n: [] for n in _NUMBERS}
        self._plain: dict[str, list[float]] = {n: [] for n in ("asked", "events", "chunks")}
        self._chosen: list[int] = []

    def add(self, case: ListCase, chosen: int) -> None:
        """One case and the index of the candidate that was chosen.

        Raises ValueError for a case of several variants.
        """
        if len(case.signals) != 1:
            raise ValueError(f"a training case has one variant, not {len(case.signals)}")
        if not self._table:
            self._row_of(np.zeros(case.candidates.shape[1], dtype=np.float16))
        firm = np.argsort(-np.abs(case.strengths * case.confidences), kind="stable")[:CHUNKS]
        kept = dict.fromkeys(("chunks", "strengths", "confidences"), firm)
        for name in _ROWS:
            rows = np.asarray(getattr(case, name))[kept.get(name, slice(None))]
            size = _SIZES.get(name, len(rows))
            found = [self._row_of(row) for row in rows[:size].astype(np.float16)]
            self._indices[name].append(np.array(found + [0] * (size - len(found)), np.int32))
        for name in _VECTORS:
            vector = np.asarray(getattr(case, name)).astype(np.float16)
            self._indices[name].append(np.array(self._row_of(vector), np.int32))
        for name in _NUMBERS:
            values = np.asarray(getattr(case, name), np.float32)[kept.get(name, slice(None))]
            size = _SIZES.get(name, len(values))
            whole = np.zeros((size, *values.shape[1:]), np.float32)
            whole[: len(values[:size])] = values[:size]
            self._numbers[name].append(whole)
        self._plain["asked"].append(float(case.asked))
        self._plain["events"].append(min(EVENTS, len(case.events)))
        self._plain["chunks"].append(len(firm))
        self._chosen.append(chosen)

    def build(self) -> Corpus:
        """Everything added. Raises ValueError if there is nothing, or lists differ in length."""
        if not self._chosen:
            raise ValueError("a corpus needs at least one list")
        indices = {n: torch.from_numpy(np.stack(rows)) for n, rows in self._indices.items()}
        numbers = {n: torch.from_numpy(np.stack(rows)) for n, rows in self._numbers.items()}
        return Corpus(
            table=torch.from_numpy(np.stack(self._table)),
            indices=indices,
            numbers=numbers,
            asked=torch.tensor(self._plain["asked"]),
            events=torch.tensor(self._plain["events"]),
            chunks=torch.tensor(self._plain["chunks"]),
            chosen=torch.tensor(self._chosen),
        )

    def _row_of(self, vector: NDArray[np.float16]) -> int:
        key = vector.tobytes()
        if key not in self._known:
            self._known[key] = len(self._table)
            self._table.append(vector)
        return self._known[key]


def _first(counts: Tensor, size: int) -> Tensor:
    """(K, size), true for as many as there are."""
    return torch.arange(size) < counts[:, None]
