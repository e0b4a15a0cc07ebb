"""How the ranker's seat orders."""

from __future__ import annotations

from credence.app.llm_dev.ordering import ordered
from credence.planner.extraction.extractor import Embed
from tests.unit.app.llm_dev.documents import MYSTERY, SPACE, an_event, to_order


async def test_the_instruction_decides_before_the_profile(embed: Embed) -> None:
    taste = "They like detective stories."

    asked = to_order(MYSTERY, SPACE, instruction="a space opera with planets", profile=taste)

    assert (await ordered(asked, embed)).order == ["k2", "k1"]
    assert (await ordered(to_order(SPACE, MYSTERY, profile=taste), embed)).order == ["k2", "k1"]


async def test_titles_that_were_liked_count_and_others_do_not(embed: Embed) -> None:
    liked = an_event(rating=5.0, text=" ").model_copy(update={"item": SPACE})
    disliked = an_event(rating=0.5, text=" ").model_copy(update={"item": MYSTERY})
    document = to_order(MYSTERY, SPACE).model_copy(update={"recent": (disliked, liked)})

    assert (await ordered(document, embed)).order == ["k2", "k1"]


async def test_equal_candidates_are_in_order_of_their_labels(embed: Embed) -> None:
    document = to_order(SPACE, SPACE, SPACE, instruction="anything")

    assert (await ordered(document, embed)).order == ["k1", "k2", "k3"]


async def test_without_candidates_there_is_no_order(embed: Embed) -> None:
    assert (await ordered(to_order(), embed)).order == []
