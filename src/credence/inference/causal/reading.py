"""Contexts of token ids as one causal LM reads them: each row as far as it was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from credence.inference.causal.forward import Forward, Tokens
from credence.inference.routing.step import Step


class CausalReading:
    """B contexts as one causal LM reads them, each as far as it was asked for."""

    def __init__(self, forward: Forward, contexts: Tokens, origin: _Origin | None = None) -> None:
        if not all(contexts):
            raise ValueError("a context needs at least one token")
        self.rows = len(contexts)
        self._forward = forward
        self._contexts = [list(context) for context in contexts]
        self._origin = origin
        self._read: list[list[int]] = [[] for _ in contexts]  # the tokens in each row's slots
        self._cache = forward.cache(len(contexts))

    @torch.inference_mode()
    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Step:
        """The step after these rows' contexts and decided tokens; reads only what is new.

        Tokens that were read and are no longer decided are forgotten.
        """
        self._adopt(rows)
        wanted = [self._contexts[row] + list(ids) for row, ids in zip(rows, decided, strict=True)]
        # the last token is read again if nothing is new: its logits are what is asked for
        starts = [
            min(_shared(self._read[row], ids), len(ids) - 1)
            for row, ids in zip(rows, wanted, strict=True)
        ]
        new = [ids[start:] for start, ids in zip(starts, wanted, strict=True)]
        for row, start in zip(rows, starts, strict=True):
            self._read[row] = self._read[row][:start]  # all that is sure if the pass fails
        step = self._forward.read(self._cache, rows, new, starts)
        for row, ids in zip(rows, wanted, strict=True):
            self._read[row] = ids
        return step

    def branch(self, rows: Sequence[int], further: Tokens) -> CausalReading:
        """Rows that go on from these contexts, whose keys and values are copied, not made anew."""
        if len(rows) != len(further):
            raise ValueError(f"{len(rows)} rows cannot go on in {len(further)} ways")
        contexts = [
            self._contexts[row] + list(more) for row, more in zip(rows, further, strict=True)
        ]
        return CausalReading(self._forward, contexts, _Origin(self, tuple(rows)))

    def _adopt(self, rows: Sequence[int]) -> None:
        """Take over what the origin has read, letting it read its contexts first."""
        fresh = [row for row in rows if not self._read[row]]
        if self._origin is None or not fresh:
            return
        reading = self._origin.reading
        theirs = [self._origin.rows[row] for row in fresh]
        reading._finish(sorted(set(theirs)))
        longest = max(len(reading._contexts[row]) for row in theirs)
        self._cache.reserve(max(map(len, self._contexts)))  # once, not by growth, which copies
        self._cache.adopt(reading._cache, fresh, theirs, longest)
        for row, their in zip(fresh, theirs, strict=True):
            self._read[row] = list(reading._contexts[their])

    def _finish(self, rows: Sequence[int]) -> None:
        """Read these contexts to their end, as far as that is still to do."""
        unread = [
            row
            for row in rows
            if _shared(self._read[row], self._contexts[row]) < len(self._contexts[row])
        ]
        if unread:
            self.after(unread, [[]] * len(unread))


class _Origin:
    """The reading that another goes on from, and its row for each of the other's."""

    def __init__(self, reading: CausalReading, rows: tuple[int, ...]) -> None:
        self.reading = reading
        self.rows = rows


def _shared(read: list[int], wanted: list[int]) -> int:
    """How many tokens from the first on are the same."""
    if read == wanted[: len(read)]:
        return len(read)
    pairs = zip(read, wanted, strict=False)
    return next(
        (at for at, (old, new) in enumerate(pairs) if old != new), min(len(read), len(wanted))
    )
