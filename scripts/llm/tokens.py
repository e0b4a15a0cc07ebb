"""What a person costs in tokens: by scheduling, and with a flat memory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from credence.planner.llm.asking import Role
from credence.replay.bootstrap import Interval, interval
from scripts.llm.flat import flat_memory
from scripts.llm.processes import OWN_SERVER, running
from scripts.llm.report import Report, commit, table
from scripts.llm.world import Bench, World, live, models

Spent = Mapping[str, Counter[str]]  # calls and tokens by person

_RESAMPLES = 10_000
_FLAT = "flat summary"
_READERS = "extractor,synthesizer"
_SYSTEMS: Mapping[str, Mapping[str, Any]] = {
    "planner": {"llm_roles": f"planner,{_READERS}", "check_after": 3},
    **{
        f"every {k} event{'s' * (k > 1)}": {
            "llm_roles": _READERS,
            "policy": f"fixed-{k}",
            "check_after": k,
        }
        for k in (1, 3, 5)
    },
}
_KINDS = ("calls", "tokens_in", "tokens_cached", "tokens_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    """What one system took."""

    spent: Spent
    roles: Mapping[str, Counter[str]] = field(default_factory=dict)
    read: float  # events a person that went into the memory
    fallbacks: int = 0  # steps done by a built-in part
    seconds: float

    def of(self, people: Sequence[str], *kinds: str) -> NDArray[np.float64]:
        """One figure a person: the sum of these kinds."""
        nothing = Counter[str]()
        return np.array(
            [sum(self.spent.get(one, nothing)[kind] for kind in kinds) for one in people],
            dtype=np.float64,
        )


async def study(bench: Bench, *, seed: int) -> Report:
    """The same people's events, one by one, through every system in turn."""
    costs = {name: await _scheduled(bench, given) for name, given in _SYSTEMS.items()}
    costs[_FLAT] = await _flat(bench.world)
    people = bench.world.people
    text = "\n".join(
        [
            f"# Tokens a person, commit {commit()}\n",
            f"{bench.world.told}, one by one. Seed {seed}, 95% bootstrap intervals over people, "
            f"{_RESAMPLES:,} resamples; ratios are of sums, paired by person. Settings as by "
            "default but for the policy and the events after which it looks; none is looked at for "
            "its age alone.\n",
            "Tokens are as the development server counts them, four bytes each, schemas included; "
            "answers are those of the built-in parts. A real model's figures will differ.\n",
            _by_system(costs, people, seed=seed),
            _ratios(costs, people, seed=seed),
            _by_role(costs, len(people)),
        ]
    )
    return Report(text)


async def _scheduled(bench: Bench, given: Mapping[str, Any]) -> _Cost:
    database = await bench.database()
    began = time.perf_counter()
    with running(OWN_SERVER) as server:
        settings = models(server.url, roles=given["llm_roles"]) | dict(given)
        async with bench.application(database, **settings) as app:
            await live(app, bench.world, batch=1)
            assert app.seats is not None
            await app.seats.ledger.settle()
    with psycopg.connect(database) as connection:
        spent, roles = (_summed(connection, by) for by in ("user_id", "role"))
        read = connection.execute("SELECT avg(watermark)::float FROM users").fetchone()
        fallbacks = connection.execute(
            "SELECT count(*) FROM planner_runs, jsonb_array_elements(detail->'roles') part "
            "WHERE part->>'fallback' IS NOT NULL"
        ).fetchone()
    assert read is not None
    assert fallbacks is not None
    return _Cost(
        spent=spent,
        roles=roles,
        read=read[0],
        fallbacks=fallbacks[0],
        seconds=time.perf_counter() - began,
    )


async def _flat(world: World) -> _Cost:
    began = time.perf_counter()
    with running(OWN_SERVER) as server:
        spent = await flat_memory(server.url, world)
    read = sum(map(len, world.events.values())) / len(world.people)
    return _Cost(spent=spent, read=read, seconds=time.perf_counter() - began)


def _summed(connection: psycopg.Connection[Any], by: str) -> dict[str, Counter[str]]:
    rows = connection.execute(
        f"SELECT {by}, count(*), sum(tokens_in)::bigint, sum(tokens_cached)::bigint, "
        f"sum(tokens_out)::bigint FROM llm_calls GROUP BY {by}".encode()
    )
    return {name: Counter(dict(zip(_KINDS, of, strict=True))) for name, *of in rows}


def _by_system(costs: Mapping[str, _Cost], people: Sequence[str], *, seed: int) -> str:
    def told(cost: _Cost, *kinds: str) -> str:
        return _figure(interval(cost.of(people, *kinds), seed=seed, resamples=_RESAMPLES))

    rows = [
        (
            name,
            f"{cost.read:.1f}",
            *(told(cost, kind) for kind in _KINDS),
            told(cost, "tokens_in", "tokens_out"),
            cost.fallbacks,
            f"{cost.seconds:.0f}",
        )
        for name, cost in costs.items()
    ]
    head = ("system", "events read", "calls", "tokens in", "of these cached", "tokens out")
    return table((*head, "in and out", "fallbacks of all", "s"), rows)


def _ratios(costs: Mapping[str, _Cost], people: Sequence[str], *, seed: int) -> str:
    """How many times the tokens of each system the flat memory takes."""

    def told(cost: _Cost, *kinds: str, less: str | None = None) -> str:
        sides = [one.of(people, *kinds) for one in (costs[_FLAT], cost)]
        if less is not None:
            free = (one.of(people, less) for one in (costs[_FLAT], cost))
            sides = [side - gone for side, gone in zip(sides, free, strict=True)]
        return _times(ratio(*sides, seed=seed))

    rows = [
        (
            name,
            told(cost, "calls"),
            told(cost, "tokens_in", "tokens_out"),
            told(cost, "tokens_in", "tokens_out", less="tokens_cached"),
            told(cost, "tokens_out"),
        )
        for name, cost in costs.items()
        if name != _FLAT
    ]
    head = ("flat divided by", "calls", "in and out", "in and out, not cached", "out")
    return table(head, rows)


def ratio(theirs: NDArray[np.float64], ours: NDArray[np.float64], *, seed: int) -> Interval:
    """The sum of `theirs` over that of `ours`, the same people (P,) drawn for both."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(ours), (_RESAMPLES, len(ours)))
    ratios = theirs[drawn].sum(axis=1) / ours[drawn].sum(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Interval(float(theirs.sum() / ours.sum()), float(low), float(high))


def _by_role(costs: Mapping[str, _Cost], people: int) -> str:
    rows = [
        (name, role.value, *(f"{cost.roles[role.value][kind] / people:,.1f}" for kind in _KINDS))
        for name, cost in costs.items()
        for role in Role
        if role.value in cost.roles
    ]
    head = ("system", "role", "calls", "tokens in", "of these cached", "tokens out")
    return table(head, rows)


def _figure(value: Interval) -> str:
    return f"{value.mean:,.1f} [{value.low:,.1f}, {value.high:,.1f}]"


def _times(value: Interval) -> str:
    return f"{value.mean:.2f} [{value.low:.2f}, {value.high:.2f}]"
