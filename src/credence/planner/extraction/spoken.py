"""What a person's own words say about topics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from credence.planner.extraction.clauses import Clause
from credence.planner.extraction.lexicon import Lexicon, Mention, Stance, Topic
from credence.planner.extraction.opinion import opinion
from credence.planner.extraction.tokens import excerpt
from credence.planner.extraction.turns import Turn, own_text, turn_of

_QUOTE = 120  # characters kept of the clause
_MOST = 60  # mentions judged in a text; prose of 4,000 characters has some 40

_SURE = 0.9  # "too much gore", "I love a good heist"
_PRAISED = 0.55
_COMPLAINED = 0.65
_WISHED = 0.5
_HEARD = 0.3  # an opinion from here on is one
_AGAINST = 0.5  # an opinion this strong counts against the rating
_PASSING = frozenset({"content", "craft", "format"})  # named without judgement they say nothing
_PRAISING = 0.5  # an attitude from here on means that a complaint under concession weighs little
_CONCEDED = 0.3  # the share of it that is left
_MIDDLING = 0.4  # an attitude nearer to 0 blames no theme
_BARELY = 0.12
_LIKED_ALONG = 0.48  # share of the attitude that goes to a topic named without judgement
_DISLIKED_ALONG = 0.25  # less: a low rating does not say what was at fault


_TURNED = {
    Turn.UNSAID: 0.0,
    Turn.DENIED: 0.0,
    Turn.WISHED: _WISHED,
    Turn.DISLIKED: -_SURE,
    Turn.LIKED: _SURE,
    Turn.CRAVED: _SURE,
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A topic the person spoke of."""

    topic: Topic
    weight: float  # [-1, 1], not 0
    words: str
    pointed: bool  # said of the topic itself, or named as a theme; not just met in the plot


def spoken_topics(clauses: Sequence[Clause], liking: float, lexicon: Lexicon) -> list[Spoken]:
    """Topics of a text's clauses as each counts; `liking` is the attitude to the whole item.

    Each topic once, by its clearest mention.
    """
    clearest: dict[str, Spoken] = {}
    for spoken in _all_spoken(clauses, liking, lexicon):
        known = clearest.get(spoken.topic.name)
        if known is None or abs(spoken.weight) > abs(known.weight):
            clearest[spoken.topic.name] = spoken
    return sorted(clearest.values(), key=lambda spoken: (-abs(spoken.weight), spoken.topic.name))


def _all_spoken(clauses: Sequence[Clause], liking: float, lexicon: Lexicon) -> Iterator[Spoken]:
    mentions = ((c, mention) for c in clauses for mention in lexicon.mentions(c.stems))
    for clause, mention in islice(mentions, _MOST):
        turn = turn_of(clause, mention)
        topic, weight = _judged(clause, mention, turn, liking, lexicon)
        if topic is not None and weight < 0:
            theme = turn is Turn.THEME and topic.stance is Stance.ASPECT
            weight = _mildly(weight, clause, liking, theme=theme)
        if topic is not None and weight:
            yield Spoken(topic, weight, _quote(clause, mention), turn is not Turn.NONE)


def _judged(
    clause: Clause, mention: Mention, turn: Turn, liking: float, lexicon: Lexicon
) -> tuple[Topic | None, float]:
    """The topic a mention speaks of, which negation can change, and its weight."""
    topic, own = mention.topic, own_text(clause, mention)
    if topic.stance is not Stance.ASPECT:
        if turn is Turn.UNSAID or (turn is Turn.CRAVED and topic.stance is Stance.COMPLAINT):
            return None, 0.0
        denied = turn in (Turn.DENIED, Turn.WISHED)
        meant = lexicon.opposite(topic) if denied else topic
        return meant, _own(meant, opinion(own), liking) if meant else 0.0
    if turn in _TURNED:
        return topic, _TURNED[turn]
    return topic, _felt(topic, opinion(own), liking)


def _mildly(weight: float, clause: Clause, liking: float, *, theme: bool) -> float:
    """A complaint without what the person takes back, or what only a theme is blamed for."""
    if clause.conceded and liking >= _PRAISING:
        return _CONCEDED * weight
    if theme and abs(liking) < _MIDDLING:
        return max(weight, -_BARELY)
    return weight


def _own(topic: Topic, heard: float, liking: float) -> float:
    """Weight of a topic with its own polarity.

    A rating that disagrees makes it less clear; a clause that disagrees means that it was not
    meant so ("a delightfully predictable romp").
    """
    base = _PRAISED if topic.stance is Stance.PRAISE else -_COMPLAINED
    if heard * base < 0 and abs(heard) >= _AGAINST:
        return 0.0
    return base if base * liking >= 0 else 0.6 * base


def _felt(topic: Topic, heard: float, liking: float) -> float:
    """Weight of an open topic from the opinion in its clause and the attitude to the item."""
    if abs(heard) < _HEARD:
        along = _LIKED_ALONG if liking > 0 else _DISLIKED_ALONG
        return 0.0 if topic.category in _PASSING else along * liking
    if heard * liking >= 0:
        return 0.5 * heard + 0.4 * liking
    return 0.6 * heard if abs(heard) >= _AGAINST else 0.0


def _quote(clause: Clause, mention: Mention) -> str:
    """The clause, or where it is long the part around the mention."""
    if len(clause.text) <= _QUOTE:
        return clause.text
    at = clause.text.lower().find(clause.words[mention.start])
    start = max(0, at - _QUOTE // 2)
    return excerpt(clause.text, start=start, most=_QUOTE)
