"""What stands beside the target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.model import Item
from credence.replay.exam.leaks import works
from credence.replay.exam.negatives import CannotDraw, Shelf, draw
from credence.replay.exam.paper import Negatives
from credence.replay.people import Interaction

ITEMS = 100
KINDS = (Negatives.RANDOM, Negatives.POPULARITY, Negatives.NEAR)
FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """The n-th item was taken by n people; its vector points n degrees away from the 0th's."""

    titles: Sequence[str] = tuple(f"Title {n}" for n in range(ITEMS))
    days: Sequence[int] | None = None

    def shelf(self, *, backwards: bool = False) -> Shelf:
        items = [Item(item_id=str(n), title=title) for n, title in enumerate(self.titles)]
        angles = np.radians(np.arange(len(items)))
        rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        donors = {
            f"d{first}": tuple(self.took(n) for n in range(first + 1, len(items)))
            for first in range(len(items))
        }
        step = -1 if backwards else 1
        return Shelf.of(
            items[::step],
            dict(list(donors.items())[::step]),
            plain={item.item_id: row for item, row in zip(items, rows, strict=True)},
        )

    def took(self, n: int) -> Interaction:
        at = None if self.days is None else FIRST_DAY + timedelta(days=self.days[n])
        return Interaction(item_id=str(n), rating=None, review="", timestamp=at)


def drawn(
    shelf: Shelf,
    kind: Negatives,
    *,
    target: int = 50,
    taken: Sequence[int] = (),
    seed: int = 0,
    user_id: str = "anna",
    count: int = 9,
) -> list[int]:
    found = draw(
        kind,
        target=str(target),
        taken=[str(n) for n in taken],
        shelf=shelf,
        seed=seed,
        user_id=user_id,
        count=count,
    )
    return [int(item_id) for item_id in found]


SHELF = World().shelf()


@given(
    kind=st.sampled_from(KINDS),
    target=st.integers(0, ITEMS - 1),
    taken=st.sets(st.integers(0, ITEMS - 1), max_size=80),
    seed=st.integers(0, 2**31),
    user_id=st.text(max_size=5),
)
def test_nine_other_items_that_the_person_never_took(
    kind: Negatives, target: int, taken: set[int], seed: int, user_id: str
) -> None:
    found = drawn(
        SHELF, kind, target=target, taken=sorted(taken - {target}), seed=seed, user_id=user_id
    )

    assert len(set(found)) == 9
    assert not set(found) & (taken | {target})


