"""What the extractor's seat proposes."""

from __future__ import annotations

import pytest

from credence.app.llm_dev.extracting import extracted
from credence.app.llm_dev.quoting import quoted
from credence.planner.extraction.extractor import Embed
from credence.planner.llm.answers import Proposal
from credence.planner.llm.documents import EventView
from tests.unit.app.llm_dev.documents import MYSTERY, a_chunk, an_event, to_extract


def _holds(event: EventView, words: str) -> bool:
    """Whether one of the texts of an event has these very words."""
    item = event.item
    texts = [event.text, item and item.title, item and item.about]
    texts += [*item.categories, *item.creators] if item else []
    return any(words in text for text in texts if text)


async def _proposals(embed: Embed, event: EventView) -> dict[str, Proposal]:
    found = await extracted(to_extract(event), embed)
    return {proposal.topic or "": proposal for proposal in found.proposals}


async def test_new_topics_come_with_words_of_the_event(embed: Embed) -> None:
    event = an_event()

    found = await _proposals(embed, event)

    fast = found["fast pacing"]
    assert (fast.event, fast.kind, fast.chunk, fast.stance) == ("e1", "new", None, "like")
    assert fast.words == "I loved the fast pacing, and the unreliable narrator is wonderful"
    assert fast.clarity == "clear"
    assert "unreliable narrators" in found
    assert all(_holds(event, proposal.words) for proposal in found.values())


@pytest.mark.parametrize(
    ("text", "stance", "clarity"),
    [
        ("I adored the found family.", "like", "emphatic"),
        ("I hated the found family.", "dislike", "emphatic"),
        ("There is a found family.", "like", "clear"),
    ],
)
async def test_clarity_and_stance_are_those_of_the_finding(
    embed: Embed, text: str, stance: str, clarity: str
) -> None:
    found = await _proposals(embed, an_event(text=text))

    family = found["found family"]
    assert (family.stance, family.clarity, family.words) == (stance, clarity, text[:-1])


async def test_what_is_known_is_supported_or_contradicted(embed: Embed) -> None:
    for says, kind in (("likes fast pacing", "supports"), ("dislikes fast pacing", "contradicts")):
        strength = 0.6 if kind == "supports" else -0.6
        chunk = a_chunk(7, says, strength=strength)

        answer = await extracted(to_extract(an_event(), chunks=(chunk,)), embed)

        (known,) = [one for one in answer.proposals if one.kind != "new"]
        assert (known.kind, known.chunk, known.topic, known.stance) == (kind, "c7", None, None)


async def test_labels_and_descriptions_are_quoted_as_they_stand(embed: Embed) -> None:
    event = an_event(text="Loved it!")

    found = await _proposals(embed, event)

    assert found
    assert found["mysteries"].words == "Mystery"
    assert all(_holds(event, proposal.words) for proposal in found.values())


async def test_a_category_that_is_not_offered_is_not_used(embed: Embed) -> None:
    offered = to_extract(an_event()).model_copy(update={"categories": ("pace",)})

    answer = await extracted(offered, embed)

    assert {proposal.category for proposal in answer.proposals} == {"pace"}


async def test_an_event_that_says_nothing_gives_no_proposal(embed: Embed) -> None:
    said = an_event().model_copy(update={"text": None, "item": None, "rating": None})

    assert (await extracted(to_extract(said), embed)).proposals == []


def test_what_a_description_calls_otherwise_is_quoted_in_its_words() -> None:
    event = an_event(text="Loved it!")

    said = quoted("described as Victorian settings", event)
    assert said == "A detective story set in Victorian London"
    assert quoted("listed under Historical Fiction", event) == "Historical Fiction"


def test_of_a_long_clause_the_part_that_names_the_topic_is_quoted() -> None:
    about = "a tale " + "of long and winding roads " * 9 + "in Victorian London"
    event = an_event().model_copy(update={"item": MYSTERY.model_copy(update={"about": about})})

    said = quoted("described as Victorian settings", event)

    assert said is not None
    assert said.startswith("Victorian")
    assert said in about


def test_words_of_nobody_are_not_quoted() -> None:
    event = an_event(text="Loved it!").model_copy(
        update={"item": MYSTERY.model_copy(update={"categories": (), "about": None})}
    )

    assert quoted("listed under Fantasy", event) is None
    assert quoted("described as space opera", event) is None
