"""One small listwise model: pairs of pieces and candidates, pooled, then compared over the list.

It sees no ids. Most of what it reads are likenesses, counts and agreements, which mean the same in
any catalogue; a model of `rank` > 0 also projects vectors, and so comes to know the catalogues it
was trained on. Its score is a linear one, that of the semantic ranker when training begins, and a
correction learnt beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from credence.inference.listwise.lists import Lists

SIGNALS = 12
# Typical spreads in a list, so that every input is of about unit size.
SPREADS = (0.06, 0.04, 0.04, 0.03, 0.03, 0.03, 0.03, 0.04, 0.03, 0.03, 0.5, 0.1)
_OF_PAIR, _OF_CHUNK = 13, 6
_OF_CANDIDATE = 2 * SIGNALS + 12
_POOLS = 3  # gates of events that only add up
_HOMING = 10.0  # a catalogue whose centre is this part of 1 away in cosine is e-fold less at home
_CLAMP = 8.0  # of the logarithm of an attention


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of a network; `rank` 0 projects no vectors."""

    dimension: int = 384
    rank: int = 0
    pair: int = 24
    chunk: int = 8
    width: int = 64
    hidden: int = 16
    homes: int = 0  # catalogues whose likeness to the one at hand is part of the hidden state
    dropout: float = 0.1


class Said(NamedTuple):
    """What a network says of K cases under V variants."""

    logits: Tensor  # (K, V, N), minus infinity where a list is padded
    hidden: Tensor  # (K, V, H + homes)


