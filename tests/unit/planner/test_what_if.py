"""What if: the same list as a real correction would bring, and nothing kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credence.memory.errors import ChunkNotFound, Invalid
from credence.memory.lifecycle.correction import set_strength
from credence.memory.lifecycle.draft import Draft, Rules
from credence.memory.model import Status
from credence.memory.strength import standing
from credence.planner.counter import Ask
from credence.planner.recommend import recommend
from credence.planner.what_if import ImaginedShelf, WhatIf, imagined
from tests.fakes import NOW
from tests.unit.planner.shops import STOCK, Shop, a_counter
from tests.unit.planner.test_recommend import somebody

RULES = Rules()


def test_a_strength_is_what_a_correction_would_make_of_it() -> None:
    taste = somebody()
    real = set_strength(
        Draft.of(taste.belief), 2, strength=0.5, now=NOW, rules=RULES, why="by hand"
    )

    made = imagined(taste, WhatIf(strengths={2: 0.5}), now=NOW, rules=RULES)

    assert made.belief.chunks == real.belief.chunks
    chunk = made.belief.chunk(2)
    assert chunk is not None
    assert chunk.edited
    assert standing(chunk, now=NOW, half_life=RULES.half_life).strength == pytest.approx(0.5)


def test_a_strength_may_count_as_learnt_instead() -> None:
    what_if = WhatIf(strengths={2: 0.5}, stated=False)

    chunk = imagined(somebody(), what_if, now=NOW, rules=RULES).belief.chunk(2)

    assert chunk is not None
    assert not chunk.edited
    assert standing(chunk, now=NOW, half_life=RULES.half_life).strength == pytest.approx(0.5)


def test_a_chunk_switched_off_is_not_believed_whatever_its_strength() -> None:
    what_if = WhatIf(off=frozenset({1}), strengths={1: 0.9})

    belief = imagined(somebody(), what_if, now=NOW, rules=RULES).belief

    assert [chunk.chunk_id for chunk in belief.active] == [2]
    gone = belief.chunk(1)
    assert gone is not None
    assert gone.status is Status.REJECTED


def test_the_taste_itself_stays_as_it_is() -> None:
    taste = somebody()
    before = (taste.belief, dict(taste.vectors))

    imagined(taste, WhatIf(off=frozenset({1}), strengths={2: 0.9}), now=NOW, rules=RULES)

    assert (taste.belief, dict(taste.vectors)) == before


@pytest.mark.parametrize(
    ("what_if", "refused"),
    [
        (WhatIf(off=frozenset({9})), ChunkNotFound),
        (WhatIf(strengths={9: 0.1}), ChunkNotFound),
        (WhatIf(strengths={1: 0.96}), Invalid),
    ],
)
def test_what_no_correction_could_do_is_refused(what_if: WhatIf, refused: type[Exception]) -> None:
    with pytest.raises(refused):
        imagined(somebody(), what_if, now=NOW, rules=RULES)


async def test_a_list_from_an_imagined_shelf_follows_the_imagined_taste() -> None:
    taste = somebody()
    shop = Shop(STOCK, person=taste)
    counter = a_counter(shop)
    hates_heists = imagined(taste, WhatIf(strengths={1: -0.95}), now=NOW, rules=RULES)
    other = replace(counter, shelf=ImaginedShelf(shop, hates_heists))
    ask = Ask(tenant="default", user_id="ada", k=4, explain=True)

    before, after = await recommend(ask, counter), await recommend(ask, other)

    def rank(made: object, item_id: str) -> int:
        return [r.item.item_id for r in made.items].index(item_id)  # type: ignore[attr-defined]

    assert rank(before, "a-heist") < rank(after, "a-heist")
    assert shop.person is taste
    assert (await recommend(ask, counter)).items == before.items


async def test_an_imagined_shelf_notes_nothing_even_when_asked_to() -> None:
    shop = Shop(STOCK, person=somebody())
    counter = replace(a_counter(shop), shelf=ImaginedShelf(shop, somebody()))

    await recommend(Ask(tenant="default", user_id="ada", k=2, remembered=True), counter)

    assert shop.shown == []
