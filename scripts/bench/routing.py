"""The routed language model: tokens and rankings a second."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import torch

from credence.inference.causal.forward import Tokens
from credence.inference.causal.model import CausalModel
from credence.inference.causal.recorders import RecorderOf, no_recorder, recorders_on
from credence.inference.causal.way import ByContexts, routed, shared_route, stacked_route
from credence.inference.routing.decode import Sampling, decode
from credence.inference.routing.fusion import WeightsHead
from credence.inference.routing.labels import Question, Ranking, Windows, rank
from credence.inference.routing.policy import Decision, Policy, PolicyReading
from credence.inference.routing.routed import RoutedPolicy
from scripts.bench.adapters import Adapted, adapted
from scripts.bench.figure import Figure
from scripts.bench.language_models import (
    EXPERTS,
    SIZES,
    Models,
    Size,
    as_served,
    bandwidth,
    made,
    plain_loop,
    weight_bytes,
)

_BATCH = 8  # rows
_PROMPT = 64  # tokens before the decoded ones
_CANDIDATES = 20
_WORDS = 8  # tokens a candidate
_LISTS = 4  # of one person


def routing(*, quick: bool, device: str = "cpu", size: str = "tiny") -> list[Figure]:
    """Decoding against the plain loop and the floor; ranking against fresh prefills."""
    shape = SIZES[size]
    if quick:
        shape = replace(shape, tokens=shape.tokens // 2)
    both = _Both.of(made(shape, device))
    rounds = 2 if quick else 5
    name = f"{device}, {size}, {EXPERTS} experts"
    steady = both.with_head(_favouring(both.plain.head))
    figures = [
        figure
        for rows in (1, _BATCH)
        for routes, route in (("routes at random", both), ("one route", steady))
        for figure in _decoding(route, shape, rounds, f"{name}, rows: {rows}, {routes}", rows)
    ]
    floors = _floors(steady, shape, rounds, f"{name}, rows: 1, one route")
    return [*figures, *floors, _ranking(both.served, shape, rounds, name)]


@dataclass(frozen=True)
class _Both:
    """The same models as the library has them, and as they are when they are served."""

    plain: Models
    served: Models

    @classmethod
    def of(cls, models: Models) -> Self:
        return cls(models, as_served(models))

    def with_head(self, head: WeightsHead) -> Self:
        return replace(
            self, plain=replace(self.plain, head=head), served=replace(self.served, head=head)
        )


def _decoding(models: _Both, shape: Size, rounds: int, name: str, rows: int) -> list[Figure]:
    """The ways to run a route, as they are when it is served: the chosen expert's passes recorded
    where models are light, the stack's run."""
    recorder_of = recorders_on(models.plain.device)
    ways, chosen = _ways(models, recorder_of, rows)
    marked = {way + ", as the rule has it" * (way == chosen): one for way, one in ways.items()}
    before = _warming(models.served, recorder_of)
    return _against_plain(marked, models.plain, shape, rounds, name, rows=rows, before=before)


