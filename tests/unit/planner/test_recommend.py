from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.memory.errors import Invalid
from credence.memory.model import (
    Action,
    Belief,
    Filters,
    Person,
    SeenEvent,
)
from credence.planner.counter import Ask, Recommendation, Taste, Visit
from credence.planner.ranking.case import RankingCase, Scored, Trace
from credence.planner.ranking.reasons import Source
from credence.planner.recommend import recommend
from tests.fakes import DIMENSION, OneForAll, embed, says, vector_of
from tests.unit.memory.worlds import a_chunk
from tests.unit.planner.shops import STOCK, Shop, a_counter


async def ask(shop: Shop, **request: object) -> Recommendation:
    return await recommend(Ask(tenant="default", **request), a_counter(shop))  # type: ignore[arg-type]


def somebody() -> Taste:
    """Likes heists, dislikes cooking, and just liked a heist."""
    liked = a_chunk(1, text="heists", liking=6.0)
    hated = a_chunk(2, text="cooking", liking=0.0, disliking=6.0)
    event = replace(says(1, ""), item_id="d-heist", action=Action.LIKE)
    return Taste(
        belief=Belief(revision=3, chunks=(liked, hated)),
        vectors={1: vector_of("heists"), 2: vector_of("cooking")},
        recent=(SeenEvent(event, STOCK["d-heist"]),),
    )


async def test_an_instruction_alone_ranks_what_it_asks_for_first() -> None:
    made = await ask(Shop(STOCK), instruction="romance", k=2)

    assert made.items[0].item.item_id == "b-romance"
    assert "cold_start" in made.flags
    assert len(made.items) == 2


async def test_likes_rise_and_dislikes_sink() -> None:
    shop = Shop(STOCK, person=somebody())

    made = await ask(shop, user_id="ada", candidates=("a-heist", "b-romance", "c-cooking"))

    assert [r.item.item_id for r in made.items] == ["a-heist", "b-romance", "c-cooking"]
    assert made.revision == 3
    assert made.flags == ()


async def test_a_reason_is_exactly_what_the_score_loses_without_it() -> None:
    candidates = ("a-heist", "b-romance", "c-cooking")
    shop = Shop(STOCK, person=somebody())
    explained = await ask(shop, user_id="ada", candidates=candidates, explain=True)

    forgetful = replace(somebody(), belief=Belief(chunks=somebody().belief.chunks[1:]))
    without = await ask(Shop(STOCK, person=forgetful), user_id="ada", candidates=candidates)

    after = {r.item.item_id: r.score for r in without.items}
    for ranked in explained.items:
        changes = {(r.source, r.id): r.change for r in ranked.reasons}
        expected = ranked.score - after[ranked.item.item_id]
        assert changes.get((Source.CHUNK, 1), 0.0) == pytest.approx(expected, abs=1e-9)


async def test_nobody_known_and_no_words_get_what_is_popular_and_varied() -> None:
    shop = Shop(STOCK, sold={"a-heist": 9, "d-heist": 8, "c-cooking": 7})

    made = await ask(shop, k=2)

    assert [r.item.item_id for r in made.items] == ["a-heist", "c-cooking"]
    assert made.flags == ("cold_start", "popular")


async def test_a_session_stands_in_for_a_person_and_is_not_recommended_back() -> None:
    made = await ask(Shop(STOCK), session=("d-heist",), k=4)

    assert made.items[0].item.item_id == "a-heist"
    assert "d-heist" not in {r.item.item_id for r in made.items}


async def test_unknown_candidates_are_flagged_and_the_others_ranked() -> None:
    made = await ask(Shop(STOCK), candidates=("a-heist", "no-such"), instruction="heists")

    assert [r.item.item_id for r in made.items] == ["a-heist"]
    assert "unknown_candidates" in made.flags


async def test_equal_scores_are_ordered_by_id() -> None:
    same = dict.fromkeys(("z", "m", "a"), vector_of("the same"))

    made = await ask(Shop(same), candidates=("z", "m", "a"), instruction="heists")

    assert [r.item.item_id for r in made.items] == ["a", "m", "z"]
    assert np.ptp([r.score for r in made.items]) < 1e-9


async def test_what_was_shown_is_remembered_as_it_was_shown() -> None:
    shop = Shop(STOCK, person=somebody())

    made = await ask(shop, user_id="ada", instruction="romance", k=3)

    assert [i.impression_id for i in shop.shown] == [made.impression_id]
    assert shop.shown[0].item_ids == tuple(r.item.item_id for r in made.items)
    assert shop.shown[0].instruction == "romance"
    assert shop.shown[0].user_id == "ada"


@pytest.mark.parametrize("how", ["pinned", "edited"])
async def test_what_a_person_chose_to_say_outweighs_what_they_did_and_is_told_as_the_reason(
    how: str,
) -> None:
    named = ("a-heist", "b-romance", "c-cooking")
    taste = somebody()
    said = a_chunk(  # turned round by themselves
        2, text="cooking", liking=6.0, pinned=how == "pinned", edited=how == "edited"
    )
    chunks = (taste.belief.chunks[0], said)
    turned = replace(taste, belief=Belief(revision=4, chunks=chunks))
    only_concluded = replace(
        taste, belief=Belief(revision=4, chunks=(chunks[0], a_chunk(2, text="cooking", liking=6.0)))
    )

    made = await ask(Shop(STOCK, person=turned), user_id="ada", candidates=named, explain=True)
    concluded = await ask(Shop(STOCK, person=only_concluded), user_id="ada", candidates=named)

    assert concluded.items[0].item.item_id == "a-heist"
    assert made.items[0].item.item_id == "c-cooking"
    first = made.items[0].reasons[0]
    assert (first.source, first.id) == (Source.CHUNK, 2)
    assert first.change > 1


