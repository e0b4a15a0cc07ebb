"""What an instruction asks for, and the topics that it asks to be left out.

A sentence encoder reads "no horror" much as it reads "horror", so what is not wanted has to be
taken out of the words before they are encoded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from credence.planner.extraction.clauses import Clause, clauses
from credence.planner.extraction.lexicon import Lexicon, Mention, Stance
from credence.planner.extraction.tokens import words
from credence.planner.extraction.turns import Turn, turn_of

_MOST = 8  # topics left out; nobody names more of them
_ONLY = re.compile(  # "nothing but horror": the other way round
    r"\b(?:nothing|none|(?:\w+n['\u2019]t|not|never|cannot)(?: \w+){0,4}? anything)(?: else)?"
    r"\s+(?:but|other than|apart from|besides|except(?: for)?)\b(?! not\b)",
    re.IGNORECASE,
)
_BUT = re.compile(
    r"\b(?:anything|everything|all|any\w*)?\s*(?:but not|other than(?! that\b| this\b)"
    r"|apart from|except(?: for)?)\b"
    r"|\b(?:anything|everything) but\b",
    re.IGNORECASE,
)
_NO = re.compile(  # longer words for "no"
    r"\b(?:not (?:really |quite )?in (?:the|a) mood for|not (?:really )?(?:into|up for|keen on)"
    r"|(?:can['\u2019]t|cannot|can not) (?:stand|bear)"
    r"|(?:don['\u2019]t|do not) want (?:(?:any|a|an)(?: \w+){0,2} with|any|another))\b",
    re.IGNORECASE,
)
_VERBS = frozenset(
    words(
        "avoid avoids avoiding hate hates hated dislike dislikes disliked don't dont didn't doesn't"
    )
)
_CUES = _VERBS.union(words("no not without nor neither"))
_CUES_WITH = {  # those that deny only with one of these words after them
    "tired": ("of", "and"),
    "sick": ("of", "and"),
    "instead": ("of",),
    "rather": ("than",),
    "free": ("of", "from"),
    "clear": ("of",),
    "steer": ("clear",),
    "put": ("off",),
    "too": ("much", "many"),
}
_RUN = 2  # words from one cue to the next of the same run: "sick and tired of"
_WELCOME = re.compile(  # words with a cue that deny nothing
    r"\b(?:no (?:problems?|issues?|objections?|qualms?|trouble) (?:with|to|about)"
    r"|(?:no|not) (?:less|more|fewer) than|no (?:one|body|doubt|matter|end of)"
    r"|(?:not|never|don't|dont|doesn't|didn't|wouldn't|won't)(?: (?:really|actually|at all|even))?"
    r" (?:mind|object to|shy away from|opposed to|against|averse to|afraid of|bothered by)"
    r"|(?:no|not|never|don't|dont|doesn't|didn't|wouldn't|won't)"
    r"(?: (?:need|want|have|try|trying|reason|really|actually|to)){0,3} avoid(?:ing)?"
    r"|(?:don't|didn't|doesn't) (?:have )?(?:anything|(?:a |any )?(?:problems?|issues?"
    r"|objections?)) (?:against|with|to)"
    r"|(?:don't|dont|didn't) (?:you|they|we)(?! (?:dare|ever))"
    r"|you (?:(?:don't|dont|do not|not) have|have no))"
    r" (?:(?!CUES )\S+ ){0,4}$".replace("CUES", f"(?:{'|'.join(sorted(_CUES))})")
)
_TURNING = frozenset(words("not never no don't can't cannot couldn't wouldn't isn't wasn't"))
_FILLERS = frozenset(
    words(
        "i i'm me my we us you it a an the and or but so please just something anything things "
        "stuff want wants need like would i'd give show recommend suggest find get looking for to "
        "of with in on some any really do am is be that one ones more all not no if can could "
        "there thanks was were been rather nothing only story stories book "
        "books film films movie movies read reading watch music albums who he she they he's "
        "she's his her their says said wife husband partner girlfriend boyfriend mother father mom "
        "dad sister brother friend friends"
    )
)
_BEFORE = 6  # words before a mention among which its cue is
_ARTICLES = frozenset(words("a an"))
_LINKS = _ARTICLES.union(words("or nor and any even the"))  # between the members of a list


@dataclass(frozen=True, slots=True)
class Wish:
    """An instruction as it is understood."""

    text: str  # what is asked for, as written; empty where that is nothing
    without: tuple[str, ...] = ()  # names of topics that are not wanted, as they come


@dataclass(frozen=True, slots=True)
class _Named:
    """A topic and the part of its clause, between commas, that names it."""

    part: Clause
    first: int  # place of the part's first word in the clause
    mention: Mention  # in the part

    @property
    def start(self) -> int:
        return self.first + self.mention.start

    @property
    def end(self) -> int:
        return self.first + self.mention.end


def understood(instruction: str, lexicon: Lexicon) -> Wish:
    """What is asked for and what is not; where nothing is unwanted, the words as they are."""
    told: list[str] = []
    without: dict[str, None] = {}
    plainly = _BUT.sub(". no ", _NO.sub("no", _ONLY.sub("only", instruction)))
    for clause in clauses(plainly):
        parts = _parts(clause)
        unwanted = _unwanted(clause, _named(parts, lexicon))
        without |= dict.fromkeys(one.mention.topic.name for one in unwanted)
        told.append(_rest(parts, unwanted) if unwanted else clause.text)
    if not without:
        return Wish(instruction)
    text = ". ".join(part for part in told if _says_something(part))
    return Wish(text, tuple(without)[:_MOST])


def _parts(clause: Clause) -> list[Clause]:
    """A clause cut at its commas: a denial ends there, but in a list."""
    parts: list[Clause] = []
    first = 0
    for text in clause.text.split(","):
        end = first + len(words(text))
        parts.append(Clause(text, clause.words[first:end], clause.stems[first:end]))
        first = end
    return parts


def _named(parts: Sequence[Clause], lexicon: Lexicon) -> list[_Named]:
    named: list[_Named] = []
    first = 0
    for part in parts:
        named += (_Named(part, first, mention) for mention in lexicon.mentions(part.stems))
        first += len(part.words)
    return named


def _unwanted(clause: Clause, named: Sequence[_Named]) -> list[_Named]:
    """Topics that are denied, with those listed after them: "no vampires, elves or zombies"."""
    unwanted: list[_Named] = []
    listed = 0  # topics from this one on are in no list that is denied
    for at, one in enumerate(named):
        if one.mention.topic.stance is not Stance.ASPECT:
            continue  # what nobody likes is not liked any less for being named
        denied = _is_unwanted(one)
        if denied and at >= listed:
            listed = _end_of_list(clause, named, at)
        if denied or at < listed:
            unwanted.append(one)
    return unwanted


def _end_of_list(clause: Clause, named: Sequence[_Named], first: int) -> int:
    """The number after that of the last topic in the list that begins with this one.

    A list has "or" before its last topic; or "and" after a verb, where the clause ends with it.
    """
    one = named[first]
    verb = any(one.part.words[cue] in _VERBS for cue in _cues(one.part, one.mention))
    article = clause.words[one.start - 1] in _ARTICLES
    end = first + 1
    for at in range(first + 1, len(named)):
        between = clause.words[named[at - 1].end : named[at].start]
        started = not article and not _ARTICLES.isdisjoint(between[:1])  # on another wish
        if started or not _LINKS.issuperset(between):
            break
        closing = verb and "and" in between and named[at].end == len(clause.words)
        if closing or "or" in between or "nor" in between:
            end = at + 1
        elif end > first + 1:
            break  # it has ended: "no gore or horror, romance or fantasy"
    return end


def _is_unwanted(named: _Named) -> bool:
    part, mention = named.part, named.mention
    if _is_free(part, mention):
        return True
    if turn_of(part, mention, whoever=True) not in {Turn.DENIED, Turn.DISLIKED}:
        return False
    cues = _cues(part, mention)  # none where it is only less than something else
    lead = " ".join((*part.words[max(0, mention.start - 2 * _BEFORE) : mention.start], ""))
    if not cues or _WELCOME.search(lead):
        return False
    twice = part.words[cues[-1]] == "without" and _TURNING.intersection(part.words[: cues[-1]])
    return not twice


def _is_free(part: Clause, mention: Mention) -> bool:
    """As in "gore-free", not as in "free of gore"."""
    after = part.words[mention.end : mention.end + 2]
    return after[:1] == ("free",) and after[1:] not in {("of",), ("from",)}


def _cues(part: Clause, mention: Mention) -> list[int]:
    """Places of the words before a mention that deny it: the last of them that belong together."""
    run: list[int] = []
    for at in range(max(0, mention.start - _BEFORE), mention.start):
        if _is_cue(part.words, at):
            run = [*run, at] if run and at - run[-1] <= _RUN else [at]
    return run


def _is_cue(spoken: Sequence[str], at: int) -> bool:
    if spoken[at] == "than":
        return "rather" in spoken[max(0, at - _BEFORE) : at]
    following = spoken[at + 1] if at + 1 < len(spoken) else ""
    return spoken[at] in _CUES or following in _CUES_WITH.get(spoken[at], ())


def _rest(parts: Sequence[Clause], unwanted: Sequence[_Named]) -> str:
    """The words of a clause without these topics and what denies them."""
    gone: set[int] = set()
    for one in unwanted:
        free = _is_free(one.part, one.mention)
        cues = [] if free else _cues(one.part, one.mention)
        start = cues[0] if cues else one.mention.start
        while start and not cues and one.part.words[start - 1] in _LINKS:
            start -= 1  # what links it to the topic before goes with it
        gone |= {*range(one.first + start, one.end + free)}
    kept: list[str] = []
    first = 0
    for part in parts:
        rest = " ".join(word for at, word in enumerate(part.words, first) if at not in gone)
        first += len(part.words)
        if _says_something(rest):
            kept.append(rest)
    return ", ".join(kept)


def _says_something(part: str) -> bool:
    return not _FILLERS.issuperset(words(part))
