"""The routed language model: tokens and rankings a second."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.labels import Question, Ranking, Windows, rank
from credence.inference.routing.policy import Decision, Policy, PolicyReading
from credence.inference.routing.routed import RoutedPolicy
from scripts.bench.figure import Figure
from scripts.bench.language_models import (
    EXPERTS,
    SIZES,
    Models,
    Size,
    bandwidth,
    made,
    plain_loop,
    weight_bytes,
)

_PROMPT = 64  # tokens before the decoded ones
_CANDIDATES = 20
_WORDS = 8  # tokens a candidate
_LISTS = 4  # of one person


def routing(*, quick: bool, device: str = "cpu", size: str = "tiny") -> list[Figure]:
    """Decoding against the plain loop and the floor; ranking against fresh prefills."""
    shape = SIZES[size]
    if quick:
        shape = replace(shape, tokens=shape.tokens // 2)
    models = made(shape, device)
    rounds = 2 if quick else 5
    name = f"{device}, {size}, {EXPERTS} experts"
    steady = replace(models, head=_favouring(models.head))
    return [
        *_decoding(models, shape, rounds, f"{name}, routes at random", None),
        *_decoding(steady, shape, rounds, f"{name}, one route", bandwidth(device)),
        _ranking(models, shape, rounds, name),
    ]


def _decoding(
    models: Models, shape: Size, rounds: int, name: str, read: float | None
) -> list[Figure]:
    prompt = _ids(shape, 0, _PROMPT)
    policy, how = _policy(models), Sampling(longest=shape.tokens)

    def ours() -> list[int]:
        return decode(policy.open([prompt]), how)[0].labels

    def plain() -> list[int]:
        return plain_loop(models, prompt, shape.tokens)

    mine, theirs = _turns(ours, plain, rounds)
    if models.router.dtype == torch.float32:
        assert ours() == plain(), "the engine and the plain loop decoded different tokens"
    speed = shape.tokens / mine
    figures = [
        Figure(
            f"decoding ({name}) / all models run", speed, shape.tokens / theirs, "tokens/s", ">= 3"
        )
    ]
    if read is not None:
        floor = read / weight_bytes(models.router, models.experts[0])
        figures.append(
            Figure(
                f"decoding ({name}) / floor of {read / 1e9:.0f} GB/s",
                speed,
                floor,
                "tokens/s",
                ">= 0.6 on a GPU",
            )
        )
    return figures


def _ranking(models: Models, shape: Size, rounds: int, name: str) -> Figure:
    policy, person = _policy(models), _ids(shape, 1, shape.person)

    def question(number: int) -> Question[Tokens]:
        def told(candidate: str) -> list[int]:
            return _ids(shape, 100 + 31 * number + int(candidate), _WORDS)

        return Question(
            labels=range(_CANDIDATES),
            ask=lambda orders: [[word for one in order for word in told(one)] for order in orders],
        )

    def ranked(shared: PolicyReading[Tokens]) -> list[Ranking]:
        names = [str(at) for at in range(_CANDIDATES)]
        return [rank(shared, names, question(at), Windows()) for at in range(_LISTS)]

    def ours() -> list[Ranking]:
        return ranked(policy.open([person]))

    def fresh() -> list[Ranking]:
        return ranked(_Afresh(policy, person))

    mine, theirs = _turns(ours, fresh, rounds)
    if models.router.dtype == torch.float32:
        pairs = zip(ours(), fresh(), strict=True)
        assert all(list(one.scores) == list(other.scores) for one, other in pairs)
    shared = f"{shape.person} tokens of the person shared / read anew"
    what = f"ranking {_LISTS} lists of {_CANDIDATES} ({name}), {shared}"
    return Figure(what, _LISTS / mine, _LISTS / theirs, "rankings/s", "> 1")


@dataclass(frozen=True)
class _Afresh:
    """A prefix that is read again for everything that goes on from it."""

    policy: Policy[Tokens]
    prefix: list[int]
    rows: int = 1

    def after(self, rows: Sequence[int], decided: Sequence[Sequence[int]]) -> Decision:
        return self.policy.open([self.prefix]).after(rows, decided)

    def branch(self, rows: Sequence[int], further: Tokens) -> PolicyReading[Tokens]:
        return self.policy.open([[*self.prefix, *more] for more in further])


def _policy(models: Models) -> Policy[Tokens]:
    experts = [CausalModel(module) for module in models.experts]
    return RoutedPolicy(CausalModel(models.router), models.head, experts)


def _favouring(head: WeightsHead) -> WeightsHead:
    """A head that always chooses the first expert."""
    one = WeightsHead(head.linear.in_features, head.linear.out_features).to(
        head.linear.weight.device
    )
    torch.nn.init.zeros_(one.linear.weight)
    torch.nn.init.zeros_(one.linear.bias)
    return one


def _ids(shape: Size, seed: int, count: int) -> list[int]:
    made_up = torch.Generator().manual_seed(seed)
    ids: list[int] = torch.randint(shape.vocabulary, (count,), generator=made_up).tolist()
    return ids


def _turns(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int
) -> tuple[float, float]:
    """Median seconds of both, taking turns after one unmeasured round."""
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for run, seconds in zip((ours, theirs), taken, strict=True):
            start = time.perf_counter()
            run()
            if turn:
                seconds.append(time.perf_counter() - start)
    return statistics.median(taken[0]), statistics.median(taken[1])
