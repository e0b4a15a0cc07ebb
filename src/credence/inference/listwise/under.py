"""What the variants of a list change of what networks are shown: worked out some at a time."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from credence.inference.listwise.lists import Lists
from credence.inference.listwise.vectors import beside

SIGNALS = 16
# Typical spreads in a list, so that every input is of about unit size.
SPREADS = (
    *(0.06, 0.04, 0.04, 0.03, 0.03, 0.03, 0.03, 0.04, 0.03, 0.03, 0.5, 0.1),
    *(0.02, 0.02, 0.01, 0.01),
)
OF_ORDER = (12, 13, 14, 15)  # signals that are 0 where nobody knows when others chose
OF_CANDIDATE = 2 * SIGNALS + 12
ORDER_OF_CANDIDATE = (*OF_ORDER, *(SIGNALS + at for at in OF_ORDER))  # which of those say so
POOLED = 8.0  # sums over events are as so many of an event
DOUBT = 4.0  # chunks are averaged with so many that say nothing
_AT_ONCE = {"cpu": 10_000, "cuda": 1_000_000}  # candidates times variants, or times pieces


class Spoken(NamedTuple):
    """Likenesses to words, unit words and candidates (.., 3 N); no variant changes them."""

    voices: Tensor  # (K, E, 3 N), of what the person wrote
    wrote: Tensor  # (K, 1, E), 1 where the person wrote anything, else 0
    wording: Tensor  # (K, 1, 3 N)
    instruction: Tensor  # (K, 1, 3 N)


class Under(NamedTuple):
    """K cases of N candidates under V of their variants."""

    linear: Tensor  # (K, V, N, 2 F), signals of unit spread: if silent, if asked, the other half 0
    own: Tensor  # (K, V, N, OF_CANDIDATE), of each candidate
    kept: Tensor  # (K, V, E), weights of events in a sum: 1 / POOLED of those kept
    recent: Tensor  # (K, V, E), the same by how new they are
    believed: Tensor  # (K, V, C), weights of the chunks kept in a mean with doubt
    doubt: Tensor  # (K, V, 1, 1), weight of a chunk in that mean

    @classmethod
    def of(cls, lists: Lists, spoken: Spoken, share: Tensor) -> Under:
        """Work it out for every variant of these lists."""
        kind = lists.signals.dtype
        kept, held = lists.keep_events.to(kind), lists.keep_chunks.to(kind)
        age = ages(lists)
        doubt = (held.sum(-1, keepdim=True) + DOUBT).reciprocal()  # (K, V, 1)
        signals = lists.signals / lists.signals.new_tensor(SPREADS)
        heard = signals * lists.asked[:, None, None, None]
        return cls(
            linear=torch.cat([signals - heard, heard], -1),
            own=_of_candidates(lists, spoken, signals, kept, share),
            kept=kept / POOLED,
            recent=kept * (age / -5).exp() / 3,
            believed=held * doubt,
            doubt=doubt[..., None],
        )


def at_once(lists: Lists) -> int:
    """How many variants, or pieces of the belief, are worked out together: 1 at least.

    That bounds what a list takes in memory. It costs no work: each candidate is looked at once
    under each variant and beside each piece, however they are cut.
    """
    most = _AT_ONCE.get(lists.signals.device.type, _AT_ONCE["cpu"])
    return max(1, most // max(1, lists.cases * lists.candidates_a_case))


def ages(lists: Lists) -> Tensor:
    """Of the events (E,), which come newest first."""
    signals = lists.signals
    return torch.arange(lists.events.shape[1], dtype=signals.dtype, device=signals.device)


def _of_candidates(
    lists: Lists, spoken: Spoken, signals: Tensor, kept: Tensor, share: Tensor
) -> Tensor:
    """Signals, instruction and the person's own voice against what others say.

    (K, V, N, OF_CANDIDATE). What a person always writes is no part of what they ask for: their
    voice, the mean over the events kept, is taken out of the wording.
    """
    asked = lists.asked[:, None, None]
    spoke = kept * spoken.wrote
    voice = torch.bmm(spoke / spoke.sum(-1, keepdim=True).clamp_min(1), spoken.voices)
    clean = torch.addcmul(spoken.wording, asked, voice, value=-1)  # wording less voice
    to_words, to_unit_words, to_candidates = clean.chunk(3, -1)
    voice_to_words, _, voice_to_candidates = voice.chunk(3, -1)
    _, asked_to_unit_words, asked_to_candidates = spoken.instruction.chunk(3, -1)
    read = beside(
        spoken.wording.chunk(3, -1)[0],
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
