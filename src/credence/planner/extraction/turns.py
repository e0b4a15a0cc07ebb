"""What the words around a mention make of it: said, denied, wished for, or another's taste."""

from __future__ import annotations

import re
from enum import Enum, auto

from credence.planner.extraction.clauses import Clause
from credence.planner.extraction.lexicon import Mention
from credence.planner.extraction.whose import another_is, anothers, own_words

_WINDOW = 6  # words before a mention that can turn it
_WIDE = 12  # the same for what turns such words in their turn
_UP_TO_2 = r"(?:(?!to )\S+ ){0,2}$"
_UP_TO_3 = r"(?:(?!to )\S+ ){0,3}$"
_DENIAL = re.compile(
    r"\b(?:not|no|never|nothing|without|hardly|barely|cannot|neither|nor|\w+n't|less|than"
    r"|devoid of|clear of|free of|free from|absence of|avoids?|avoiding|instead of|rather than)"
    r"(?: (?!only|just)\S+){0,2}(?: (?:or|nor|any)){0,2} $"
)
_WANT = re.compile(
    r"\b(?:not enough|lack of|deficient in|fail\w* to \w+|lacks|lacked|lacking|needed more"
    r"|needs more|wanted more|could use more|could have used more|wish\w* .*more"
    r"|would have liked .*more|want\w* more) " + _UP_TO_2
)
_OFF = (
    r"(?:too much|too many|tired of|sick of|hate|hated|hates|dislike|disliked"
    r"|(?:no|not|never|isn't|wasn't|aren't) (?:\S+ ){0,4}fans? of|done without"
    r"|excessive|unnecessary|gratuitous|put off by"
    r"|(?:don't|didn't|doesn't|did not|do not) (?:(?!only |just |merely |simply )\S+ )?"
    r"(?:like|enjoy|love|care for)) "
)
_TURNED_OFF = re.compile(r"\b" + _OFF + _UP_TO_2)
_DRAWN = re.compile(
    r"(?<!to )\b(?:loved|loves|adore|adored|enjoy|enjoyed|fan of|sucker for|favorite"
    r"|appreciate|appreciated|obsessed with|addicted to|fascinated by|like a good|love a good) "
    + _UP_TO_3
    # "love" is a verb after who loves or how, and where a clause opens with it; else a feeling
    + r"|(?:^love (?=(?:the|a|an|this|these|those|that|all|how|his|her|their|its|your) )"
    + r"|\b(?:i|we|you|they|who|readers?|fans|people|i'd|i'll|you'd|you'll|who'll|really|truly"
    + r"|absolutely|simply|totally|just|also|always|do|did|does|will|would|might|may|still|love)"
    + r" love |\bi (?:fell|am|was) (?:\S+ )?in love with )"
    + _UP_TO_3
)
_THEME = re.compile(
    r"\b(?:themes? (?:of|like|such as)|about|explor\w+|delv\w+ into|set (?:in|on|at|against|during)"
    r"|(?:story|tale|novel|account|history|portrayal|depiction|exploration|examination) of"
    r"|elements? of|portray\w*|depict\w*|backdrop of|focus\w* on|dealing with|deals with|tackles"
    r"|tropes?|genre of) (?:\S+ ){0,5}$"
)

# Words that turn such a turn. From them to the mention nobody else begins to speak.
_THERE = r"there (?:is|was|are|were)"
_ON_TO = r"(?:(?!(?:to|i|i'm|i've|i'd|we|but) )\S+ ){0,3}$"
_BESIDES = (
    r"(?:(?:really|actually|quite|exactly|ever|even|always|usually|generally|necessarily|entirely"
    r"|totally|completely|to|be|been|being|was|were|have|has|had|having|get|gets|got|feel|feels|felt"
    r"|adds?|adding|contains?|includes?|uses?|gives?|shows?|as if i|that i|because i"
    rf"|(?:think|say|saying|mean|feel|find|claim)(?: that)? (?:i|i'm|{_THERE})"
    rf"|(?:that|because) (?:i'm|{_THERE})) ){{0,3}}"
)
_NOT_OFF = re.compile(
    r"\b(?:not|never|hardly|barely|cannot|without|no longer|nor|neither|\w+n't) "
    + _BESIDES
    + _OFF
    + _ON_TO
)
_WAS = (
    r"(?:(?:used|expected|expecting|wanted|tried|prepared|ready|inclined|supposed|meant) to|once"
    r"|no longer|(?<!never )(?:thought|thinking|assumed|convinced|sure|afraid|worried|feared)"
    r"(?: that)? i(?:'d| would| might)?)"
)
_FULLY = r"(?:(?:really|absolutely|always|completely|truly|be|a|an|big|huge|get|very|so) ){0,3}"
_DREW = (
    r"(?:(?:lov|lik|enjoy|ador|appreciat|crav)(?:e|ed)?|fans? of|sucker for|obsessed with"
    r"|addicted to|fascinated by|into) "
)
_ONCE = re.compile(
    rf"\b{_WAS} {_FULLY}(?:{_OFF}|{_DREW}){_ON_TO}"
    rf"|\b(?:would|could|might|may|should) have {_FULLY}(?:hated|disliked|been put off by) {_ON_TO}"
    rf"|\bgoing to {_FULLY}(?:hate|dislike) {_ON_TO}"
)
_HARDLY_DRAWN = re.compile(
    r"\bi (?:don't|do not|didn't|can't|cannot|can not|couldn't|wouldn't) (?:(?:really|ever) )?"
    r"(?:find|think|feel|say|claim|suppose)(?: that)? (?:i|i'm|i've|myself"
    # "I didn't think I would love it" is a surprise.
    r"|(?:(?<=n't think )|(?<=not think ))(?<!didn't think )(?:i'd|i'll|i would|i will)) "
    r"(?:(?:really|particularly|especially|ever|all that|that|much|a|an|big|am|very) ){0,3}"
    r"(?:(?:lov|lik|enjoy|ador|appreciat)(?:e|ed|ing)?|fans? of|into) "
    r"(?:(?!(?:more|than|as|i|but) )\S+ ){0,3}$"
)
_UNTIL = re.compile(r"^(?:\S+ ){0,3}(?:until|till|before (?:this|reading|i) )")