def adapters(*, quick: bool, device: str = "cpu", size: str = "tiny") -> list[Figure]:
    """The same of experts that are adapters of the router; they are measured apart, as both take
    long."""
    shape = SIZES[size]
    if quick:
        shape = replace(shape, tokens=shape.tokens // 2)
    on_one_base = adapted(made(shape, device))
    return _on_one_base(
        on_one_base, shape, 2 if quick else 5, f"{device}, {size}, {EXPERTS} experts"
    )


def _on_one_base(adapters: Adapted, shape: Size, rounds: int, name: str) -> list[Figure]:
    """Experts that are adapters of the router: each chosen one alone, and in passes they share.

    The latter is how they are served; both are recorded where the rule has it. The plain loop runs
    them merged, as models of their own.
    """
    figures: list[Figure] = []
    recorder_of = recorders_on(adapters.merged.device)
    before = _warming(adapters.merged, recorder_of)
    heads = {
        "routes at random": adapters.merged.head,
        "one route": _favouring(adapters.merged.head),
    }
    for rows in (1, _BATCH):
        for routes, head in heads.items():
            policies: dict[str, Policy[Tokens]] = {
                "chosen alone": RoutedPolicy(*adapters.route(head, recorder_of)),
                "in shared passes": shared_route(*adapters.route(head, recorder_of)),
            }
            models = replace(adapters.merged, head=head)
            named = f"{name} that are adapters, rows: {rows}, {routes}"
            figures += _against_plain(
                policies, models, shape, rounds, named, rows=rows, before=before
            )
    return figures


def _against_plain(
    policies: Mapping[str, Policy[Tokens]],
    models: Models,
    shape: Size,
    rounds: int,
    name: str,
    *,
    rows: int,
    before: int,
) -> list[Figure]:
    """Each way to decode against the plain loop. Several rows decode half as many tokens each."""
    prompts = [_ids(shape, row, _PROMPT) for row in range(rows)]
    tokens = shape.tokens if rows == 1 else shape.tokens // 2

    def ours(policy: Policy[Tokens]) -> list[list[int]]:
        texts = decode(policy.open(prompts), Sampling(longest=tokens))
        return [text.labels for text in texts]

    def plain() -> list[list[int]]:
        return plain_loop(models, prompts, tokens)

    runs: list[Callable[[], object]] = [*(partial(ours, one) for one in policies.values()), plain]
    *mine, theirs = _turns(runs, rounds, before=before)
    if models.router.dtype == torch.float32:
        texts = [plain(), *map(ours, policies.values())]
        assert all(text == texts[0] for text in texts), (
            f"other tokens than the plain loop's: {name}"
        )
    return [
        Figure(
            f"decoding ({name}), {way} / all models run",
            rows * tokens / taken,
            rows * tokens / theirs,
            "tokens/s",
            ">= 3",
        )
        for way, taken in zip(policies, mine, strict=True)
    ]


def _ways(
    models: _Both, recorder_of: RecorderOf, rows: int
) -> tuple[dict[str, Policy[Tokens]], str]:
    """The chosen expert alone and all stacked, and the name of the one that serves so many rows;
    the other is of copies, with their weights as they lie."""
    alone, stacked = "chosen alone", "all stacked"
    served = routed(*_route(models.served, recorder_of))
    if isinstance(served, ByContexts):
        both = {alone: served.one, stacked: served.several}
        return both, alone if rows == 1 else stacked
    others = deepcopy(models.plain)
    if isinstance(served, RoutedPolicy):
        return {alone: served, stacked: stacked_route(*_route(others))}, alone
    return {alone: RoutedPolicy(*_route(others, recorder_of)), stacked: served}, stacked


def _warming(models: Models, recorder_of: RecorderOf) -> int:
    """Rounds until all is recorded; an expert chosen by chance reads few single tokens in one."""
    recorder = recorder_of(models.router)
    return 1 if recorder is None else 1 + recorder.after // 4


def _floors(models: _Both, shape: Size, rounds: int, name: str) -> list[Figure]:
    """One row under one expert, against what reading both models' weights takes at least.

    With recorded passes too where they are recorded, and those against everything else.
    """
    prompt, recorder_of = _ids(shape, 0, _PROMPT), recorders_on(models.plain.device)
    is_recorded = recorder_of(models.served.router) is not None
    ways = {"run each time": RoutedPolicy(*_route(models.served))}
    if is_recorded:
        ways["recorded"] = RoutedPolicy(*_route(models.served, recorder_of))

    def ours(policy: Policy[Tokens]) -> list[int]:
        return decode(policy.open([prompt]), Sampling(longest=shape.tokens))[0].labels

    taken = _turns(
        [
            *(partial(ours, policy) for policy in ways.values()),
            lambda: plain_loop(models.plain, [prompt], shape.tokens),
        ],
        rounds,
        before=_warming(models.served, recorder_of),
    )
    speeds = dict(
        zip([*ways, "all models run"], [shape.tokens / each for each in taken], strict=True)
    )
    read = bandwidth(models.plain.device.type)
    floor = read / weight_bytes(models.plain.router, models.plain.experts[0])
    told = partial(Figure, unit="tokens/s")
    figures = [
        told(
            f"decoding ({name}), {way} / floor of {read / 1e9:.0f} GB/s",
            speeds[way],
            floor,
            target=">= 0.6 on a GPU",
        )
        for way in ways
    ]
    if is_recorded:
        mine = speeds["recorded"]
        figures += [
            told(f"decoding ({name}), recorded / {other}", mine, speeds[other], target=target)
            for other, target in (("run each time", "> 1"), ("all models run", ">= 3"))
        ]
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

    mine, theirs = _turns([ours, fresh], rounds)
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
    return RoutedPolicy(*_route(models))


def _route(
    models: Models, recorder_of: RecorderOf = no_recorder
) -> tuple[CausalModel, WeightsHead, list[CausalModel]]:
    router, *experts = (
        CausalModel(module, recorder=recorder_of(module))
        for module in (models.router, *models.experts)
    )
    return router, models.head, experts


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


def _turns(runs: Sequence[Callable[[], object]], rounds: int, *, before: int = 1) -> list[float]:
    """Median seconds of each, taking turns after unmeasured rounds."""
    taken: list[list[float]] = [[] for _ in runs]
    for turn in range(before + rounds):
        for run, seconds in zip(runs, taken, strict=True):
            start = time.perf_counter()
            run()
            if turn >= before:
                seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in taken]
