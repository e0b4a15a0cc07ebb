"""The synthesizer's seat: a model writes the profile, and every sentence must rest on chunks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Belief, Chunk, Sentence, Status
from credence.memory.strength import side_of, standing
from credence.planner.extraction.tokens import normal
from credence.planner.llm.answers import ProfileSentence, SynthesizerAnswer
from credence.planner.llm.asking import Asks, Errand, Question, Role
from credence.planner.llm.documents import SentenceView, SynthesizerDocument
from credence.planner.llm.fence import document, words
from credence.planner.llm.grounds import share_a_word
from credence.planner.llm.instructions import prompt_of
from credence.planner.llm.outcome import noted, put
from credence.planner.llm.topics import has_markup
from credence.planner.llm.views import chunk_id, told_view
from credence.planner.llm.who import tells_more
from credence.planner.synthesis.outline import CLEAR
from credence.planner.synthesis.synthesizer import (
    LONGEST,
    MUCH,
    SHORTEST,
    Narrative,
    Synthesizer,
)

_SHOWN = 60  # chunks, the clearest
_WORDS_A_CHUNK = 8  # that a profile of few chunks should have at least
_LONGEST_SENTENCE = 70  # words
_TOKENS = 1_600

_LIKES = re.compile(
    r"\b(?:lik|lov|enjoy|favou?r|prefer|drawn|appreciat|relish|fond|keen|delight|seek|admir|"
    r"interest|appeal|value[sd]?\b|taste for|warm|never tire|for the better)",
    re.IGNORECASE,
)
_DISLIKES = re.compile(
    r"\b(?:dislik|hat(?:e|ed|es|ing)\b|avoid|unlik|put off|puts? (?:\w+ )?off|no patience|loath|"
    r"weary|(?<!never )tire[sd]?\b|averse|aversion|turned off|reject|bor(?:e|ed|es|ing)\b|despis|"
    r"resent|critici[sz]|frustrat|annoy|irritat|bother|complain|disappoint|unmoved|impatien|"
    r"unimpress|against|cool(?:ed|er)?\b|for the worse)|"
    r"(?:\b(?:not|never|rarely|less|little)|n['’]t) (?:\w+ ){0,2}"
    r"(?:lik|lov|enjoy|keen|fond|drawn|for\b|interest|appeal|care|patience)",
    re.IGNORECASE,
)
_UNDECIDED = re.compile(
    r"\b(?:two minds|both ways|divided|mixed|contested|ambivalen|torn|undecided)", re.IGNORECASE
)
# Where one sentence ends and another begins, but for short forms such as "Mrs. Dalloway".
_ENDS = re.compile(r"(?<=[\w)\"”’][a-z0-9)\"”’][.!?])(?<!rs\.)(?<!vs\.)(?<!no\.)\s+(?=[\"“]?[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmSynthesizer:
    """Writes 150 to 300 words once there is that much to say (arXiv 2605.14401).

    A sentence stays if it names the chunks it rests on, says of them what they say, and speaks
    neither of what is no longer believed nor of who the person is. What is too short then is
    asked for once more; what still is, `built_in` writes.
    """

    model: Asks
    errand: Errand
    built_in: Synthesizer
    rules: Rules

    async def __call__(self, belief: Belief, *, now: datetime) -> Narrative:
        """Sentences in reading order; nothing is asked where nothing is believed."""
        shown = _clearest(belief, now=now, rules=self.rules)
        if not shown:
            return Narrative(sentences=())
        asked = await put(self._question(belief, shown, now), self.model)
        if asked.answer is None:
            return replace(await self.built_in(belief, now=now), told=asked.told)
        notes: list[str] = []
        sentences = _supported(asked.answer.value.sentences, shown, _gone(belief), notes)
        told = noted(asked.told, notes)
        if _length(sentences) < (least := _least(shown, now=now, rules=self.rules)):
            why = f"what was supported came to {_length(sentences)} of {least} words"
            written = await self.built_in(belief, now=now)
            return replace(written, told=replace(told, fallback=why))
        return Narrative(sentences=sentences, told=told)

    def _question(
        self, belief: Belief, shown: Mapping[str, Chunk], now: datetime
    ) -> Question[SynthesizerAnswer]:
        previous = belief.profile.sentences if belief.profile else ()
        least, gone = _least(shown, now=now, rules=self.rules), _gone(belief)
        data = SynthesizerDocument(
            chunks=tuple(told_view(c, now=now, rules=self.rules) for c in shown.values()),
            previous=tuple(
                SentenceView(
                    text=words(s.text, most=600),
                    rests_on=tuple(chunk_id(number) for number in s.chunk_ids),
                )
                for s in previous
                if all(chunk_id(number) in shown for number in s.chunk_ids)
            ),
            least_words=least,
            most_words=LONGEST,
            today=now.date().isoformat(),
        )
        return Question(
            role=Role.SYNTHESIZER,
            errand=self.errand,
            prompt=prompt_of(Role.SYNTHESIZER),
            data=document(data),
            form=SynthesizerAnswer,
            most_tokens=_TOKENS,
            check=lambda answer: _faults(answer, shown, gone, least=least),
        )


def _clearest(belief: Belief, *, now: datetime, rules: Rules) -> Mapping[str, Chunk]:
    """The chunks that a model is shown, by their short id, the clearest first."""

    def clarity(chunk: Chunk) -> tuple[float, int]:
        stands = standing(chunk, now=now, half_life=rules.half_life)
        return (-abs(stands.strength) * stands.confidence, chunk.chunk_id)

    clearest = sorted(belief.active, key=clarity)[:_SHOWN]
    return {chunk_id(chunk.chunk_id): chunk for chunk in clearest}


def _gone(belief: Belief) -> Sequence[str]:
    """The topics of chunks that are no longer believed, but for those that still are as well."""
    believed = {normal(chunk.text) for chunk in belief.active}
    unbelieved = {Status.FORGOTTEN, Status.REJECTED}
    gone = {normal(chunk.text) for chunk in belief.chunks if chunk.status in unbelieved}
    return sorted(gone - believed - {""})


def _least(shown: Mapping[str, Chunk], *, now: datetime, rules: Rules) -> int:
    """Words that a profile must have; beliefs too faint for the built-in one ask for none."""
    stands = (standing(chunk, now=now, half_life=rules.half_life) for chunk in shown.values())
    clear = sum(one.confidence >= CLEAR for one in stands)
    return SHORTEST if clear >= MUCH else _WORDS_A_CHUNK


def _length(sentences: Sequence[Sentence]) -> int:
    return sum(len(sentence.text.split()) for sentence in sentences)


def _faults(
    answer: SynthesizerAnswer, shown: Mapping[str, Chunk], gone: Sequence[str], *, least: int
) -> Sequence[str]:
    """What to ask for again: too few words are left once what nothing supports is cut."""
    notes: list[str] = []
    left = _length(_supported(answer.sentences, shown, gone, notes))
    if left >= least:
        return ()
    return (f"{left} of {least} words remain after cutting:", *notes[:5])


def _supported(
    given: Sequence[ProfileSentence],
    shown: Mapping[str, Chunk],
    gone: Sequence[str],
    notes: list[str],
) -> tuple[Sentence, ...]:
    """The sentences that hold, in their order, within the words a profile may have.

    What was given as one sentence and is several is judged one by one.
    """
    kept: dict[str, Sentence] = {}
    for number, sentence in enumerate(given, 1):
        strangers = [one for one in sentence.rests_on if one not in shown]
        for text in _ENDS.split(words(sentence.text, most=600)):
            named = _named(text, sentence.rests_on, shown)
            why = _why_cut(text, named, gone)
            if strangers:
                why = f"it rests on {strangers[0]!r}, which is not believed"
            elif why is None and normal(text) in kept:
                why = "it is there already"
            elif why is None and _length([*kept.values()]) + len(text.split()) > LONGEST:
                why = f"the profile would be longer than {LONGEST} words"
            if why is not None:
                notes.append(f"sentence {number} was cut: {why}")
                continue
            ids = tuple(chunk.chunk_id for chunk in named)
            kept[normal(text)] = Sentence(text=text, chunk_ids=ids)
    return tuple(kept.values())


def _named(text: str, rests_on: Sequence[str], shown: Mapping[str, Chunk]) -> Sequence[Chunk]:
    """The chunks that a sentence speaks of: of those it rests on, and any in its very words."""
    cited = [shown[one] for one in dict.fromkeys(rests_on) if one in shown]
    named = [chunk for chunk in cited if share_a_word(chunk.text, text)]
    if not named:
        return ()
    rest = _without(text, [chunk.text for chunk in named])
    others = (chunk for chunk in shown.values() if chunk not in named)
    return [*named, *(chunk for chunk in others if _says(rest, normal(chunk.text)))]


def _wordings(named: Sequence[Chunk]) -> Sequence[str]:
    """All words that chunks are or were known by."""
    return [wording for chunk in named for wording in (chunk.text, *chunk.aliases)]


def _without(text: str, topics: Sequence[str]) -> str:
    """The normal form of a text, with these topics taken out of it, the longest first."""
    plain = f" {normal(text)} "
    for topic in sorted(map(normal, topics), key=len, reverse=True):
        plain = plain.replace(f" {topic} ", " ; ")
    return plain


def _says(plain: str, topic: str) -> bool:
    return bool(topic) and f" {topic} " in plain


def _why_cut(text: str, named: Sequence[Chunk], gone: Sequence[str]) -> str | None:
    """What is wrong with a sentence that speaks of these chunks."""
    sides = {side_of(chunk) for chunk in named}
    topics = [chunk.text for chunk in named]
    bare = text  # what it says of its topics: "unlikable narrators" is no dislike
    for topic in sorted(topics, key=len, reverse=True):
        bare = re.sub(re.escape(topic), " ", bare, flags=re.IGNORECASE)
    disliked = _DISLIKES.search(bare) is not None
    liked = _LIKES.search(_DISLIKES.sub(" ", bare)) is not None
    undecided = _UNDECIDED.search(bare) is not None
    plain = _without(text, topics)
    wrong = {
        "it names no chunk that it rests on": not named,
        "it has markup or a link": has_markup(bare),
        "it tells who the person is": tells_more(text, _wordings(named)),
        "it speaks of what is not believed": any(_says(plain, topic) for topic in gone),
        f"it is longer than {_LONGEST_SENTENCE} words": len(text.split()) > _LONGEST_SENTENCE,
        "it takes a side on what is undecided": "undecided" in sides and not undecided,
        "it does not say that this is disliked": "dislikes" in sides
        and not (disliked or undecided),
        "it says that this is disliked, and it is liked": "likes" in sides
        and disliked
        and not (liked or undecided),
    }
    return next((why for why, is_so in wrong.items() if is_so), None)
