"""What words a model wrote rest on: the person's, an item's, or nobody's."""

from __future__ import annotations

import re
import unicodedata

from credence.memory.model import Item
from credence.planner.extraction.tokens import stem, words
from credence.planner.extraction.witnessed import Witnessed

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


def said_by_person(quote: str, one: Witnessed) -> bool:
    """Whether the person wrote these words in this event."""
    return _within(quote, one.event.text)


def in_labels(quote: str, item: Item | None) -> bool:
    """Whether the item says these words of itself by its title, categories or creators."""
    if item is None:
        return False
    return any(_within(quote, text) for text in (item.title, *item.categories, *item.creators))


def in_description(quote: str, item: Item | None) -> bool:
    """Whether they are in the item's description."""
    return item is not None and _within(quote, item.description)


def says_something(quote: str) -> bool:
    """Whether there is a word in it that not every text has."""
    return bool(_telling(quote))


def rests_on(topic: str, quote: str) -> bool:
    """Whether the quote has half of the topic's words that say something, whatever the ending."""
    sought = _telling(topic) or _stems(topic)
    return 2 * len(sought & _stems(quote)) >= len(sought) > 0 or _within(topic, quote)


def invents_figures(topic: str, quote: str) -> bool:
    """Whether the topic has a figure that the quote has not."""
    return not {word for word in words(topic) if any(map(str.isdigit, word))} <= {*words(quote)}


def share_a_word(one: str, other: str) -> bool:
    """Whether two texts have a word in common that says something, whatever its ending."""
    sought, there = _telling(one) or _stems(one), _stems(other)
    return not sought.isdisjoint(there) or _within(one, other)


def _telling(text: str) -> frozenset[str]:
    return _stems(text) - _ANYWHERE


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text))


def _within(quote: str, text: str) -> bool:
    """Whether the text has the quote, and not only as a part of longer words."""
    sought, there = _plain(quote), _plain(text)
    at = there.find(sought) if sought else -1
    while at >= 0:
        end = at + len(sought)
        if not (_joined(there[at - 1 : at + 1]) or _joined(there[end - 1 : end + 1])):
            return True
        at = there.find(sought, at + 1)
    return False


def _joined(pair: str) -> bool:
    """Whether two characters belong to one word; scripts without capitals part words otherwise."""
    return len(pair) == 2 and all(one.islower() or one.isdigit() for one in pair)


def _plain(text: str) -> str:
    """Without what copying changes: case, spaces, kinds of quotation marks, the cut at the end."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"[\"'“”‘’`…]", "", text)
    return " ".join(text.split())
