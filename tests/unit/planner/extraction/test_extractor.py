from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.model import Belief, Chunk, Event, Finding, Item
from credence.planner.extraction.attitude import attitude
from credence.planner.extraction.extractor import BuiltInExtractor
from credence.planner.extraction.said import Said
from credence.planner.extraction.witnessed import Witnessed
from tests.unit.planner.extraction.events import START, an_event, an_item, embed_by_hash


async def extract(
    *pairs: tuple[Event, Item | None], belief: Belief | None = None
) -> tuple[Finding, ...]:
    events = [Witnessed(event=event, item=item, item_vector=None) for event, item in pairs]
    return (await BuiltInExtractor(embed_by_hash)(belief or Belief(), events)).findings


def believing(topic: str) -> Belief:
    chunk = Chunk(
        chunk_id=1,
        category="genre",
        text=topic,
        liking=1.0,
        disliking=0.0,
        as_of=START,
        likes=1,
        dislikes=0,
        first_evidence_at=START,
        last_evidence_at=START,
    )
    return Belief(chunks=(chunk,))


async def test_words_of_the_person_weigh_more_than_labels_of_the_item() -> None:
    event = an_event(text="I love the banter.", rating=5)

    findings = await extract((event, an_item(categories=("Dragons",))))

    weight = {finding.topic: finding.weight for finding in findings}
    assert weight["banter"] > weight["dragon stories"] > 0


async def test_praise_for_how_a_grave_subject_is_handled_is_no_liking_for_it() -> None:
    praised = await extract(
        (an_event(text="I loved how sexual violence is handled here.", rating=5), None)
    )
    put_off = await extract(
        (an_event(text="I hate the sexual violence in this one.", rating=1), None)
    )

    assert "sexual violence" not in {finding.topic for finding in praised}
    assert {f.topic: f.weight < 0 for f in put_off}["sexual violence"]


async def test_findings_are_ordered_by_time_event_and_topic() -> None:
    later = an_event(2, text="I love the banter and the world-building.", rating=5)
    earlier = an_event(1, text="I love a good heist.", rating=5)

    findings = await extract((later, None), (earlier, None))

    keys = [(f.occurred_at, f.event_seq, f.topic) for f in findings]
    assert keys == sorted(keys)
    assert {f.event_seq for f in findings} == {1, 2}


async def test_an_event_gives_at_most_six_findings() -> None:
    text = (
        "I love the banter, I love the humor, I love the magic system, I love a good heist. "
        "I hate love triangles. I hate cliffhangers. The plot was predictable and slow paced."
    )

    findings = await extract(
        (an_event(text=text, rating=3), an_item(categories=("Dragons", "Fae")))
    )

    assert 0 < len(findings) <= 6


async def test_faint_evidence_founds_no_belief_and_supports_one() -> None:
    event, item = an_event(rating=2), an_item(categories=("Dragons",))

    assert await extract((event, item)) == ()
    (finding,) = await extract((event, item), belief=believing("dragon stories"))
    assert finding.weight < 0


async def test_faint_evidence_that_a_batch_repeats_founds_a_belief() -> None:
    item = an_item(categories=("Dragons",))

    findings = await extract((an_event(1, rating=2), item), (an_event(2, rating=1), item))

    assert {finding.topic for finding in findings} == {"dragon stories"}


async def test_a_middling_rating_alone_says_nothing() -> None:
    assert await extract((an_event(rating=3), an_item(categories=("Dragons",)))) == ()


async def test_a_creator_counts_only_where_the_person_speaks_of_them() -> None:
    item = an_item(creators=("Ada Lovelace",))

    silent = await extract((an_event(text="A wonderful read.", rating=5), item))
    named = await extract((an_event(text="Lovelace is a wonderful storyteller.", rating=5), item))

    assert silent == ()
    assert [finding.topic for finding in named] == ["work by Ada Lovelace"]


async def test_a_setting_met_in_the_plot_counts_only_if_the_item_is_about_it() -> None:
    event = an_event(text="They had met in Paris.", rating=5)
    about = (await embed_by_hash(["French settings"]))[0]
    elsewhere = (await embed_by_hash(["something else"]))[0]
    extractor = BuiltInExtractor(embed_by_hash)

    async def topics(vector: np.ndarray) -> list[str]:
        witnessed = Witnessed(event=event, item=an_item(), item_vector=vector)
        return [f.topic for f in (await extractor(Belief(), [witnessed])).findings]

    assert await topics(about) == ["French settings"]
    assert await topics(elsewhere) == []


async def shelved(*vectors: np.ndarray, text: str = "", belief: Belief | None = None) -> list[str]:
    """Topics of items shelved under dragons, one liked item for each vector."""
    item = an_item(categories=("Dragons",))
    events = [
        Witnessed(event=an_event(seq, text=text, rating=5), item=item, item_vector=vector)
        for seq, vector in enumerate(vectors, start=1)
    ]
    read = await BuiltInExtractor(embed_by_hash)(belief or Belief(), events)
    return [finding.topic for finding in read.findings]


async def test_a_label_alone_founds_only_if_the_item_is_about_it() -> None:
    about, elsewhere = await embed_by_hash(["dragon stories", "something else"])

    assert await shelved(about) == ["dragon stories"]
    assert await shelved(elsewhere) == []


async def test_a_label_is_confirmed_by_words_a_second_item_or_a_belief() -> None:
    (elsewhere,) = await embed_by_hash(["something else"])

    assert await shelved(elsewhere, text="I love dragons.") == ["dragon stories"]
    assert await shelved(elsewhere, elsewhere) == ["dragon stories"] * 2
    assert await shelved(elsewhere, belief=believing("dragon stories")) == ["dragon stories"]


async def test_one_passing_fact_of_a_plot_founds_nothing_and_two_do() -> None:
    first = an_event(1, text="The twins open a heist.", rating=4)
    second = an_event(2, text="A heist begins at noon.", rating=4)

    assert await extract((first, None)) == ()
    assert {f.topic for f in await extract((first, None), (second, None))} == {"heist stories"}


async def test_an_unknown_item_leaves_the_words_of_the_person() -> None:
    findings = await extract((an_event(text="I love a good heist.", rating=5), None))

    assert [finding.topic for finding in findings] == ["heist stories"]


@given(text=st.text(max_size=400), rating=st.none() | st.floats(0, 5))
async def test_any_text_gives_weights_within_bounds_and_the_same_twice(
    text: str, rating: float | None
) -> None:
    event, item = an_event(text=text, rating=rating), an_item(categories=("Horror",))

    first, second = await extract((event, item)), await extract((event, item))

    assert first == second
    assert all(finding.weight and -1 <= finding.weight <= 1 for finding in first)


async def test_what_an_event_says_follows_from_its_words_alone() -> None:
    event = an_event(text="Amazing football, gorgeous prose.", rating=5)
    about, beside = await embed_by_hash(["stories about sports", "something else"])

    seen = [
        Witnessed(event=event, item=item, item_vector=vector)
        for item, vector in ((None, None), (an_item(), about), (an_item(), beside))
    ]
    extractor = BuiltInExtractor(embed_by_hash)
    said = [(await extractor(Belief(), [one])).said[1] for one in seen]

    expected = Said(praised=frozenset({"beautiful writing"}), attitude=attitude(event))
    assert said == [expected] * 3


async def test_a_label_is_quoted_as_the_catalogue_has_it() -> None:
    findings = await extract((an_event(rating=5), an_item(categories=("Tacos", "thai"))))

    assert {f.topic: f.words for f in findings} == {
        "Mexican food": "listed under Tacos",
        "thai": "listed under thai",
    }
