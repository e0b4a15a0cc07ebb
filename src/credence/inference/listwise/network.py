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
from credence.inference.listwise.seen import (
    OF_CANDIDATE,
    OF_CHUNK,
    OF_PAIR,
    POOLED,
    SIGNALS,
    SPREADS,
    Seen,
    length,
)

__all__ = ["SIGNALS", "SPREADS", "Network", "Said", "Shape"]

_POOLS = 3  # gates of events that only add up
_HOMING = 100.0  # a catalogue whose centre is this part of 1 away in cosine is e-fold less at home
_LOUD = 5.0  # what the state says of a catalogue that is a home; a head soon learns what is loud
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

    spreads: Tensor  # (F,), those of the signals it was trained on
    homes: Tensor  # (homes, D), unit

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("spreads", torch.tensor(SPREADS))
        self.register_load_state_dict_post_hook(_same_spreads)  # type: ignore[no-untyped-call]
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
            nn.Linear(OF_PAIR + more_pairs, shape.pair),
            nn.GELU(),
            nn.Linear(shape.pair, shape.pair + 1 + _POOLS),
        )
        self.chunk = nn.Sequential(
            nn.Linear(OF_CHUNK, 2 * shape.chunk),
            nn.GELU(),
            nn.Linear(2 * shape.chunk, shape.chunk + 1),
        )
        inputs = OF_CANDIDATE + more + 2 * shape.pair + _POOLS + 2 * shape.chunk
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
        return self.of(Seen.of(lists), away)

    def of(self, seen: Seen, away: Tensor | None = None) -> Said:
        """The same of lists that other networks read as well."""
        body = self._bent(_linear(self.body[0], self._candidates(seen)))
        mean = (body * seen.share).sum(2, keepdim=True)
        most = (body + seen.gone[..., None]).amax(2, keepdim=True)
        mixed = self._compared(body, mean, most)
        linear = seen.linear @ self.linear.flatten()  # (K, V, N)
        logits = linear + _linear(self.out, mixed).squeeze(-1) + seen.gone
        of_mixed = (mixed * seen.share).sum(2)
        hidden = torch.tanh(_linear(self.state, torch.cat([of_mixed, mean.squeeze(2)], -1)))
        if self.shape.homes:
            hidden = torch.cat([hidden, self._at_home(seen, away)], -1)
        return Said(logits, hidden)

    def _compared(self, body: Tensor, mean: Tensor, most: Tensor) -> Tensor:
        """Each candidate (K, V, N, width) beside the list's mean and its largest values.

        What is the same for a whole list is multiplied once a list, not once a candidate.
        """
        first: Any = self.mix[0]
        width = self.shape.width
        own, of_list = first.weight.split_with_sizes([width, 2 * width], 1)
        shared = functional.linear(torch.cat([mean, most], -1), of_list, first.bias)
        return self._bent(functional.linear(body, own) + shared)

    def _bent(self, values: Tensor) -> Tensor:
        """What a layer of the width passes on."""
        values = _gelu(values)
        return functional.dropout(values, self.shape.dropout) if self.training else values

    def _at_home(self, seen: Seen, away: Tensor | None) -> Tensor:
        """How near the catalogue at hand is each home (K, V, homes): loud at its own, else 0."""
        centre = seen.lists.centre
        near = ((centre / length(centre) @ self.homes.T - 1) * _HOMING).exp() * _LOUD
        if away is not None:
            near = near.masked_fill(away, 0.0)
        return near[:, None].expand(-1, seen.lists.variants, -1)

    def _candidates(self, seen: Seen) -> Tensor:
        """All that is known of each candidate under each variant (K, V, N, inputs)."""
        own, pairs = [seen.own], seen.pairs
        if self.shape.rank:
            alike, of_pairs = self._projected(seen)
            own.append(alike[:, None].expand(-1, seen.lists.variants, -1, -1))
            pairs = torch.cat([pairs, of_pairs], -1)
        return torch.cat([*own, *self._of_events(seen, pairs), *self._of_chunks(seen)], -1)

    def _projected(self, seen: Seen) -> tuple[Tensor, Tensor]:
        """Learnt likenesses of instruction, item and what is said of it (K, N, 3), and of each
        event to each candidate, by the items and by what is said of them (K, E, N, 2)."""
        asked = self.project["instruction"](seen.lists.instruction)[:, None]
        item = self.project["candidate"](seen.candidates)
        words = self.project["words"](seen.lists.words)
        alike = [(item * asked).sum(-1), (words * asked).sum(-1), (words * item).sum(-1)]
        of_items = torch.bmm(self.project["event"](seen.events), item.transpose(1, 2))
        said = self.project["words"](seen.lists.event_words)
        return torch.stack(alike, -1), torch.stack(
            [of_items, torch.bmm(said, words.transpose(1, 2))], -1
        )

    def _of_events(self, seen: Seen, pairs: Tensor) -> tuple[Tensor, ...]:
        """Pairs pooled over the events kept: by attention, by recency, and plain sums.

        Each (K, V, N, ...); attention is also paid to half an event that says nothing.
        """
        size = self.shape.pair
        value, pull, pools = _layers(self.pair, pairs).split_with_sizes([size, 1, _POOLS], -1)
        pull = pull.clamp(-_CLAMP, _CLAMP).exp()  # (K, E, N, 1)
        drawn = _pooled(seen.kept, torch.cat([pull * value, pull, pools], -1))
        pulled, mass, sums = drawn.split_with_sizes([size, 1, _POOLS], -1)
        return pulled / (mass + 0.5 / POOLED), _pooled(seen.recent, value), sums

    def _of_chunks(self, seen: Seen) -> tuple[Tensor, Tensor]:
        """The same of chunks: a mean with doubt, and by attention."""
        size = self.shape.chunk
        value, pull = _layers(self.chunk, seen.chunks).split_with_sizes([size, 1], -1)
        pull = pull.clamp(-_CLAMP, _CLAMP).exp()
        drawn = _pooled(seen.believed, torch.cat([value, pull * value, pull], -1))
        mean, pulled, mass = drawn.split_with_sizes([size, size, 1], -1)
        return mean, pulled / (mass + seen.doubt)


def _pooled(weights: Tensor, values: Tensor) -> Tensor:
    """Sums (K, V, N, x) of values (K, n, N, x) by weights (K, V, n)."""
    return torch.bmm(weights, values.flatten(2)).view(*weights.shape[:2], *values.shape[2:])


def _layers(layers: nn.Sequential, inputs: Tensor) -> Tensor:
    """Two linear layers around a GELU."""
    first, _, last = layers
    return _linear(last, _gelu(_linear(first, inputs)))


def _gelu(values: Tensor) -> Tensor:
    """GELU of a transposed view: what lies in a row torch hands to oneDNN, whose setting up takes
    longer than all of a short list does without it."""
    return functional.gelu(values.mT).mT


def _linear(layer: Any, inputs: Tensor) -> Tensor:
    """The layer without the hooks of a module's call, which take as long as a small product."""
    return functional.linear(inputs, layer.weight, layer.bias)


def _same_spreads(network: Network, _: object) -> None:
    """Networks share what is read of lists, so none may have learnt on other units."""
    if network.spreads.tolist() != torch.tensor(SPREADS).tolist():
        raise RuntimeError(f"it was trained on signals of other spreads than {SPREADS}")
