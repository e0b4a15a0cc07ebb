"""What the synthesizer's seat writes."""

from __future__ import annotations

from datetime import UTC, datetime

from credence.app.llm_dev.synthesizing import synthesized
from credence.app.llm_dev.views import belief_of
from credence.memory.lifecycle.draft import Rules
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer
from tests.unit.app.llm_dev.documents import a_chunk, to_write

TODAY = datetime(2026, 6, 1, tzinfo=UTC)
CHUNKS = (
    a_chunk(1),
    a_chunk(2, "likes found family", strength=0.5, confidence=0.3),
    a_chunk(3, "dislikes love triangles", strength=-0.6, confidence=0.35),
)


async def test_it_writes_what_the_built_in_synthesizer_writes() -> None:
    belief = belief_of(CHUNKS, now=TODAY)
    expected = await BuiltInSynthesizer(Rules().half_life)(belief, now=TODAY)

    answer = await synthesized(to_write(*CHUNKS))

    assert [sentence.text for sentence in answer.sentences] == [
        sentence.text for sentence in expected.sentences
    ]
    assert answer.sentences


async def test_each_chunk_is_named_where_it_is_spoken_of() -> None:
    answer = await synthesized(to_write(*CHUNKS))

    resting = {chunk: s.text for s in answer.sentences for chunk in s.rests_on}
    assert "fast pacing" in resting["c1"]
    assert "found family" in resting["c2"]
    assert "love triangles" in resting["c3"]


async def test_it_writes_no_more_words_than_asked_for() -> None:
    whole = await synthesized(to_write(*CHUNKS))
    first = len(whole.sentences[0].text.split())

    answer = await synthesized(to_write(*CHUNKS, most_words=first))

    assert answer.sentences == whole.sentences[:1]


async def test_of_nothing_it_writes_nothing() -> None:
    assert (await synthesized(to_write())).sentences == []