@pytest.mark.parametrize("kind", KINDS)
def test_one_work_is_never_there_twice(kind: Negatives) -> None:
    titles = [f"Title {n // 3} (Edition {n % 3})" for n in range(ITEMS)]
    shelf = World(titles=titles).shelf()

    for seed in range(30):
        found = drawn(shelf, kind, target=50, taken=[60], seed=seed)
        assert len({n // 3 for n in (*found, 50, 60)}) == 11


@pytest.mark.parametrize("kind", KINDS)
def test_items_without_titles_are_not_taken_for_one_work(kind: Negatives) -> None:
    assert len(drawn(World(titles=[""] * 40).shelf(), kind, target=20)) == 9


@pytest.mark.parametrize("kind", KINDS)
def test_a_draw_depends_on_seed_person_and_kind_alone(kind: Negatives) -> None:
    first = drawn(SHELF, kind)
    drawn(SHELF, kind, user_id="bert")

    assert drawn(SHELF, kind) == first
    assert drawn(World().shelf(backwards=True), kind) == first
    assert drawn(SHELF, kind, seed=1) != first
    assert drawn(SHELF, kind, user_id="bert") != first


@given(
    target=st.integers(0, ITEMS - 1),
    taken=st.sets(st.integers(0, ITEMS - 1), max_size=98),
    seed=st.integers(0, 2**31),
)
def test_all_is_one_of_every_other_work_that_the_person_never_took(
    target: int, taken: set[int], seed: int
) -> None:
    titles = [f"Title {n // 2} (Edition {n % 2})" for n in range(ITEMS)]
    shelf = World(titles=titles).shelf()
    left = {n // 2 for n in range(ITEMS)} - {n // 2 for n in (target, *taken)}
    if not left:
        with pytest.raises(CannotDraw, match="only 0 are other works"):
            drawn(shelf, Negatives.ALL, target=target, taken=sorted(taken), seed=seed)
        return

    found = drawn(shelf, Negatives.ALL, target=target, taken=sorted(taken), seed=seed)

    assert sorted(n // 2 for n in found) == sorted(left)
    assert drawn(shelf, Negatives.ALL, target=target, taken=sorted(taken), seed=seed) == found


def test_random_items_come_evenly_from_the_whole_catalogue() -> None:
    draws = 1_000
    counts = Counter(n for seed in range(draws) for n in drawn(SHELF, Negatives.RANDOM, seed=seed))

    expected = draws * 9 / (ITEMS - 1)
    assert set(counts) == set(range(ITEMS)) - {50}
    assert max(abs(counts[n] - expected) for n in counts) < 5 * expected**0.5


@pytest.mark.parametrize("kind", [Negatives.POPULARITY, Negatives.NEAR])
def test_others_are_like_the_target_and_the_draw_says_which(kind: Negatives) -> None:
    found = {n for seed in range(40) for n in drawn(SHELF, kind, seed=seed)}

    assert all(abs(n - 50) <= 24 for n in found)
    assert len(found) > 24


@pytest.mark.parametrize("kind", [Negatives.POPULARITY, Negatives.NEAR])
def test_the_target_stands_anywhere_among_those_like_it(kind: Negatives) -> None:
    """Were it in the middle, taking the middle candidate would find it."""
    places = Counter(
        sorted([50, *others]).index(50)
        for others in (drawn(SHELF, kind, seed=seed) for seed in range(600))
    )

    assert min(places[place] for place in range(10)) > 25
    assert max(places[place] for place in range(10)) < 110


def test_dates_count_where_there_are_any() -> None:
    # the even items, as popular as the odd ones, are a hundred years older
    shelf = World(days=[n - 36_500 * (n % 2 == 0) for n in range(ITEMS)]).shelf()

    found = {n for seed in range(20) for n in drawn(shelf, Negatives.POPULARITY, seed=seed)}

    assert sum(n % 2 == 0 for n in found) > 0.8 * len(found)


def test_of_equally_popular_items_all_have_their_turn() -> None:
    items = [Item(item_id=str(n), title=f"Title {n}") for n in range(300)]
    shelf = Shelf.of(items, {})

    found = {n for seed in range(300) for n in drawn(shelf, Negatives.POPULARITY, seed=seed)}

    assert len(found) == 299


def test_exactly_enough_is_enough() -> None:
    small = World(titles=[f"Title {n}" for n in range(12)]).shelf()

    for kind in KINDS:
        assert sorted(drawn(small, kind, target=0, taken=[1, 2])) == list(range(3, 12))


@pytest.mark.parametrize("kind", KINDS)
def test_too_small_a_catalogue_is_refused_with_its_size(kind: Negatives) -> None:
    small = World(titles=[f"Title {n}" for n in range(12)]).shelf()

    with pytest.raises(CannotDraw, match=r"9 negatives .* of 12 items only 8"):
        drawn(small, kind, target=0, taken=[1, 2, 3])


def test_an_unknown_target_is_refused_by_name() -> None:
    with pytest.raises(CannotDraw, match="target 1000 of anna"):
        drawn(SHELF, Negatives.RANDOM, target=1000)


def test_near_items_need_vectors() -> None:
    shelf = Shelf.of([Item(item_id=str(n), title=f"Title {n}") for n in range(20)], {})

    with pytest.raises(CannotDraw, match="vectors"):
        drawn(shelf, Negatives.NEAR, target=1)


def test_likeness_is_the_same_in_whatever_order_it_is_summed() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    items = [Item(item_id=f"{n:03}", title=f"Title {n}") for n in range(300)]
    plain = {item.item_id: row for item, row in zip(items, rows, strict=True)}

    steps = Shelf.of(items, {}, plain=plain).plain

    assert steps is not None
    exact = steps.astype(np.int64) @ steps[0].astype(np.int64)
    for order in (slice(None), slice(None, None, -1), rng.permutation(384)):
        assert (steps[:, order] @ steps[0, order] == exact).all()
    assert np.abs(exact / 4_000**2 - rows @ rows[0]).max() < 0.001


def test_released_lists_are_not_drawn() -> None:
    with pytest.raises(CannotDraw, match="released"):
        drawn(SHELF, Negatives.RELEASED)


def test_works_of_the_shelf_are_those_of_the_leaks() -> None:
    items = [Item(item_id="a", title="Dune"), Item(item_id="b", title="DUNE (Deluxe)")]

    assert len(set(works(items).values())) == 1
    assert len(set(Shelf.of(items, {}).works)) == 1
