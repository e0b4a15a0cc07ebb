"""Tiny routed models with random weights, and lists for them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from credence.app.listing import list_case
from credence.inference.listwise.bundle import Bundle, Edition
from credence.inference.listwise.case import ListCase
from credence.inference.listwise.network import Network, Shape
from credence.inference.listwise.router import ListRouter
from credence.inference.routing.blend import TopKRouter
from credence.planner.ranking.reasons import leave_one_out
from tests.unit.planner.ranking.cases import SIZE, a_case

HOMES = ("films", "books")


def a_bundle(*, steered: bool = False, version: str = "7", seed: int = 0) -> Bundle:
    """Three experts whose router chooses now this one, now that."""
    torch.manual_seed(seed)
    router = ListRouter(a_network(homes=len(HOMES)), 3)
    _stir(router.head, 2.0)
    alpha = TopKRouter(4)
    return Bundle(
        edition=Edition(number=version),
        experts={name: a_network() for name in ("generalist", *HOMES)},
        router=router.eval(),
        homes=HOMES,
        reward=a_network() if steered else None,
        alpha=alpha.eval() if steered else None,
    )


def a_network(*, homes: int = 0) -> Network:
    network = Network(
        Shape(dimension=SIZE, rank=2, pair=4, chunk=4, width=8, hidden=4, homes=homes)
    )
    _stir(network, 0.3)
    network.homes.normal_()
    return network.eval().requires_grad_(requires_grad=False)


def a_list(
    *, candidates: int = 6, chunks: int = 4, events: int = 3, explain: bool = False, seed: int = 0
) -> ListCase:
    """A random list under one variant, or under all that leave a piece of the belief out."""
    case = a_case(candidates=candidates, chunks=chunks, events=events, heard=True, seed=seed)
    keep = leave_one_out(chunks, events)[:-1]  # the last hears of nobody
    return list_case(case, keep if explain else keep[:1])


def some_lists(count: int, *, seed: int = 0) -> list[ListCase]:
    """Lists of all sizes."""
    rng = np.random.default_rng(seed)
    return [
        a_list(
            candidates=int(rng.integers(1, 30)),
            chunks=int(rng.integers(0, 4)),
            events=int(rng.integers(0, 4)),
            explain=bool(rng.integers(2)),
            seed=number,
        )
        for number in range(count)
    ]


def assert_near(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> None:
    """Log-probabilities equal to 1e-6 of the largest of them, which fp32 leaves no room below."""
    room = 1e-6 * max(1.0, float(np.abs(theirs).max()))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=room)


def _stir(part: torch.nn.Module, spread: float) -> None:
    """Random weights everywhere, also where training begins with none."""
    with torch.no_grad():
        for weight in part.parameters():
            weight.normal_(std=spread)
