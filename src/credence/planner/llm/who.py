"""Whether words tell who somebody is, which no belief may say, instead of what they like.

A work may be about anybody: "stories about single mothers" is a taste, "is a single mother" is not.
"""

from __future__ import annotations

import re

from credence.planner.extraction.tokens import stem
from credence.planner.extraction.tokens import words as words_of

_WHO = (
    r"(?:man|men|woman|women|male|female|boy|girl|guy|lady|mother|father|mom|mum|dad|parent"
    r"|grandmother|grandfather|grandparent|wife|husband|widow|widower|student|teacher|nurse"
    r"|doctor|physician|engineer|lawyer|accountant|programmer|pensioner|retiree|veteran|teenager"
    r"|christian|catholic|muslim|jew|hindu|buddhist|atheist|lesbian|immigrant)"
)
_STATE = (
    r"(?:retired|unemployed|married|divorced|widowed|single|pregnant|disabled|autistic|depressed"
    r"|gay|bisexual|straight|transgender|christian|muslim|jewish|religious|wealthy|poor|elderly"
    r"|middle-aged|young|old)"
)
_AGE = (
    r"(?:\d{1,3}[- ]years?[- ]old|aged \d+"
    r"|in (?:his|her|their|my) (?:early |mid[- ]?|late )?"
    r"(?:teens|twenties|thirties|forties|fifties|sixties|seventies|eighties|\d0s))"
)
_HOME = (
    r"(?:(?:live[sd]?|reside[sd]?) (?:in|at|with|near|on)|work(?:s|ed)? (?:as|at|in|for)|grew up"
    r"|(?:was|were|is|are) (?:born|based) in|earns?|(?:has|have|raises?) (?:[\w-]+ ){0,2}"
    r"(?:kids|children|sons?|daughters?|husband|wife|job|disability|illness)\b(?!['’-]))"
)
_SUBJECT = (
    r"(?:(?:this|the) (?:person|reader|viewer|user|reviewer|customer|listener|player)"
    r"|(?:^|[,;:] (?:and |but |since |because |as )?|\bthat )(?:he|she|they))"
)
_BE = (
    r"(?:['’](?:s|re)| (?:is|are|was|were)| (?:is|are) (?:likely|probably) to be"
    r"| (?:seems?|appears?) to be| (?:must|may|might|could|should) be)"
)
# Up to three words that do not begin to say what somebody is fond of, drawn to, keen on.
_FILL = r"(?: (?!(?:to|of|by|in|with|for|about|on|from|at|into|over|as|like)\b)[\w'-]+){0,3}?"
_END = r"\b(?![-'’])"

_SAID_OF_READER = re.compile(
    rf"{_SUBJECT}(?:{_BE}{_FILL} (?:{_WHO}s?{_END}|{_AGE}\b)"
    rf"|{_BE}(?: \w+ly| now| an?)? {_STATE}(?=\s*(?:[,.;!?]|$|and\b|who\b))"
    rf"|(?: \w+ly)? {_HOME})"
    rf"|^(?:as|being|for) an? (?:[\w-]+ ){{0,2}}{_WHO}{_END}"
    rf"|^this (?:[\w-]+ ){{0,2}}(?:{_WHO}{_END}|\d{{1,3}}-year-old\b)"
    rf"|^(?!\d){_AGE}\b",
    re.IGNORECASE,
)
_WHO_ALONE = re.compile(
    rf"(?:(?:being|is|am|are|was|i am|i['’]m) )?(?:an? |the )?(?:(?:{_STATE}|older|working|teenage"
    rf"|white|black) )*(?:{_WHO}|{_STATE}|{_AGE}(?: {_WHO})?)"
    rf"|(?:an? )?(?:[\w-]+ )?{_WHO} of (?:\d+|one|two|three|four|five|six|twins|young|small|teen).*"
    r"|(?:lives? in|born in|works? as|works? at|aged \d|(?:my|his|her|their) (?:age|job|faith)).*"
    r"|(?:the|this) (?:person|reader|viewer|user|reviewer|customer) (?:is|was|has|lives|works)\b.*",
    re.IGNORECASE,
)
# As a topic, though not in a sentence: a work may well be about a nurse from Leeds.
_AS_A_TOPIC = re.compile(
    rf"\d{{1,3}}[- ]years?[- ]old (?:[\w-]+ )?{_WHO}{_END}|\baged \d|\blike (?:me|myself|us)\b"
    rf"|^from\b.*\b{_WHO}{_END}|^an? (?:[\w-]+ ){{0,2}}{_WHO} from\b",
    re.IGNORECASE,
)
_OF_ONESELF = re.compile(
    rf"\b(?:i am|i['’]m|i was|as|being) (?:an? )?(?:[\w-]+ ){{0,3}}?({_WHO}){_END}", re.IGNORECASE
)


def tells_who(sentence: str) -> bool:
    """Whether a sentence of a profile tells who the person is."""
    return _SAID_OF_READER.search(sentence) is not None


def is_who(topic: str) -> bool:
    """Whether a topic is a description of the person."""
    alone = _WHO_ALONE.fullmatch(topic) or _AS_A_TOPIC.search(topic)
    return alone is not None or tells_who(topic)


def said_of_oneself(topic: str, quote: str) -> bool:
    """Whether the quote is about its writer in a word of the topic: "As a nurse, I", "nurses"."""
    stems = {stem(word) for word in words_of(topic)}
    return any(stem(who.lower()) in stems for who in _OF_ONESELF.findall(quote))