_NEVER = (
    r"(?:never|not ever|(?:can't|cannot|can not|couldn't|could not|won't|will not|don't|didn't)"
    r"(?: ever)?|impossible to)"
)
_NEVER_TIRED = re.compile(
    rf"\b{_NEVER} (?:(?:ever|once|get|gets|got|gotten|grow|grows|grew|grown|be|been|feel|felt"
    r"|become|really|quite|seem to|a bit) ){0,3}"
    r"(?:tired of|tire of|tires of|sick of|weary of|bored (?:of|with|by)) " + _ON_TO
)
_NEVER_TOO = re.compile(
    r"\b(?:(?<!was )(?<!were )never|no such thing as|(?:you|one|we|there) (?:can't|cannot|can not"
    r"|couldn't|could not)(?: ever| possibly)?|impossible to) "
    r"(?:(?:ever|be|have|get|read|see|really|a|such a thing as|thing as) ){0,3}too (?:much|many) "
    + _ON_TO
)
_NEVER_ENOUGH = re.compile(
    r"\b(?:(?<!was )(?<!were )never|can't|cannot|can not|couldn't|could not|no such thing as) "
    r"(?:(?:seem to|ever|quite|really|possibly|get|have|read|be) ){0,3}enough (?:of )?" + _ON_TO
)
_WHO_WOULD_NOT = re.compile(
    r"^(?:(?:and|because|after|all|i|mean|seriously|really|honestly|well|so|come|on) ){0,3}"
    r"who (?:doesn't|does not|wouldn't|would not|didn't|isn't|can't) (?:\S+ ){0,2}?"
    r"(?:love|like|enjoy|adore|appreciate|a fan of|a sucker for|resist) " + _ON_TO
)
_CRAVING = (_NEVER_TIRED, _NEVER_TOO, _NEVER_ENOUGH, _WHO_WOULD_NOT)


class Turn(Enum):
    """What the words around a mention make of it."""

    NONE = auto()
    UNSAID = auto()  # the taste of another, or one of the past, or one that is denied
    DENIED = auto()  # the topic is not there
    WISHED = auto()
    DISLIKED = auto()
    LIKED = auto()
    CRAVED = auto()  # "never enough of", "never too much": liked, whatever it is
    THEME = auto()


def turn_of(clause: Clause, mention: Mention, *, whoever: bool = False) -> Turn:
    """How the words of its clause turn a mention; whose taste it is comes first.

    With `whoever` that is not asked: a taste counts as the writer's own.
    """
    if not mention.start:
        return Turn.NONE
    wide, after = _lead(clause, mention, _WIDE), " ".join((*clause.words[mention.end :], ""))
    if not whoever:
        wide = own_words(wide)
        if anothers(wide) or another_is(wide, after):
            return Turn.UNSAID
    if any(craving.search(wide) for craving in _CRAVING):
        return Turn.CRAVED
    turn = _turned(_lead(clause, mention, min(_WINDOW, wide.count(" "))))
    if _ONCE.search(wide) or _HARDLY_DRAWN.search(wide):
        return Turn.UNSAID
    if turn is Turn.DISLIKED and _taken_back(wide, after):
        return Turn.UNSAID
    return turn


def own_text(clause: Clause, mention: Mention) -> str:
    """A clause without the taste of somebody else that it begins with."""
    wide = _lead(clause, mention, _WIDE)
    own = own_words(wide)
    if own == wide:
        return clause.text
    return " ".join(clause.words[mention.start - own.count(" ") :])


def _taken_back(wide: str, after: str) -> bool:
    """Whether an aversion is denied, or was one until now."""
    return bool(_NOT_OFF.search(wide) or _UNTIL.search(after))


def _turned(lead: str) -> Turn:
    for turn, cue in (
        (Turn.WISHED, _WANT),
        (Turn.DISLIKED, _TURNED_OFF),
        (Turn.DENIED, _DENIAL),
        (Turn.LIKED, _DRAWN),
        (Turn.THEME, _THEME),
    ):
        if cue.search(lead):
            return turn
    return Turn.NONE


def _lead(clause: Clause, mention: Mention, most: int) -> str:
    """At most so many words before a mention, each with a space; marked where they are cut."""
    first = max(0, mention.start - most)
    return ("\u2026 " if first else "") + " ".join(clause.words[first : mention.start]) + " "
