"""Whether a topic that a model names may stand in a belief, and in which words."""

from __future__ import annotations

import re
import unicodedata

from credence.memory.model import Item
from credence.planner.extraction.lexicon import bundled_lexicon, never_liked
from credence.planner.extraction.tokens import normal, words
from credence.planner.llm.fence import words as data_words
from credence.planner.llm.who import is_who

BY = "work by "  # before the name of a creator
_LONGEST, _MOST_WORDS = 60, 7
_MARKUP = re.compile(
    r"[<>{}\[\]\\`#*_|@^~=]|https?:|www\.|\b\w{2,}:(?=\S)|\b[\w-]+\.(?-i:[a-z]{2,})\b",
    re.IGNORECASE,
)
_LIKED = re.compile(
    r"^(?:strongly |really )?(?:likes?|enjoys?|loves|love (?:of|for)|liking for) ", re.I
)
_DISLIKED = re.compile(
    r"^(?:strongly |really )?(?:dislikes?|hates|dislike (?:of|for)|hatred of) ", re.I
)
_BY = re.compile(
    r"^(?:(?:works?|books?|novels?|stories|films?|movies?|music|albums?|songs?|anything|everything)"
    r" (?:by|of|from)|directed by|written by) ",
    re.I,
)

# Too wide to be liked or disliked, alone or together, by their normal forms.
_EMPTY = frozenset({
    "book", "novel", "story", "movie", "film", "show", "series", "album", "song", "item",
    "product", "thing", "it", "this", "that", "author", "writer", "director", "character",
    "plot", "reading", "read", "really", "very", "good", "bad", "great", "nice", "best", "worst",
    "time", "way", "lot", "everything", "anything", "something", "nothing", "person",
    "people", "user", "reviewer", "reader", "viewer", "and", "or", "of", "in", "by", "one", "all",
    "like", "dislike", "love", "hate", "enjoy",
})  # fmt: skip


def topic_of(given: str, *, category: str, likes: bool, item: Item | None) -> str | None:
    """The topic in the form of a chunk's text, or None where it is none.

    Not a description of the person, praise as such, the title of the item, nor a dislike that is
    given out as a like.
    """
    text = data_words(unicodedata.normalize("NFKC", given), most=2 * _LONGEST)
    text = text.strip(" .,;:!?\"'“”‘’")
    if _DISLIKED.match(text) and likes:
        return None
    text = _DISLIKED.sub("", _LIKED.sub("", text)).strip()
    if category == "creator":
        text = f"{BY}{_BY.sub('', text)}"
    if not 2 <= len(text) <= _LONGEST or has_markup(text) or not _is_topic(text, likes, item):
        return None
    first = text.split()[0]
    return text if len(first) > 1 and first.isupper() else text[:1].lower() + text[1:]


def has_markup(text: str) -> bool:
    """Whether there is markup or a link in it, which no belief needs."""
    return _MARKUP.search(unicodedata.normalize("NFKC", text)) is not None


def _is_topic(text: str, likes: bool, item: Item | None) -> bool:
    plain, said = normal(text), words(text)
    if not plain or len(said) > _MOST_WORDS or not any(word[:1].isalpha() for word in said):
        return False
    listed = bundled_lexicon().named(text)
    if listed is not None:
        return not (likes and listed.name in never_liked())
    titled = item is not None and plain == normal(item.title)
    return not (titled or _EMPTY.issuperset(plain.split()) or is_who(text))
