"""One small listwise model: pairs of pieces and candidates, pooled, then compared over the list.

It sees no ids. Most of what it reads are likenesses, counts and agreements, which mean the same in
any catalogue; a model of `rank` > 0 also projects vectors, and so comes to know the catalogues it
was trained on. Its score is a linear one, that of the semantic ranker when training begins, and a
correction learnt beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from credence.inference.listwise.lists import Lists
from credence.inference.listwise.pieces import POOLS, Pieces, some_at_a_time
from credence.inference.listwise.seen import OF_CHUNK, OF_PAIR, ORDER_OF_PAIR, Seen
from credence.inference.listwise.under import (
    OF_CANDIDATE,
    ORDER_OF_CANDIDATE,
    SIGNALS,
    SPREADS,
    Under,
    at_once,
)
from credence.inference.listwise.vectors import length

__all__ = ["SIGNALS", "SPREADS", "Network", "Said", "Shape"]

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
            nn.Linear(shape.pair, shape.pair + 1 + POOLS),
        )
        self.chunk = nn.Sequential(
            nn.Linear(OF_CHUNK, 2 * shape.chunk),
            nn.GELU(),
            nn.Linear(2 * shape.chunk, shape.chunk + 1),
        )
        inputs = OF_CANDIDATE + more + 2 * shape.pair + POOLS + 2 * shape.chunk
        self.body = nn.Sequential(
            nn.Linear(inputs, shape.width), nn.GELU(), nn.Dropout(shape.dropout)
        )
        self.mix = nn.Sequential(
            nn.Linear(3 * shape.width, shape.width), nn.GELU(), nn.Dropout(shape.dropout)
        )
        self.out = nn.Linear(shape.width, 1)
        self.state = nn.Linear(2 * shape.width, shape.hidden)
        # Who learns from lists without order alone is to make nothing of it where there is some.
        _hear_nothing(self.pair[0], ORDER_OF_PAIR)
        _hear_nothing(self.body[0], ORDER_OF_CANDIDATE)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, lists: Lists, away: Tensor | None = None) -> Said:
        """Logits and the hidden state that a weights head reads.

        `away` (K, homes) names homes that are to be taken for unlike the catalogue at hand.
        """
        return self.of(Seen.of(lists), away)

    def of(self, seen: Seen, away: Tensor | None = None) -> Said:
        """The same of lists that other networks read as well.

        What no variant changes is worked out once, the rest for as many variants at a time as
        `Seen.parts` has.
        """
        pieces = self._pieces(seen)
        told = [self._under(seen, pieces, part) for part in seen.parts()]
        logits, hidden = (_joined(parts) for parts in zip(*told, strict=True))
        if self.shape.homes:
            hidden = torch.cat([hidden, self._at_home(seen, away)], -1)
        return Said(logits, hidden)

    def _under(self, seen: Seen, pieces: Pieces, part: Under) -> Said:
        """Of some variants, but for the homes."""
        body = self._bent(_linear(self.body[0], pieces.candidates(part)))
        mean = (body * seen.share).sum(2, keepdim=True)
        most = (body + seen.gone[..., None]).amax(2, keepdim=True)
        mixed = self._compared(body, mean, most)
        linear = part.linear @ self.linear.flatten()  # (K, V, N)
        logits = linear + _linear(self.out, mixed).squeeze(-1) + seen.gone
        of_mixed = (mixed * seen.share).sum(2)
        hidden = torch.tanh(_linear(self.state, torch.cat([of_mixed, mean.squeeze(2)], -1)))
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

    def _pieces(self, seen: Seen) -> Pieces:
        """What this network makes of events and chunks, which no variant changes."""
        alike, pairs = None, seen.pairs
        if self.shape.rank:
            alike, of_pairs = self._projected(seen)
            pairs = torch.cat([pairs, of_pairs], -1)
        some = at_once(seen.lists)
        events, lately = some_at_a_time(self._of_events, pairs, some)
        (chunks,) = some_at_a_time(self._of_chunks, seen.chunks, some)
        return Pieces(alike, events, lately, chunks)

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

    def _of_events(self, pairs: Tensor) -> tuple[Tensor, Tensor]:
        """What is pooled by attention and in plain sums, and what by recency: (K, e, N, ...)."""
        size = self.shape.pair
        value, pull, pools = _layers(self.pair, pairs).split_with_sizes([size, 1, POOLS], -1)
        pull = pull.clamp(-_CLAMP, _CLAMP).exp()  # (K, e, N, 1)
        return torch.cat([pull * value, pull, pools], -1), value.contiguous()

    def _of_chunks(self, chunks: Tensor) -> tuple[Tensor]:
        """What is pooled in a mean, and by attention (K, c, N, ...)."""
        value, pull = _layers(self.chunk, chunks).split_with_sizes([self.shape.chunk, 1], -1)
        pull = pull.clamp(-_CLAMP, _CLAMP).exp()
        return (torch.cat([value, pull * value, pull], -1),)


@torch.no_grad()
def _hear_nothing(layer: Any, inputs: Sequence[int]) -> None:
    """Let a layer begin with no weight on these inputs."""
    layer.weight[:, list(inputs)] = 0.0


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """Of variants that were worked out apart (K, ., ...)."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts), 1)


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
