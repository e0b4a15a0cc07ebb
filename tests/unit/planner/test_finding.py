"""What a pool of candidates is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.model import Person, Vector
from credence.planner.counter import Ask, Bounds, Probe
from credence.planner.finding import FEWEST, POOL, Search, by_turns, find
from credence.planner.ranking.case import Matrix, RankingCase
from tests.unit.planner.shops import Shop

ANNA = Person("default", "anna")
ASK = Ask(tenant="default", user_id="anna", k=3)


def unit(*numbers: float) -> Vector:
    row = np.array(numbers, dtype=np.float32)
    return (row / np.linalg.norm(row)).astype(np.float32)


def a_case(
    *events: tuple[Vector, float],
    instruction: Vector | None = None,
    chunks: Sequence[tuple[Vector, float]] = (),
    centre: Vector | None = None,
) -> RankingCase:
    """Events newest first with how much each was liked, chunks with their strength."""

    def rows(found: Sequence[tuple[Vector, float]]) -> Matrix:
        return np.stack([row for row, _ in found]) if found else np.empty((0, 0), np.float32)

    return RankingCase(
        instruction=instruction,
        candidate_ids=(),
        candidates=np.empty((0, 0), dtype=np.float32),
        chunks=rows(chunks),
        strengths=np.array([strength for _, strength in chunks]),
        confidences=np.ones(len(chunks)),
        chosen=np.zeros(len(chunks), dtype=np.bool_),
        events=rows(events),
        event_weights=np.array([liked for _, liked in events], dtype=np.float64),
        voices=None,
        centre=centre,
    )


@dataclass
class Noting(Shop):
    """Notes what it is searched by. A probe finds what `near` has for it, else nothing."""

    near: Sequence[Sequence[str]] = ()
    met: Sequence[str] = ()
    probes: Sequence[Probe] = ()
    counted: Mapping[str, float] = field(default_factory=dict)
    asked_for_anything: int = 0

    async def nearest(self, within: Bounds, probes: Sequence[Probe]) -> tuple[tuple[str, ...], ...]:
        self.probes = probes
        found = [tuple(ids) for ids in self.near]
        return tuple([*found, *[()] * len(probes)][: len(probes)])

    async def companions(
        self, within: Bounds, counted: Mapping[str, float], *, most: int
    ) -> tuple[str, ...]:
        self.counted = counted
        return tuple(self.met[:most])

    async def anything(self, within: Bounds, *, most: int) -> tuple[str, ...]:
        self.asked_for_anything += 1
        return await super().anything(within, most=most)


def stock(*prefixes: str, each: int = 400) -> dict[str, Vector]:
    return {f"{prefix}{n:03d}": unit(1.0, 0.0) for prefix in prefixes for n in range(each)}


def named(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{n:03d}" for n in range(count)]


searches = st.lists(
    st.builds(
        Search,
        st.lists(st.sampled_from([f"i{n}" for n in range(30)]), max_size=30),
        st.sampled_from([0.25, 1.0, 2.0, 3.0]),
    ),
    max_size=5,
)


@given(searches=searches, most=st.integers(0, 40))
def test_a_pool_has_everything_once_as_far_as_it_may(searches: list[Search], most: int) -> None:
    every = {item_id for search in searches for item_id in search.ids}

    chosen = by_turns(searches, most)

    assert len(chosen) == len(set(chosen)) == min(most, len(every))
    assert set(chosen) <= every
    assert by_turns(searches, most + 5)[: len(chosen)] == chosen


@given(searches=searches, most=st.integers(0, 40))
def test_of_a_search_nothing_is_passed_over_for_what_it_found_later(
    searches: list[Search], most: int
) -> None:
    chosen = set(by_turns(searches, most))

    for search in searches:
        taken = [item_id in chosen for item_id in dict.fromkeys(search.ids)]
        elsewhere = {i for other in searches if other is not search for i in other.ids}
        own = [
            there
            for i, there in zip(dict.fromkeys(search.ids), taken, strict=True)
            if i not in elsewhere
        ]
        assert own == sorted(own, reverse=True)


def test_searches_give_in_the_proportion_of_their_turns_until_they_have_no_more() -> None:
    three, one = Search(named("a", 50), 3.0), Search(named("b", 50), 1.0)

    chosen = by_turns([three, one, Search([], 9.0)], 40)

    assert chosen[:8] == ["a000", "a001", "a002", "b000", "a003", "a004", "a005", "b001"]
    assert sum(item_id < "b" for item_id in chosen) == 30
    assert len(by_turns([three, one], 200)) == 100


def test_what_another_search_gave_costs_no_turn() -> None:
    same = Search(named("a", 10), 1.0)

    assert by_turns([same, same], 4) == named("a", 4)


async def test_requests_beliefs_history_and_company_are_all_searched_by() -> None:
    east, north, west = unit(1, 0), unit(0, 1), unit(-1, 0)
    case = a_case(
        (east, 0.9),
        (west, -0.9),
        (north, 0.5),
        (east, 0.4),
        instruction=west,
        chunks=[(north, 0.8), (west, -0.8), (east, 0.2)],
    )
    shop = Noting(stock("z"))

    await find(ASK, ANNA, case, ["new", "bad", "old", "new"], shop)

    sent = [(probe.vector.round(2).tolist(), probe.most) for probe in shop.probes]
    assert sent[0] == ([-1.0, 0.0], 100)
    assert sent[2:] == [([1.0, 0.0], 34), ([0.0, 1.0], 34), ([0.0, 1.0], 34), ([1.0, 0.0], 34)]
    whole, most = sent[1]
    assert most == 100
    assert whole[0] > whole[1] > 0
    assert list(shop.counted) == ["new", "old"]
    assert shop.counted["new"] > shop.counted["old"] > 0.7


async def test_the_history_points_as_it_is_seen_from_the_centre() -> None:
    centre = np.array([0.5, 0.5], dtype=np.float32)
    shop = Noting(stock("z"))

    await find(ASK, ANNA, a_case((unit(1, 0.2), 0.9), centre=centre), ["it"], shop)

    assert shop.probes[0].vector[1] < 0 < shop.probes[0].vector[0]


async def test_what_is_at_the_centre_points_nowhere() -> None:
    shop = Noting(stock("z"))

    await find(ASK, ANNA, a_case((unit(1, 0), 0.9), centre=unit(1, 0)), ["it"], shop)

    assert [probe.vector.tolist() for probe in shop.probes] == [[1.0, 0.0]]


async def test_company_has_most_turns_and_popularity_a_share() -> None:
    shop = Noting(
        stock("a", "c", "l", "w"),
        sold=dict.fromkeys(named("a", 300), 5),
        near=[named("w", 100), named("l", 100)],
        met=named("c", 400),
    )

    pool = await find(ASK, ANNA, a_case((unit(1, 0), 0.9)), ["it"], shop)

    counts = {p: sum(item_id.startswith(p) for item_id in pool.found) for p in "acwl"}
    assert sum(counts.values()) == POOL
    assert counts["c"] == 120
    assert counts["a"] == pytest.approx(counts["w"], abs=1) == pytest.approx(counts["l"], abs=1)
    assert pool.flags == ()
    assert not pool.people
    assert shop.asked_for_anything == 0


async def test_anything_fills_a_pool_that_would_be_shorter_than_a_list() -> None:
    shop = Noting(stock("z"), near=[["z399"]])

    pool = await find(ASK, ANNA, a_case(instruction=unit(1, 0)), [], shop)

    assert len(pool.found) == FEWEST
    assert set(pool.found) == {"z399", *named("z", FEWEST - 1)}


async def test_what_is_no_longer_in_the_catalogue_takes_no_place_of_what_is() -> None:
    shop = Noting(stock("z"), met=[f"gone{n}" for n in range(120)])

    pool = await find(ASK, ANNA, a_case((unit(1, 0), 0.9)), ["it"], shop)

    assert list(pool.found) == named("z", FEWEST)


@pytest.mark.parametrize(
    "case",
    [
        a_case(),
        a_case((unit(1, 0), -0.5)),
        a_case(chunks=[(unit(1, 0), -0.5)]),
        a_case((unit(1, 0), 0.4), (unit(1, 0), -0.6)),
    ],
    ids=["nothing", "a dislike", "a belief against", "liked less than disliked"],
)
async def test_popularity_is_for_whoever_asks_for_and_likes_nothing(case: RankingCase) -> None:
    shop = Noting(stock("z"), sold={"z100": 7, "z050": 3})

    pool = await find(ASK, ANNA, case, ["it"] * len(case.events), shop)

    assert pool.flags == ("popular",)
    assert len(pool.found) == POOL
    assert {i: n for i, n in pool.people.items() if n} == {"z100": 7, "z050": 3}
    assert not shop.probes


async def test_a_list_has_as_many_candidates_however_long_it_is_to_be() -> None:
    shop = Noting(stock("z"), near=[named("z", 30)])
    case = a_case(instruction=unit(1, 0))

    short, long = [await find(replace(ASK, k=k), ANNA, case, [], shop) for k in (1, 100)]

    assert short.found.keys() == long.found.keys()
