"""Trains a sequence model on people's sequences, and stops when held-out steps get no likelier."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from credence.inference.parallel import serially
from credence.inference.sequential.model import NextItem
from credence.inference.sequential.network import SequenceNetwork, Shape
from credence.inference.sequential.settings import Settings
from credence.inference.sequential.windows import NOTHING, padded, windows


def train(
    sequences: Sequence[Sequence[int]],
    held_out: Sequence[Sequence[int]],
    *,
    items: int,
    seed: int,
    settings: Settings | None = None,
) -> NextItem:
    """A model of what comes next, the same for the same sequences and seed.

    Items are numbered from 0 to `items` less 1. The last item of each of the `held_out` says when
    to stop and is not learnt; the rest of them must be among `sequences` for it to be. Computes in
    this thread alone, so that sums have one order.
    """
    settings = settings or Settings()
    runs = [run for one in sequences for run in windows(one, settings.longest)]
    asked = [one[-settings.longest - 1 :] for one in held_out if len(one) > 1]
    with serially(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = SequenceNetwork(
            Shape(
                items=items,
                longest=settings.longest,
                width=settings.width,
                blocks=settings.blocks,
                heads=settings.heads,
                dropout=settings.dropout,
            )
        )
        if runs:
            _fit(network, runs, asked, settings)
    return NextItem(network.eval())


def _fit(
    network: SequenceNetwork,
    runs: Sequence[Sequence[int]],
    asked: Sequence[Sequence[int]],
    settings: Settings,
) -> None:
    """Train in place and keep the weights of the epoch with the best held-out loss."""
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=settings.rate, weight_decay=settings.decay
    )
    best, kept, since = math.inf, copy.deepcopy(network.state_dict()), 0
    for _ in range(settings.epochs):
        network.train()
        for seen, came in _batches(runs, settings.batch):
            optimizer.zero_grad()
            _loss(network, seen, came, negatives=settings.negatives).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        loss = _held_out_loss(network, asked, settings.batch)
        since += 1
        if loss < best or not asked:
            best, kept, since = loss, copy.deepcopy(network.state_dict()), 0
        if since == settings.patience:
            break
    network.load_state_dict(kept)


def _batches(runs: Sequence[Sequence[int]], size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Every run once, in random batches of runs about as long as each other."""
    mixed = torch.randperm(len(runs)).tolist()
    order = sorted(mixed, key=lambda index: len(runs[index]))
    starts = range(0, len(order), size)
    for number in torch.randperm(len(starts)).tolist():
        start = starts[number]
        yield padded([runs[index] for index in order[start : start + size]])


def _loss(network: SequenceNetwork, seen: Tensor, came: Tensor, *, negatives: int) -> Tensor:
    """Cross-entropy of what came next among itself and items drawn evenly."""
    there = came != NOTHING
    called, came = network(seen)[there], came[there]  # (S, D), (S,)
    drawn = torch.randint(network.shape.items, (negatives,))  # (K,)
    right = (called * network.items(came)).sum(dim=1, keepdim=True)  # (S, 1)
    wrong = called @ network.items(drawn).T  # (S, K)
    wrong = wrong.masked_fill(drawn == came[:, None], -math.inf)
    logits = torch.cat([right, wrong], dim=1)
    return functional.cross_entropy(logits, torch.zeros_like(came))


@torch.no_grad()
def _held_out_loss(network: SequenceNetwork, asked: Sequence[Sequence[int]], batch: int) -> float:
    """Mean cross-entropy of the last items among all items."""
    network.eval()
    total = 0.0
    for start in range(0, len(asked), batch):
        runs = asked[start : start + batch]
        seen, _ = padded(runs)
        ends = torch.tensor([len(run) - 2 for run in runs])
        called = network(seen)[torch.arange(len(runs)), ends]  # (B, D)
        last = torch.tensor([run[-1] for run in runs])
        loss = functional.cross_entropy(called @ network.items.weight.T, last, reduction="sum")
        total += loss.item()
    return total / max(len(asked), 1)