class Network(nn.Module):
    """Scores candidates of K cases under V variants."""

    spreads: Tensor  # (F,)
    homes: Tensor  # (homes, D), unit

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("spreads", torch.tensor(SPREADS))
        self.register_buffer("homes", torch.zeros(shape.homes, shape.dimension))
        self.linear = nn.Parameter(torch.zeros(2, SIGNALS))  # silent, asked; a unit of spread
        more_pairs, more = (2, 3) if shape.rank else (0, 0)
        if shape.rank:
            self.project = nn.ModuleDict(
                {
                    name: nn.Linear(shape.dimension, shape.rank, bias=False)
                    for name in ("instruction", "candidate", "event", "words")
                }
            )
        self.pair = nn.Sequential(
            nn.Linear(_OF_PAIR + more_pairs, shape.pair),
            nn.GELU(),
            nn.Linear(shape.pair, shape.pair + 1 + _POOLS),
        )
        self.chunk = nn.Sequential(
            nn.Linear(_OF_CHUNK, 2 * shape.chunk),
            nn.GELU(),
            nn.Linear(2 * shape.chunk, shape.chunk + 1),
        )
        inputs = _OF_CANDIDATE + more + 2 * shape.pair + _POOLS + 2 * shape.chunk
        self.body = nn.Sequential(
            nn.Linear(inputs, shape.width), nn.GELU(), nn.Dropout(shape.dropout)
        )
        self.mix = nn.Sequential(
            nn.Linear(3 * shape.width, shape.width), nn.GELU(), nn.Dropout(shape.dropout)
        )
        self.out = nn.Linear(shape.width, 1)
        self.state = nn.Linear(2 * shape.width, shape.hidden)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, lists: Lists, away: Tensor | None = None) -> Said:
        """Logits and the hidden state that a weights head reads.

        `away` (K, homes) names homes that are to be taken for unlike the catalogue at hand.
        """
        seen = _Seen.of(lists)
        candidate = self._candidates(lists, seen)  # (K, V, N, inputs)
        body = self.body(candidate)
        present = lists.present[:, None, :, None]
        mean, most = _mean(body, present), _most(body, present)
        mixed = self._compared(body, mean, most)
        asked = lists.asked.long()
        linear = torch.einsum("kvnf,kf->kvn", lists.signals / self.spreads, self.linear[asked])
        logits = linear + self.out(mixed).squeeze(-1)
        state = self.state(torch.cat([_mean(mixed, present), mean], dim=-1)).squeeze(2)
        return Said(
            logits.masked_fill(~lists.present[:, None], -torch.inf),
            torch.cat([torch.tanh(state), self._at_home(lists, away)], dim=-1),
        )

    def _compared(self, body: Tensor, mean: Tensor, most: Tensor) -> Tensor:
        """Each candidate (K, V, N, width) beside the list's mean and its largest values.

        What is the same for a whole list is multiplied once a list, not once a candidate.
        """
        first: Any = self.mix[0]
        own, of_mean, of_most = first.weight.chunk(3, dim=1)
        shared = mean @ of_mean.T + most @ of_most.T + first.bias
        rest: Any = self.mix[1:]
        mixed: Tensor = rest(body @ own.T + shared)  # (K, V, N, width)
        return mixed

    def _at_home(self, lists: Lists, away: Tensor | None) -> Tensor:
        """How far the catalogue at hand is each home (K, V, homes): 1 at its own, 0 far away."""
        gap = functional.normalize(lists.centre, dim=-1) @ self.homes.T - 1
        near = (gap * _HOMING).exp()
        if away is not None:
            near = near.masked_fill(away, 0.0)
        return near[:, None].expand(-1, lists.variants, -1)

    def _candidates(self, lists: Lists, seen: _Seen) -> Tensor:
        """All that is known of each candidate under each variant (K, V, N, inputs)."""
        signals = lists.signals / self.spreads
        mean = _mean(signals, lists.present[:, None, :, None])
        gap = (signals - mean) * lists.present[:, None, :, None]
        spread = _mean(gap**2, lists.present[:, None, :, None]).sqrt()
        own = [signals / 3, gap / (spread + 0.3), self._said(lists, seen)]
        if self.shape.rank:
            own.append(self._projected(lists, seen))
        pairs = self._pairs(lists, seen)  # (K, E, N, pair + 1 + pools)
        return torch.cat([*own, *self._of_events(lists, pairs), *self._of_chunks(lists, seen)], -1)

    def _said(self, lists: Lists, seen: _Seen) -> Tensor:
        """The instruction and the person's own voice against what others say (K, V, N, 12).

        What a person always writes is no part of what they ask for: their voice, the mean over the
        events kept, is taken out of the wording.
        """
        kept = lists.keep_events.to(lists.signals.dtype)  # (K, V, E)
        spoke = kept * seen.spoke[:, None]
        share = spoke / spoke.sum(-1, keepdim=True).clamp_min(1.0)
        voice = [share @ one for one in seen.voice_to]  # three of (K, V, N)
        asked = lists.asked[:, None, None]
        clean = [
            a[:, None] - asked * v for a, v in zip(seen.wording_to, voice, strict=True)
        ]  # wording less voice, to words, unit words and texts
        shape = clean[0].shape
        relative = torch.stack(
            [
                (seen.wording_to[0][:, None] * 3).expand(shape),
                clean[0] * 3,
                clean[1] * 2,
                (seen.asked_to[0][:, None] * 3).expand(shape),
                clean[2] * 3,
                (seen.asked_to[1][:, None] * 3).expand(shape),
            ],
            dim=-1,
        )
        relative = relative - _mean(relative, lists.present[:, None, :, None])
        events = (kept.sum(-1, keepdim=True) / 15).expand(shape)
        plain = torch.stack(
            [
                voice[0] * 3,
                voice[2] * 3,
                (lists.people.log1p() / 3)[:, None].expand(shape),
                lists.liking[:, None].expand(shape),
                asked.expand(shape),
                events,
            ],
            dim=-1,
        )
        return torch.cat([relative, plain], dim=-1)

    def _projected(self, lists: Lists, seen: _Seen) -> Tensor:
        """Learnt likenesses (K, V, N, 3) of instruction, item and what is said of it."""
        asked = self.project["instruction"](lists.instruction)[:, None]
        item, words = self.project["candidate"](seen.candidates), self.project["words"](lists.words)
        found = torch.stack(
            [(item * asked).sum(-1), (words * asked).sum(-1), (words * item).sum(-1)]
        )
        return found.permute(1, 2, 0)[:, None].expand(-1, lists.variants, -1, -1)

    def _pairs(self, lists: Lists, seen: _Seen) -> Tensor:
        """Each event beside each candidate (K, E, N, pair + 1 + pools)."""
        company = lists.company
        shape = company.shape
        n = lists.present.sum(-1)[:, None, None].clamp_min(1)
        mean = (company * lists.present[:, None]).sum(-1, keepdim=True) / n
        newest = torch.arange(shape[1], dtype=company.dtype, device=company.device)
        newest = newest[None, :, None]
        read = [
            company * 10,
            company.clamp_min(1e-3).log() / 3 + 1.5,
            (company - mean) * 10,
            seen.event_to[0] * 3,
            seen.event_to[1] * 3,
            seen.event_to[2] * 3,
            seen.event_to[3] * 3,
            seen.event_asked[0][..., None].expand(shape),
            seen.event_asked[1][..., None].expand(shape) * 3,
            lists.attitudes[..., None].expand(shape),
            (newest / 15).expand(shape),
            (-newest).exp().expand(shape),
            lists.asked[:, None, None].expand(shape),
        ]
        if self.shape.rank:
            item = self.project["candidate"](seen.candidates)
            read.append(self.project["event"](seen.events) @ item.transpose(1, 2))
            said = self.project["words"](lists.words)
            read.append(self.project["words"](lists.event_words) @ said.transpose(1, 2))
        pairs: Tensor = self.pair(torch.stack(read, dim=-1))
        return pairs

    def _of_events(self, lists: Lists, pairs: Tensor) -> tuple[Tensor, ...]:
        """Pairs pooled over the events kept: by attention, by recency, and plain sums."""
        kept = lists.keep_events.to(pairs.dtype)  # (K, V, E)
        size = self.shape.pair
        value, pull, pools = pairs[..., :size], pairs[..., size], pairs[..., size + 1 :]
        pull = pull.clamp(-_CLAMP, _CLAMP).exp()  # (K, E, N)
        mass = torch.einsum("kve,ken->kvn", kept, pull)[..., None]
        pulled = torch.einsum("kve,kenh->kvnh", kept, pull[..., None] * value) / (mass + 0.5)
        newest = torch.arange(kept.shape[-1], dtype=pairs.dtype, device=pairs.device)
        fresh = (-newest / 5).exp()
        recent = torch.einsum("kve,kenh->kvnh", kept * fresh, value) / 3
        return pulled, recent, torch.einsum("kve,kenh->kvnh", kept, pools) / 8

    def _of_chunks(self, lists: Lists, seen: _Seen) -> tuple[Tensor, Tensor]:
        """The same of chunks: a mean with doubt, and by attention."""
        shape = seen.chunk_to[0].shape  # (K, C, N)
        read = torch.stack(
            [
                seen.chunk_to[0] * 3,
                seen.chunk_to[1] * 3,
                seen.chunk_asked[..., None].expand(shape),
                lists.strengths[..., None].expand(shape),
                lists.confidences[..., None].expand(shape),
                lists.asked[:, None, None].expand(shape),
            ],
            dim=-1,
        )
        chunks = self.chunk(read)
        kept = lists.keep_chunks.to(chunks.dtype)
        value, pull = chunks[..., :-1], chunks[..., -1].clamp(-_CLAMP, _CLAMP).exp()
        mean = torch.einsum("kvc,kcnh->kvnh", kept, value)
        mean = mean / (4 + kept.sum(-1))[..., None, None]
        mass = torch.einsum("kvc,kcn->kvn", kept, pull)[..., None]
        pulled = torch.einsum("kvc,kcnh->kvnh", kept, pull[..., None] * value) / (1 + mass)
        return mean, pulled