async def test_a_pinned_dislike_is_heeded_even_where_there_is_nothing_else_to_go_by() -> None:
    pinned = a_chunk(1, text="heists", liking=0.0, disliking=6.0, pinned=True)
    taste = Taste(
        belief=Belief(revision=1, chunks=(pinned,)), vectors={1: vector_of("heists")}, recent=()
    )

    made = await ask(Shop(STOCK, person=taste), user_id="ada", k=4)

    assert "popular" in made.flags
    assert {r.item.item_id for r in made.items[2:]} == {"a-heist", "d-heist"}


async def test_a_list_that_is_not_to_be_remembered_is_the_same_and_leaves_nothing() -> None:
    shop, other = (Shop(STOCK, person=somebody()) for _ in range(2))

    kept = await ask(shop, user_id="ada", instruction="romance", k=3)
    passing = await ask(other, user_id="ada", instruction="romance", k=3, remembered=False)

    assert passing.items == kept.items
    assert other.shown == []


async def test_of_named_candidates_those_are_ranked_that_the_shelf_lets_pass() -> None:
    filters = Filters(categories=("a-heist", "b-romance"))

    made = await ask(Shop(STOCK), candidates=tuple(STOCK), filters=filters, instruction="heists")

    assert {r.item.item_id for r in made.items} == {"a-heist", "b-romance"}
    assert made.flags == ("cold_start",)


async def test_of_somebody_unknown_neither_name_nor_words_are_remembered() -> None:
    stranger = Taste(belief=Belief(), vectors={}, recent=(), known=False)
    shop = Shop(STOCK, person=stranger)

    made = await ask(shop, user_id="nobody", instruction="my own private wish")

    assert made.items[0].item.item_id
    assert (shop.shown[0].user_id, shop.shown[0].instruction) == (None, "")


@dataclass(frozen=True)
class Routed:
    """A ranker that routes, and scores all candidates alike unless told what to give."""

    score_of_each: float = 0.0
    name: str = "routed-toy"

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        n = len(case.candidates)
        return Scored(
            scores=np.full((len(keep), n), self.score_of_each),
            ranker=self.name,
            trace=Trace(
                model="toy",
                data=None,
                expert="books",
                weights={"books": 1.0},
                expert_scores=-np.arange(n, dtype=np.float64),
                complement_scores=np.zeros(n),
                complement_share=0.5,
                alpha=None,
            ),
        )


@pytest.mark.parametrize("explain", [True, False])
async def test_the_route_of_the_items_shown_is_remembered(*, explain: bool) -> None:
    shop = Shop(STOCK)
    counter = replace(a_counter(shop), rankers=OneForAll(Routed()))
    request = Ask(tenant="default", instruction="romance", k=2, explain=explain)

    made = await recommend(request, counter)

    assert made.routing is not None
    assert made.routing.expert_scores == (0.0, -1.0)
    assert shop.shown[0].routing == made.routing


async def test_a_ranker_that_gives_no_number_makes_no_list() -> None:
    shop = Shop(STOCK)
    counter = replace(a_counter(shop), rankers=OneForAll(Routed(score_of_each=float("nan"))))

    with pytest.raises(Invalid, match="routed-toy gave no number"):
        await recommend(Ask(tenant="default", instruction="romance"), counter)

    assert shop.shown == []


@pytest.mark.parametrize("passing", ["all", "nothing"])
async def test_words_that_the_encoder_has_no_numbers_for_are_refused(passing: str) -> None:
    async def lost(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), DIMENSION), np.nan, dtype=np.float32)

    counter = replace(a_counter(Shop(STOCK)), embed=lost)
    ask = Ask(tenant="default", instruction="romance")
    if passing == "nothing":
        ask = replace(ask, candidates=tuple(STOCK), filters=Filters(categories=("no such",)))

    with pytest.raises(Invalid) as refused:
        await recommend(ask, counter)

    assert refused.value.field == "instruction"


async def test_the_instruction_is_encoded_while_memory_is_read() -> None:
    begun = asyncio.Event()

    class Slow(Shop):
        async def visit(self, person: Person, ids: Sequence[str], *, phrases: bool) -> Visit:
            async with asyncio.timeout(60):
                await begun.wait()
            return await super().visit(person, ids, phrases=phrases)

    async def noted(texts: Sequence[str]) -> NDArray[np.float32]:
        begun.set()
        return await embed(texts)

    counter = replace(a_counter(Slow(STOCK)), embed=noted)
    made = await recommend(Ask(tenant="default", instruction="heists"), counter)

    assert made.items[0].item.item_id == "a-heist"


async def test_where_memory_cannot_be_read_the_encoding_is_given_up() -> None:
    given_up = asyncio.Event()

    class Down(Shop):
        async def visit(self, person: Person, ids: Sequence[str], *, phrases: bool) -> Visit:
            raise ConnectionError("the database is down")

    async def endless(texts: Sequence[str]) -> NDArray[np.float32]:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()
        return await embed(texts)

    counter = replace(a_counter(Down(STOCK)), embed=endless)
    with pytest.raises(ConnectionError):
        await recommend(Ask(tenant="default", instruction="heists"), counter)

    assert given_up.is_set()
