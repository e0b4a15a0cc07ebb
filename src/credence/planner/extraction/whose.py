"""Whether a taste is the writer's own or that of somebody they speak of."""

from __future__ import annotations

import re

_KIN = (
    r"husband|wife|hubby|spouse|partner|fianc\w+|boyfriend|girlfriend|kids?|child|children|sons?"
    r"|daughters?|boys?|girls?|mom|mum|mother|dad|father|parents?|brothers?|sisters?|siblings?"
    r"|grand\w+|nieces?|nephews?|aunt|uncle|cousins?|in law|family|friends?|students?|class|pupils?"
    r"|coworkers?|workers?|colleagues?|roommates?|teens?|teenagers?|toddler|neighbors?|neighbours?"
    r"|boss|teacher|buddy|book club"
)
_OURS = rf"(?:my|our) (?:(?!inner |i |own )\S+ ){{0,4}}?(?:{_KIN})(?:'s)?(?: who)?"
_THEIRS = rf"(?:his|her|their) (?:(?!of |own )\S+ )??(?:{_KIN})(?:'s)?(?: who)?"
_PRONOUN = (
    r"(?:(?:he|she|they)(?:'s|'re|'ve|'d)?|(?:everyone|everybody|nobody|no one"
    r"|(?<!as )(?<!am )(?<!i'm )(?:someone|somebody))(?:'s)?(?: else)?)"
)
_MANY = r"(?:some|many|most|others)"
_PEOPLE = (
    r"(?:people|readers|fans|viewers|critics|reviewers|others|audiences|folks|listeners|players"
    r"|kids|children|women|men|teens|teenagers|parents)"
)
_FULLY = (
    r"(?:never|always|really|also|absolutely|just|still|truly|simply|do|does|did|don't|doesn't"
    r"|didn't|not|can't|cannot|couldn't|can|could|is|are|was|were|isn't|aren't|wasn't|weren't|has"
    r"|have|had|hasn't|haven't|get|gets|got|usually|often|all|both|seems?|seemed|to|especially"
    r"|particularly|normally|generally|actually|even|already|clearly|obviously|used|only|very|so"
    r"|a|an|big|huge|great|massive|real|been|being|be|too)"
)
_FANS = r"(?:(?<= a )|(?<= are )|(?<= be )|(?<= big )|(?<= huge ))(?:fans?|lovers?) of"
_INTO = r"(?:(?<=is )|(?<=are )|(?<=was )|(?<=were ))into|(?:(?<=n't )|(?<=not ))stand"
_TASTE = (
    r"(?:love[sd]?|like[sd]?(?! (?:me|us|myself|you) )|hate[sd]?|dislike[sd]?|enjoy(?:s|ed)?"
    r"|adore[sd]?|appreciate[sd]?|prefer(?:s|red)?|devour(?:s|ed)?|care[sd]? for|sucker for"
    r"|tired of|sick of|bored (?:of|with|by)|obsessed with|addicted to|fascinated by|put off by"
    rf"|enough of|{_FANS}|{_INTO})"
)
_THOUGHT = r"(?:found|finds?|thought|thinks?|felt|feels?|said|says?|complain\w+(?: about)?)"
_SAY = r"(?:say|says|said|saying|claim(?:s|ed)?|complain\w*(?: of| about)?|think|thinks|thought)"
# No further than where the writer, or nobody in particular, begins to speak.
_ON_TO = r"(?:(?!(?:i|i'm|i've|i'd|i'll|we|but|me|so(?! much| many)) )\S+ ){0,3}$"
# What somebody else likes or not where it is no topic: what follows the writer says.
_OBJECT = (
    r"(?:it|him|them|(?:her|this|that|these|those)"
    r"(?= (?:and )?(?:the|there|too (?:much|many)|so|not|no|my) )"
    r"|(?:the|this|that|these|those|his|her|their|my|our|every) (?:\S+ ){0,2}?"
    r"(?:books?|story|novel|series|movie|film|show|album|game|author|ones?))"
    r"(?! (?:when|if|that|how|for|because|since|with|of|about|in|on|where|featuring|due) )"
    r"(?! and $) "
)
_SOMEBODY = rf"(?:{_OURS}|{_THEIRS}|{_PRONOUN}|{_PEOPLE}|(?<!like )\b{_MANY}(?! like ))"
_THEIR_TASTE = (
    rf"\b(?:{_SOMEBODY} (?:{_FULLY} ){{0,4}}{_TASTE} "
    rf"|{_OURS} (?:(?:will|would|might|{_FULLY}) ){{0,4}}(?:{_TASTE}|{_THOUGHT}) "
    rf"|{_SOMEBODY} (?:{_FULLY} ){{0,4}}{_SAY} (?:that )?(?:there (?:is|are|was|were) )?"
    r"(?:(?:just|simply|way|far) )?(?=too (?:much|many) |excessive |unnecessary |gratuitous )"
    # A dislike is theirs of whom it is said; "those who love dragons" are told of their like.
    rf"|(?<!one of )(?<!one of those )(?:those|anyone|anybody|everyone|{_PEOPLE})(?: of you)?"
    rf" (?:who|that) (?:{_FULLY} ){{0,3}}"
    r"(?:hates?|dislikes?|tired of|sick of|put off by|(?<=n't )(?:like|love|enjoy|care for)"
    r"|(?<=not )(?:like|love|enjoy|care for)) "
    r"|(?:if|whether|unless|in case|when)(?: you're| you are| you) (?:(?:really|just|also|get"
    r"|generally|usually|are) ){0,2}(?:hate|dislike|tired of|sick of|put off by"
    r"|(?:don't|do not) (?:\S+ )?(?:like|love|enjoy|care for)|not (?:\S+ ){0,4}fans? of) "
    # The person spoken to: "You don't like romance?"
    r"|(?:^|(?<=^do )|(?<=^so ))you (?:(?:really|just|also) )?(?:hate|dislike"
    r"|(?:don't|do not) (?:\S+ )?(?:like|love|enjoy|care for)) )"
)
_ANOTHERS = re.compile(_THEIR_TASTE + _ON_TO)
_COMPLETED = re.compile(_THEIR_TASTE + _OBJECT)
_ANOTHER_IS = re.compile(
    rf"\b(?:{_OURS}|{_THEIRS}|(?:he|she|they)(?:'s|'re)?) (?:{_FULLY} ){{0,4}}(?:the )?(?:\S+ )?$"
)
_FAN = re.compile(r"^(?:\S+ )?(?:fans?|lovers?|buffs?|nuts?|junkies?|enthusiasts?|addicts?) ")


def own_words(lead: str) -> str:
    """The words before a mention without a taste of somebody else that ends before it.

    "My husband loved this book, the" is "the": what comes of it is what the writer says.
    """
    ends = [found.end() for found in _COMPLETED.finditer(lead)]
    return lead[ends[-1] :] if ends else lead


def anothers(lead: str) -> bool:
    """Whether the words before a mention give the taste of somebody else: "my husband loves"."""
    return _ANOTHERS.search(lead) is not None


def another_is(lead: str, after: str) -> bool:
    """The same by what they are: "my wife is a horror fan"."""
    return _FAN.match(after) is not None and _ANOTHER_IS.search(lead) is not None