class _Seen(NamedTuple):
    """Likenesses of K cases that no variant changes; every one is a product of two vectors."""

    candidates: Tensor  # (K, N, D), unit, from the centre
    events: Tensor  # (K, E, D), the same
    spoke: Tensor  # (K, E), 1 where the person wrote something
    voice_to: tuple[Tensor, Tensor, Tensor]  # (K, E, N): words, unit words, texts
    wording_to: tuple[Tensor, Tensor, Tensor]  # (K, N): the same
    asked_to: tuple[Tensor, Tensor]  # (K, N): the instruction to unit words and texts
    event_to: tuple[Tensor, Tensor, Tensor, Tensor]  # (K, E, N)
    event_asked: tuple[Tensor, Tensor]  # (K, E)
    chunk_to: tuple[Tensor, Tensor]  # (K, C, N)
    chunk_asked: Tensor  # (K, C)

    @classmethod
    def of(cls, lists: Lists) -> _Seen:
        centre = lists.centre[:, None]
        candidates = functional.normalize(lists.candidates - centre, dim=-1)
        was_event = (lists.events != 0).any(-1, keepdim=True)
        events = functional.normalize(lists.events - centre, dim=-1) * was_event
        unit_words = functional.normalize(lists.words, dim=-1)
        to = (lists.words, unit_words, candidates)
        across = tuple(one.transpose(1, 2) for one in to)  # (K, D, N)
        return cls(
            candidates=candidates,
            events=events,
            spoke=(lists.voices != 0).any(-1).to(lists.signals.dtype),
            voice_to=(
                lists.voices @ across[0],
                lists.voices @ across[1],
                lists.voices @ across[2],
            ),
            wording_to=(
                _dot(to[0], lists.wording),
                _dot(to[1], lists.wording),
                _dot(to[2], lists.wording),
            ),
            asked_to=(_dot(unit_words, lists.instruction), _dot(candidates, lists.instruction)),
            event_to=(
                events @ across[2],
                lists.event_words @ across[0],
                lists.event_words @ across[2],
                events @ across[0],
            ),
            event_asked=(
                _dot(lists.events, lists.instruction),
                _dot(lists.event_words, lists.wording),
            ),
            chunk_to=(lists.chunks @ lists.candidates.transpose(1, 2), lists.chunks @ across[0]),
            chunk_asked=_dot(lists.chunks, lists.instruction),
        )


def _dot(rows: Tensor, vector: Tensor) -> Tensor:
    """Rows (K, n, D) by a vector a case (K, D): (K, n)."""
    return (rows @ vector[..., None]).squeeze(-1)


def _mean(values: Tensor, present: Tensor) -> Tensor:
    """Mean over candidates (K, V, 1, x) of (K, V, N, x), padding left out."""
    return (values * present).sum(2, keepdim=True) / present.sum(2, keepdim=True).clamp_min(1)


def _most(values: Tensor, present: Tensor) -> Tensor:
    """Largest over candidates (K, V, 1, x)."""
    return values.masked_fill(~present, -torch.inf).amax(2, keepdim=True)
