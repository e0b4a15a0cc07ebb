"""Whether words tell who somebody is, which no belief may say, instead of what they like.

A work may be about anybody: "stories about single mothers" is a taste, "is a single mother" is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from credence.planner.extraction.tokens import stem
from credence.planner.extraction.tokens import words as words_of
from credence.planner.llm.who_words import BEFORE_READER, CALLINGS, NOUNS, ORIGIN, STATES, WHO

_WHO = rf"(?:{'|'.join(NOUNS)})"
_STATE = rf"(?:{'|'.join(STATES)})"
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
_CAPITAL = re.compile(r"\b[A-Z][^\W_]+")
_OF_A_WORK = re.compile(
    r"\b[A-Z][^\W_]+[- ](?:language|translations?|editions?|versions?|subtitles)\b"
    r"|\b(?:[Tt]ranslat(?:ed|ions?)|[Ss]ubtitle[sd]?|[Dd]ubbed|[Ww]ritten|[Ss]ung|[Ss]poken)"
    r" (?:from|into|in) (?:the )?(?:original )?[A-Z][^\W_]+(?: (?:and|or) [A-Z][^\W_]+)?"
)
_OF_ONESELF = re.compile(
    rf"\b(?:i am|i['’]m|i was|as|being) (?:an? )?(?:[\w-]+ ){{0,3}}?({_WHO}){_END}", re.IGNORECASE
)


# In a sentence of a profile, unless its beliefs say so.
_CALLED = (
    rf"(?:[\w-]+ ){{0,2}}?(?:{'|'.join(CALLINGS)})"
    r"(?=\s*(?:[,.;!?]|$|(?:and|who|from|by|at|in|with|living)\b))"
)
_AGE_OF_READER = re.compile(
    rf"\b\d{{1,3}}[- ]years?[- ]olds?\b|\baged \d|\b{_AGE}\b", re.IGNORECASE
)
_MORE_OF_READER = re.compile(
    rf"\b(?:this|the|an?) (?:[\w-]+ ){{0,2}}?(?:{'|'.join(BEFORE_READER)}"
    r"|single(?! (?:[\w-]+ )?player))(?: [\w-]+)?"
    r" (?:person|reader|viewer|user|reviewer|customer|listener|player)\b"
    rf"|{_SUBJECT}(?:{_BE}(?: \w+ly| now)?|,) an? {_CALLED}|^(?:as|being) an? {_CALLED}"
    rf"|^an? {_CALLED}[^,.]{{0,40}}(?:, )?{_SUBJECT}"
    rf"|{_SUBJECT}{_BE} \d\d(?=\s*(?:[,.;!?]|$|and\b))|^at \d\d, (?:they|he|she|this)\b"
    r"|^s?he\b|^(?:his|her) (?-i:[a-z])"
    r"|^their (?:sons?|daughters?|kids|children|family|partner) (?!sagas?\b)"
    r"|\bsuffer(?:s|ed|ing)? from\b|\bhaving grown up\b|\b(?:born|raised) in\b"
    r"|\b(?:with|of|to) (?:\d+|one|two|three|four|five|six|young|small)"
    r" (?:kids|children|sons|daughters)\b"
    rf"|\b(?:is|are|being|as) (?:an? )?(?:{'|'.join(sorted(ORIGIN))}|male|female)"
    r"(?=\s*(?:[,.;!?]|$|and\b|who\b|by\b))",
    re.IGNORECASE,
)


def tells_who(sentence: str) -> bool:
    """Whether a sentence says by its form who the person is."""
    return _SAID_OF_READER.search(sentence) is not None


def tells_more(sentence: str, beliefs: Sequence[str]) -> bool:
    """Whether a sentence of a profile tells who the person is: by its form, or in a word of who
    somebody is, of what age, state, work, faith or origin, that stands in none of the beliefs."""
    if tells_who(sentence):
        return True
    of_age = [belief for belief in beliefs if _AGE_OF_READER.search(belief)]
    if _AGE_OF_READER.search(_without(of_age, sentence)):
        return True
    if _MORE_OF_READER.search(_without(beliefs, sentence)):
        return True
    known = {stem(word) for belief in beliefs for word in words_of(belief)}
    return not _of_who(sentence) <= known


def _without(beliefs: Sequence[str], sentence: str) -> str:
    """The sentence without the beliefs that stand in it as whole words."""
    for belief in sorted(beliefs, key=len, reverse=True):
        whole = rf"(?<!\w){re.escape(belief)}(?!\w)"
        sentence = re.sub(whole, " ", sentence, flags=re.IGNORECASE)
    return sentence


def _of_who(sentence: str) -> set[str]:
    """The words of a sentence that say who somebody is, by their stems."""
    lower = {stem(word) for word in words_of(sentence)}
    capital = {stem(word.lower()) for word in _CAPITAL.findall(_OF_A_WORK.sub(" ", sentence))}
    return (lower & WHO) | (capital & ORIGIN)


def is_who(topic: str) -> bool:
    """Whether a topic is a description of the person."""
    alone = _WHO_ALONE.fullmatch(topic) or _AS_A_TOPIC.search(topic)
    return alone is not None or tells_who(topic)


def said_of_oneself(topic: str, quote: str) -> bool:
    """Whether the quote is about its writer in a word of the topic: "As a nurse, I", "nurses"."""
    stems = {stem(word) for word in words_of(topic)}
    return any(stem(who.lower()) in stems for who in _OF_ONESELF.findall(quote))
