"""Small routed models, made on the spot, and an application that ranks by one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import httpx
import torch
from torch import nn

from credence.app.bootstrap import Application
from credence.app.main import create_app_around
from credence.app.routed_ranker import RoutedRanker
from credence.inference.listwise.bundle import Bundle, Edition
from credence.inference.listwise.network import Network, Shape
from credence.inference.listwise.ranking import RoutedLists
from credence.inference.listwise.router import ListRouter
from credence.inference.routing.blend import TopKRouter
from credence.planner.counter import Counter
from credence.planner.ranking.semantic import SemanticRanker
from tests.fakes import OneForAll

M = TypeVar("M", bound=nn.Module)
SMALL = Shape(rank=2, pair=4, chunk=2, width=8, hidden=4, dropout=0.0)


def a_bundle(*, steered: bool = False, lost: bool = False) -> Bundle:
    """Two experts and a router, all random; `lost` ones have weights that are no numbers."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        networks = [_random(Network(SMALL)) for _ in range(4)]
        router = _random(ListRouter(networks[2], experts=2))
        alpha = TopKRouter()
    if lost:
        nn.init.constant_(networks[2].out.bias, torch.nan)
    return Bundle(
        edition=Edition(number="test"),
        experts={"generalist": networks[0], "books": networks[1]},
        router=router,
        homes=(),
        reward=networks[3] if steered else None,
        alpha=alpha if steered else None,
    )


def routed_counter(application: Application, bundle: Bundle) -> Counter:
    """The application's own, ranking by this bundle."""
    ranker = RoutedRanker(RoutedLists(bundle))
    return replace(application.counter, rankers=OneForAll(ranker))


def semantic_counter(application: Application) -> Counter:
    """The application's own, ranking by the semantic ranker, which does not route."""
    return replace(application.counter, rankers=OneForAll(SemanticRanker()))


@asynccontextmanager
async def client_of(application: Application, counter: Counter) -> AsyncIterator[httpx.AsyncClient]:
    """A client of this application with another counter."""
    transport = httpx.ASGITransport(create_app_around(replace(application, counter=counter)))
    async with httpx.AsyncClient(transport=transport, base_url="http://credence") as made:
        yield made


def _random(module: M) -> M:
    """Weights away from where training starts, at which every candidate is the same."""
    for weights in module.parameters():
        nn.init.normal_(weights, std=0.3)
    return module.eval().requires_grad_(requires_grad=False)
