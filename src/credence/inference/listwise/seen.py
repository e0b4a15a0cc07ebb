"""What any listwise network is shown of a list: all that can be worked out before it learns.

The same for all networks, so several that read one list share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from credence.inference.listwise.lists import Lists
from credence.inference.listwise.under import Spoken, Under, ages, at_once
from credence.inference.listwise.vectors import beside, is_any, length

OF_PAIR, OF_CHUNK = 17, 6
ORDER_OF_PAIR = (3, 4, 5, 6)  # which of those say in what order others chose
_CONSTANT = ("gone", "share", "candidates", "events", "pairs", "chunks")


class Seen(NamedTuple):
    """K cases of N candidates, E events and C chunks, as networks read them.

    What no variant changes is here, once; `parts` has the rest. That is kept where all variants
    are few enough to be worked out together, and is made anew for every reader where they are not.
    """

    lists: Lists
    gone: Tensor  # (K, 1, N), minus infinity for what only pads a list, else 0
    share: Tensor  # (K, 1, N, 1), of a candidate in a mean over the list
    candidates: Tensor  # (K, N, D), unit, from the centre
    events: Tensor  # (K, E, D), the same
    pairs: Tensor  # (K, E, N, OF_PAIR), of each event beside each candidate
    chunks: Tensor  # (K, C, N, OF_CHUNK), of each chunk beside each candidate
    spoken: Spoken
    whole: Under | None  # under all variants

    @classmethod
    def of(cls, lists: Lists) -> Seen:
        """Work it out, on the lists' device."""
        present = lists.present.to(lists.signals.dtype)[:, None]  # (K, 1, N)
        share = (present / present.sum(-1, keepdim=True).clamp_min(1))[..., None]
        n, e = lists.candidates_a_case, lists.events.shape[1]
        placed = torch.cat([lists.candidates, lists.events], 1) - lists.centre[:, None]
        candidates, events = (placed / length(placed)).split_with_sizes([n, e], 1)
        events = events * is_any(lists.events)
        like = _likenesses(lists, candidates, events)
        spoken = Spoken(
            voices=like.voices,
            wrote=is_any(lists.voices).transpose(1, 2),
            wording=like.wording,
            instruction=like.instruction,
        )
        together = lists.variants <= at_once(lists)
        return cls(
            lists=lists,
            gone=present.log(),
            share=share,
            candidates=candidates,
            events=events,
            pairs=_of_pairs(lists, like, ages(lists), share),
            chunks=_of_chunks(lists, like),
            spoken=spoken,
            whole=Under.of(lists, spoken, share) if together else None,
        )

    def parts(self) -> Iterator[Under]:
        """All variants in their order, as many at a time as are worked out together."""
        if self.whole is not None:
            yield self.whole
            return
        step = at_once(self.lists)
        for first in range(0, self.lists.variants, step):
            yield Under.of(self.lists.between(first, first + step), self.spoken, self.share)

    def chosen(self, cases: Sequence[int], variants: Sequence[int]) -> Seen:
        """These cases under these variants only."""
        lists, spoken, whole = self.lists.chosen(cases, variants), self.spoken, self.whole
        constant = {name: getattr(self, name) for name in _CONSTANT}
        if list(cases) != list(range(self.lists.cases)):
            rows = torch.tensor(cases)
            constant = {name: value[rows] for name, value in constant.items()}
            spoken = Spoken(*(value[rows] for value in spoken))
            whole = whole and Under(*(value[rows] for value in whole))
        if list(variants) != list(range(self.lists.variants)):
            columns = torch.tensor(variants)
            whole = whole and Under(*(value[:, columns] for value in whole))
        return Seen(lists=lists, spoken=spoken, whole=whole, **constant)


class _Likenesses(NamedTuple):
    """Products of two vectors, each three times as large as it is; no variant changes them."""

    events: Tensor  # (K, E, 3 N), of the events' items to words, unit words and candidates
    event_words: Tensor  # (K, E, 3 N), the same of what is written of them
    event_wording: Tensor  # (K, E, 1), of that to the wording
    voices: Tensor  # (K, E, 3 N), of what the person wrote
    wording: Tensor  # (K, 1, 3 N)
    instruction: Tensor  # (K, 1, 3 N)
    chunks: Tensor  # (K, C, 4 N), also to the candidates not from the centre


def _likenesses(lists: Lists, candidates: Tensor, events: Tensor) -> _Likenesses:
    """All in one product, of which a half is not used: many small ones take longer."""
    n, e, c = lists.candidates_a_case, events.shape[1], lists.chunks.shape[1]
    words, wording = lists.words, lists.wording[:, None]
    to = torch.cat([words, words / length(words), candidates, lists.candidates, wording], 1)
    rows = [events, lists.event_words, lists.voices, lists.chunks, wording]
    rows.append(lists.instruction[:, None])
    found = torch.bmm(torch.cat(rows, 1), to.transpose(1, 2)) * 3  # (K, rows, 4 N + 1)
    told = found[..., : 3 * n].split_with_sizes([e, e, e, c, 1, 1], 1)
    return _Likenesses(
        events=told[0],
        event_words=told[1],
        event_wording=found[:, e : 2 * e, 4 * n :],
        voices=told[2],
        wording=told[4],
        instruction=told[5],
        chunks=found[:, 3 * e : 3 * e + c, : 4 * n],
    )


def _of_pairs(lists: Lists, like: _Likenesses, age: Tensor, share: Tensor) -> Tensor:
    """Each event beside each candidate (K, E, N, OF_PAIR)."""
    company, went_on, soon = lists.company * 10, lists.followed * 20, lists.followed_soon * 40
    age = age[:, None]
    item_to_words, _, item_to_candidates = like.events.chunk(3, -1)
    words_to_words, _, words_to_candidates = like.event_words.chunk(3, -1)
    return beside(
        company,
        lists.company.clamp_min(1e-3).log() / 3 + 1.5,
        company - torch.bmm(company, share[:, 0]),
        went_on,
        went_on - torch.bmm(went_on, share[:, 0]),
        soon,
        soon - torch.bmm(soon, share[:, 0]),
        item_to_candidates,
        words_to_words,
        words_to_candidates,
        item_to_words,
        torch.bmm(lists.events, lists.instruction[..., None]),
        like.event_wording,
        lists.attitudes[..., None],
        age / 15,
        (-age).exp(),
        lists.asked[:, None, None],
    )


def _of_chunks(lists: Lists, like: _Likenesses) -> Tensor:
    """Each chunk beside each candidate (K, C, N, OF_CHUNK)."""
    to_words, _, _, to_candidates = like.chunks.chunk(4, -1)
    return beside(
        to_candidates,
        to_words,
        torch.bmm(lists.chunks, lists.instruction[..., None]),
        lists.strengths[..., None],
        lists.confidences[..., None],
        lists.asked[:, None, None],
    )
