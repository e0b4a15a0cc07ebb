"""What words a model wrote rest on: the person's, an item's, or nobody's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from credence.planner.extraction.tokens import stem, words
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.llm.views import LABELS

TEXT, ABOUT = 1_200, 400  # characters of a review and of a description that are shown
_READ = 4  # times as many are looked through: what is shown leaves out what hides
_EDGE = "\0"  # between characters that do not belong to one word; in no text that is stored

# Words that are in any text, whatever it is about.
_ANYWHERE = frozenset(map(stem, (
    "a", "an", "the", "and", "or", "but", "not", "no", "so", "as", "at", "by", "for", "from",
    "in", "into", "of", "off", "on", "out", "over", "than", "then", "to", "up", "with", "about",
    "i", "me", "my", "we", "you", "your", "it", "its", "he", "him", "his", "she", "her", "they",
    "them", "their", "this", "that", "these", "those", "there", "here", "what", "which", "who",
    "is", "was", "are", "were", "be", "been", "has", "had", "have", "do", "did", "does", "will",
    "would", "can", "could", "i'm", "it's", "don't", "all", "any", "one", "more", "most",
    "much", "many", "some", "just", "very", "really", "too", "love", "loved", "like", "liked",
    "hate", "hated", "enjoy", "enjoyed", "good", "great", "bad", "best", "worst", "nice",
    "thing", "everything", "anything", "something", "nothing", "time", "book", "novel", "story",
    "movie", "film", "show", "read", "item", "product", "person",
)))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a model is shown of one event, in the form in which quotes are sought: made once, as
    an answer may quote it many times."""

    said: str  # by the person
    labels: tuple[str, ...]  # what the item says of itself by title, categories and creators
    description: str

    @classmethod
    def of(cls, one: Witnessed) -> Grounds:
        item = one.item
        names = () if item is None else (item.title, *item.categories[:LABELS])
        creators = () if item is None else item.creators[:LABELS]
        return cls(
            said=_edged(one.event.text, most=_READ * TEXT),
            labels=tuple(_edged(name, most=_READ * TEXT) for name in (*names, *creators)),
            description="" if item is None else _edged(item.description, most=_READ * ABOUT),
        )

    def said_by_person(self, quote: str) -> bool:
        """Whether the person wrote these words in this event."""
        return _within(_edged(quote), self.said)

    def in_labels(self, quote: str) -> bool:
        """Whether the item has these words in one of its labels."""
        sought = _edged(quote)
        return any(_within(sought, label) for label in self.labels)

    def in_description(self, quote: str) -> bool:
        """Whether they are in the item's description."""
        return _within(_edged(quote), self.description)


def says_something(quote: str) -> bool:
    """Whether there is a word in it that not every text has."""
    return bool(_telling(quote))


def rests_on(topic: str, quote: str) -> bool:
    """Whether the quote has half of the topic's words that say something, whatever the ending."""
    sought = _telling(topic) or _stems(topic)
    has_half = 2 * len(sought & _stems(quote)) >= len(sought) > 0
    return has_half or _within(_edged(topic), _edged(quote))


def stems_of(*texts: str) -> frozenset[str]:
    """The words of these texts, whatever their endings."""
    return frozenset().union(*map(_stems, texts))


def made_of(topic: str, stems: frozenset[str]) -> bool:
    """Whether all words of the topic that say something are among these, whatever the ending."""
    return (_telling(topic) or _stems(topic)) <= stems


def invents_figures(topic: str, quote: str) -> bool:
    """Whether the topic has a figure that the quote has not."""
    return not {word for word in words(topic) if any(map(str.isdigit, word))} <= {*words(quote)}


def share_a_word(one: str, other: str) -> bool:
    """Whether two texts have a word in common that says something, whatever its ending."""
    sought, there = _telling(one) or _stems(one), _stems(other)
    return not sought.isdisjoint(there) or _within(_edged(one), _edged(other))


def _telling(text: str) -> frozenset[str]:
    return _stems(text) - _ANYWHERE


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text))


def _within(sought: str, there: str) -> bool:
    """Whether one text is within another, both edged."""
    return bool(sought) and sought in there


def _edged(text: str, *, most: int | None = None) -> str:
    """At most so many characters of a text with a mark at every edge, so that one text is within
    another only in whole words.

    Two lower-case letters or digits belong to one word; scripts without capitals part words
    otherwise.
    """
    plain = _plain(unicodedata.normalize("NFKC", text[:most])[:most])
    if not plain:
        return ""
    inside = [one.islower() or one.isdigit() for one in plain]
    joined = [one and other for one, other in pairwise((*inside, False))]
    parts = (one if on else one + _EDGE for one, on in zip(plain, joined, strict=True))
    return _EDGE + "".join(parts)


def _plain(text: str) -> str:
    """Without what copying changes: case, spaces, quotation marks, the cut at the end. In NFKC."""
    return " ".join(re.sub(r"[\"'“”‘’`…]", "", text.casefold()).split())
