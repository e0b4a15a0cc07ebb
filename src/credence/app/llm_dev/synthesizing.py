"""The synthesizer's seat, taken by the built-in synthesizer."""

from __future__ import annotations

from credence.app.llm_dev.views import belief_of, moment
from credence.memory.lifecycle.draft import Rules
from credence.planner.llm.answers import ProfileSentence, SynthesizerAnswer
from credence.planner.llm.documents import SynthesizerDocument
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer

_RESTS = 40  # chunks that a sentence may name


async def synthesized(document: SynthesizerDocument) -> SynthesizerAnswer:
    """Sentences about the chunks, at most as many words as asked for; fewer than the least where
    the chunks say little. Raises Unread."""
    now = moment(document.today)
    belief = belief_of(document.chunks, now=now)
    written = await BuiltInSynthesizer(Rules().half_life)(belief, now=now)
    kept: list[ProfileSentence] = []
    left = document.most_words
    for sentence in written.sentences:
        left -= len(sentence.text.split())
        if left < 0:
            break
        rests_on = [f"c{chunk_id}" for chunk_id in sentence.chunk_ids[:_RESTS]]
        kept.append(ProfileSentence(text=sentence.text, rests_on=rests_on))
    return SynthesizerAnswer(sentences=kept)
