"""Lists with everything in them, and toy catalogues whose rule is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from credence.app.listing import list_case
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.corpus import Corpus, CorpusBuilder
from credence.inference.listwise.lists import Lists
from credence.inference.listwise.network import Network, Shape
from credence.inference.listwise.under import SIGNALS
from credence.planner.ranking.case import RankingCase
from tests.unit.planner.ranking.cases import SIZE, a_case, units

PEOPLE, LIKING = 10, 11  # columns of the signals that say how others like a candidate


def a_told_case(
    *, candidates: int = 6, chunks: int = 4, events: int = 3, asked: bool = True, seed: int = 0
) -> RankingCase:
    """A random case in which nothing is missing, but for the instruction if so asked."""
    rng = np.random.default_rng(1_000 + seed)
    case = a_case(
        candidates=candidates, chunks=chunks, events=events, asked=asked, heard=True, seed=seed
    )
    assert case.others is not None
    return replace(
        case,
        centre=rng.normal(size=SIZE).astype(np.float32) * np.float32(0.1),
        wording=units(rng, 1)[0] if asked else None,
        voices=units(rng, events),
        others=replace(case.others, usual=units(rng, 1)[0] * np.float32(0.3)),
    )


def a_full_list(
    *,
    candidates: int = 6,
    chunks: int = 4,
    events: int = 3,
    variants: int = 1,
    asked: bool = True,
    seed: int = 0,
) -> ListCase:
    """A list of such a case; variants after the first leave pieces out as they come."""
    case = a_told_case(candidates=candidates, chunks=chunks, events=events, asked=asked, seed=seed)
    keep = np.random.default_rng(seed).random((variants, case.pieces)) < 0.6
    keep[0] = True
    keep[:, -1] = True
    return list_case(case, keep)


def a_stirred_network(seed: int = 0, *, rank: int = 2, homes: int = 0) -> Network:
    """A network whose every part has a say."""
    torch.manual_seed(seed)
    network = Network(
        Shape(dimension=SIZE, rank=rank, pair=6, chunk=4, width=12, hidden=5, homes=homes)
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
        network.homes.copy_(torch.nn.functional.normalize(torch.randn(homes, SIZE), dim=-1))
    return network.eval()


def permuted(case: ListCase, order: NDArray[np.int_]) -> ListCase:
    """The same list with its candidates in another order."""
    return replace(
        case,
        signals=case.signals[:, order],
        company=case.company[:, order],
        followed=case.followed[:, order],
        followed_soon=case.followed_soon[:, order],
        candidates=case.candidates[order],
        words=case.words[order],
        people=case.people[order],
        liking=case.liking[order],
    )


def close(one: Tensor, other: Tensor, *, within: float = 2e-5) -> bool:
    """Whether what a network says is the same but for rounding; infinities must agree."""
    return torch.allclose(one, other, rtol=0, atol=within)


def same(one: Lists, other: Lists, *, within: float) -> bool:
    """Whether two batches are equal, number by number."""
    return all(
        a.shape == b.shape and torch.allclose(a.float(), b.float(), rtol=0, atol=within)
        for a, b in zip(one, other, strict=True)
    )


def direction(axis: int) -> NDArray[np.float32]:
    """A unit vector (SIZE,) along an axis."""
    row = np.zeros(SIZE, dtype=np.float32)
    row[axis] = 1
    return row


def a_catalogue(count: int, *, centre: NDArray[np.float32], sign: float, seed: int) -> Corpus:
    """Lists of five of which people take what is popular and well liked (sign 1), or ill (-1)."""
    rng = np.random.default_rng(seed)
    builder = CorpusBuilder()
    for number in range(count):
        case = a_full_list(candidates=5, chunks=1, events=2, seed=seed * 100_000 + number % 40)
        popular, liking = rng.uniform(-1, 1, (2, 5))
        signals = np.zeros((1, 5, SIGNALS))
        signals[0, :, PEOPLE], signals[0, :, LIKING] = 0.5 * popular, 0.1 * liking
        case = replace(case, liking=liking, signals=signals, centre=centre)
        builder.add(case, int(np.argmax(popular + sign * liking)))
    return builder.build()


def everything_of(corpus: Corpus) -> Lists:
    """All lists of a corpus."""
    return corpus.lists(torch.arange(len(corpus)))


def hits(logits: Tensor, corpus: Corpus) -> float:
    """Share of lists (L, N) whose chosen candidate comes first."""
    return float((logits.argmax(-1) == corpus.chosen).float().mean())
