"""What any listwise network is shown of a list: all that can be worked out before it learns.

The same for all networks, so several that read one list share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from credence.inference.listwise.lists import Lists

SIGNALS = 12
# Typical spreads in a list, so that every input is of about unit size.
SPREADS = (0.06, 0.04, 0.04, 0.03, 0.03, 0.03, 0.03, 0.04, 0.03, 0.03, 0.5, 0.1)
OF_PAIR, OF_CHUNK = 13, 6
OF_CANDIDATE = 2 * SIGNALS + 12
POOLED = 8.0  # sums over events are as so many of an event
DOUBT = 4.0  # chunks are averaged with so many that say nothing
_OF_VARIANTS = ("linear", "own", "kept", "recent", "believed", "doubt")


class Seen(NamedTuple):
    """K cases of N candidates under V variants, E events and C chunks, as networks read them."""

    lists: Lists
    gone: Tensor  # (K, 1, N), minus infinity for what only pads a list, else 0
    share: Tensor  # (K, 1, N, 1), of a candidate in a mean over the list
    candidates: Tensor  # (K, N, D), unit, from the centre
    events: Tensor  # (K, E, D), the same
    linear: Tensor  # (K, V, N, 2 F), signals of unit spread: if silent, if asked, the other half 0
    own: Tensor  # (K, V, N, OF_CANDIDATE), of each candidate
    pairs: Tensor  # (K, E, N, OF_PAIR), of each event beside each candidate
    chunks: Tensor  # (K, C, N, OF_CHUNK), of each chunk beside each candidate
    kept: Tensor  # (K, V, E), weights of events in a sum: 1 / POOLED of those kept
    recent: Tensor  # (K, V, E), the same by how new they are
    believed: Tensor  # (K, V, C), weights of the chunks kept in a mean with doubt
    doubt: Tensor  # (K, V, 1, 1), weight of a chunk in that mean

    @classmethod
    def of(cls, lists: Lists) -> Seen:
        """Work it out, on the lists' device."""
        kind = lists.signals.dtype
        present = lists.present.to(kind)[:, None]  # (K, 1, N)
        share = (present / present.sum(-1, keepdim=True).clamp_min(1))[..., None]
        n, e = lists.candidates_a_case, lists.events.shape[1]
        placed = torch.cat([lists.candidates, lists.events], 1) - lists.centre[:, None]
        candidates, events = (placed / length(placed)).split_with_sizes([n, e], 1)
        events = events * _is_any(lists.events)
        age = torch.arange(e, dtype=kind, device=lists.signals.device)  # newest first
        kept, held = lists.keep_events.to(kind), lists.keep_chunks.to(kind)
        doubt = (held.sum(-1, keepdim=True) + DOUBT).reciprocal()  # (K, V, 1)
        like = _likenesses(lists, candidates, events)
        signals = lists.signals / lists.signals.new_tensor(SPREADS)
        asked = lists.asked[:, None, None, None]
        heard = signals * asked
        return cls(
            lists=lists,
            gone=present.log(),
            share=share,
            candidates=candidates,
            events=events,
            linear=torch.cat([signals - heard, heard], -1),
            own=_of_candidates(lists, like, signals, kept, share),
            pairs=_of_pairs(lists, like, age, share),
            chunks=_of_chunks(lists, like),
            kept=kept / POOLED,
            recent=kept * (age / -5).exp() / 3,
            believed=held * doubt,
            doubt=doubt[..., None],
        )

    def chosen(self, cases: Sequence[int], variants: Sequence[int]) -> Seen:
        """These cases under these variants only."""
        picked = self._asdict() | {"lists": self.lists.chosen(cases, variants)}
        if list(cases) != list(range(self.lists.cases)):
            rows = torch.tensor(cases)
            picked |= {name: picked[name][rows] for name in _OF_CASES}
        if list(variants) != list(range(self.lists.variants)):
            columns = torch.tensor(variants)
            picked |= {name: picked[name][:, columns] for name in _OF_VARIANTS}
        return Seen(**picked)


_OF_CASES = tuple(name for name in Seen._fields if name != "lists")


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


def _of_candidates(
    lists: Lists, like: _Likenesses, signals: Tensor, kept: Tensor, share: Tensor
) -> Tensor:
    """Signals, instruction and the person's own voice against what others say.

    (K, V, N, OF_CANDIDATE). What a person always writes is no part of what they ask for: their
    voice, the mean over the events kept, is taken out of the wording.
    """
    asked = lists.asked[:, None, None]
    spoke = kept * _is_any(lists.voices).transpose(1, 2)
    voice = torch.bmm(spoke / spoke.sum(-1, keepdim=True).clamp_min(1), like.voices)
    clean = torch.addcmul(like.wording, asked, voice, value=-1)  # wording less voice
    to_words, to_unit_words, to_candidates = clean.chunk(3, -1)
    voice_to_words, _, voice_to_candidates = voice.chunk(3, -1)
    _, asked_to_unit_words, asked_to_candidates = like.instruction.chunk(3, -1)
    read = _beside(
        like.wording.chunk(3, -1)[0],
        to_words,
        to_unit_words / 1.5,
        asked_to_unit_words,
        to_candidates,
        asked_to_candidates,
        voice_to_words,
        voice_to_candidates,
        lists.people[:, None].log1p() / 3,
        lists.liking[:, None],
        asked,
        kept.sum(-1, keepdim=True) / 15,
    )  # (K, V, N, 12), of which the first six are compared over the list
    compared = torch.cat([signals, read[..., :6]], -1)
    gap = compared - (compared * share).sum(2, keepdim=True)
    of_signals, relative = gap.split_with_sizes([SIGNALS, 6], -1)
    spread = (of_signals * of_signals * share).sum(2, keepdim=True).sqrt()
    return torch.cat([signals / 3, of_signals / (spread + 0.3), relative, read[..., 6:]], -1)


def _of_pairs(lists: Lists, like: _Likenesses, age: Tensor, share: Tensor) -> Tensor:
    """Each event beside each candidate (K, E, N, OF_PAIR)."""
    company = lists.company * 10
    age = age[:, None]
    item_to_words, _, item_to_candidates = like.events.chunk(3, -1)
    words_to_words, _, words_to_candidates = like.event_words.chunk(3, -1)
    return _beside(
        company,
        lists.company.clamp_min(1e-3).log() / 3 + 1.5,
        company - torch.bmm(company, share[:, 0]),
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
    return _beside(
        to_candidates,
        to_words,
        torch.bmm(lists.chunks, lists.instruction[..., None]),
        lists.strengths[..., None],
        lists.confidences[..., None],
        lists.asked[:, None, None],
    )


def _beside(*numbers: Tensor) -> Tensor:
    """These as the last axis, each as large as the largest."""
    alike = torch.broadcast_tensors(*numbers)  # type: ignore[no-untyped-call]
    return torch.stack(alike, -1)


def length(vectors: Tensor) -> Tensor:
    """Of vectors (..., D), to divide by (..., 1): of nothing, nothing comes."""
    found: Tensor = torch.linalg.vector_norm(vectors, dim=-1, keepdim=True)
    return found.clamp_min(1e-12)


def _is_any(vectors: Tensor) -> Tensor:
    """1 where a vector (..., D) says something, else 0 (..., 1)."""
    found: Tensor = torch.linalg.vector_norm(vectors, dim=-1, keepdim=True)
    return found.sign()
