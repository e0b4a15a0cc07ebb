"""Words for a topic that say themselves whether it is liked, which a chunk's strength says."""

from __future__ import annotations

import re

# Only what hardly begins a topic: "love stories", "likeable heroes", "hate crimes", "Like Water for
# Chocolate" and "Don't Look Now" are topics. "I Love Lucy" is one too: hence small letters there.
_HARDLY = r"(?:(?:really|strongly|usually|generally|much|particularly|always|only) )*"
_LIKING = "(?:like|love|enjoy|want|prefer|care for|hate|dislike|avoid)"
_DENIED = "(?:doesn'?t|does not)"
_NOT = f"(?:don'?t|do not|{_DENIED})"
_THIRD = "(?:likes|loves|enjoys|prefers|wants|hates|avoids)(?! (?:of|and|or) )"
_ITS_OWN_VERB = re.compile(
    rf"{_HARDLY}(?:{_THIRD}|dislikes?|prefer|{_DENIED}|{_NOT} {_HARDLY}{_LIKING})(?![\w'-])",
    re.IGNORECASE,
)
_WHO = re.compile(r"(?:i|we|you|they|he|she) ", re.IGNORECASE)
_WHO_LIKES = re.compile(rf"{_HARDLY}(?:{_LIKING}s?|{_THIRD}|{_NOT} {_HARDLY}{_LIKING})(?![\w'-])")


def takes_side(text: str) -> bool:
    """Whether the words begin with a verb of liking of their own, as "likes quick recipes" do."""
    plain = " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    who = _WHO.match(plain)
    if who is not None and _WHO_LIKES.match(plain, who.end()):
        return True
    return _ITS_OWN_VERB.match(plain) is not None
