"""The parts of an outline as sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from credence.memory.model import Chunk, Sentence
from credence.memory.strength import contradicting, polarity, supporting
from credence.planner.synthesis.outline import Outline, Standpoint

Naming: TypeAlias = Callable[[Standpoint], str]

_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip

_LONG_LIST = 6

_LEADING = (
    "What this person likes most is {first}, with {evidence}.",
    "Above all, this person likes {first}: {evidence}.",
    "The clearest thing about this person is a liking for {first}, with {evidence}.",
)
_NEXT = (
    "Close behind: {topics}.",
    "Next to that they like {topics}.",
    "Nearly as clear is a liking for {topics}.",
)
_LIKED = {
    "kinds": (
        "They also return to {topics}.",
        "They are glad of {topics} as well.",
        "They get on well with {topics} too.",
    ),
    "stories": (
        "They are drawn to {topics}.",
        "They respond to {topics}.",
        "They warm to {topics}.",
    ),
    "telling": (
        "In how a thing is told, they value {topics}.",
        "They notice and enjoy {topics}.",
        "What wins them over in the telling: {topics}.",
    ),
    "making": (
        "They pay attention to how things are made, and praise {topics}.",
        "They also speak well of {topics}.",
    ),
    "people": (
        "They speak warmly of {topics}.",
        "They hold {topics} in high regard.",
    ),
    "further": (
        "They also care about {topics}.",
        "They have a liking for {topics} too.",
    ),
}
_DISLIKED = (
    "They are put off by {topics}.",
    "On the other side, they dislike {topics}.",
    "They have little patience with {topics}.",
)
_CONTESTED = (
    "They are of two minds about {topics}: {evidence}.",
    "On {topics} the signs point both ways, with {evidence}.",
    "They are divided over {topics}: {evidence}.",
)
_WARMED = (
    "Lately they have warmed to {topics}, which they used to dislike more often than not.",
    "Their view of {topics} has changed for the better: earlier reactions were mostly against it.",
)
_COOLED = (
    "Lately they have cooled on {topics}, which they used to like more often than not.",
    "Their view of {topics} has changed for the worse: earlier reactions were mostly in its favor.",
)
_NEW = (
    "A newer liking, seen since {since}: {topics}.",
    "Since {since} they have also taken to {topics}.",
)
_FADING = (
    "They used to enjoy {topics}, yet nothing has confirmed it since {until}.",
    "An older liking for {topics} has had no support since {until}.",
)
_MAYBE_LIKES = (
    "There are first signs of a liking for {topics}.",
    "Less certain, for want of evidence, is a liking for {topics}.",
    "They may also like {topics}, though little rests on it so far.",
)
_MAYBE_DISLIKES = (
    "They may dislike {topics}; the evidence is thin.",
    "There are faint signs against {topics}.",
    "It is too early to be sure, yet they seem bothered by {topics}.",
)


def plainly(point: Standpoint) -> str:
    """A topic by its name alone."""
    return point.chunk.text


def with_evidence(point: Standpoint) -> str:
    """A topic with how many reactions bear it out, how many do not, and when the last one came."""
    return f"{point.chunk.text} ({_counted(point.chunk)})"


def narrative(parts: Outline, named: Naming) -> Iterator[Sentence]:
    """Sentences from the most certain to the least."""
    yield from _leading(parts.leading, named)
    for group, points in parts.likes:
        yield _listing(_LIKED[group], points, named)
    if parts.dislikes:
        yield _listing(_DISLIKED, parts.dislikes, named)
    warmed = [(point,) for point in parts.changed if polarity(point.chunk) > 0]
    cooled = [(point,) for point in parts.changed if polarity(point.chunk) < 0]
    yield from _varied(_WARMED, warmed, plainly)
    yield from _varied(_COOLED, cooled, plainly)
    if parts.new:
        first = min(point.chunk.first_evidence_at for point in parts.new)
        yield _listing(_NEW, parts.new, plainly, since=_month(first))
    yield from _varied(_CONTESTED, [(point,) for point in parts.contested], plainly)
    yield from _varied(_MAYBE_LIKES, _split(parts.maybe_likes), named)
    yield from _varied(_MAYBE_DISLIKES, _split(parts.maybe_dislikes), named)
    if parts.fading:
        last = max(point.chunk.last_evidence_at for point in parts.fading)
        yield _listing(_FADING, parts.fading, plainly, until=_month(last))


def _leading(points: Sequence[Standpoint], named: Naming) -> Iterator[Sentence]:
    if not points:
        return
    first, *others = points
    yield _sentence(_LEADING, [first], first=first.chunk.text, evidence=_evidence(first))
    if others:
        counted = [
            f"{point.chunk.text} ({_tally(point)})" if named is plainly else named(point)
            for point in others
        ]
        yield _sentence(_NEXT, others, topics=_listed(counted))


def _split(points: Sequence[Standpoint]) -> tuple[Sequence[Standpoint], ...]:
    """Points for one sentence, or two where one would be too long a list."""
    if len(points) < _LONG_LIST:
        return (points,) if points else ()
    half = (len(points) + 1) // 2
    return points[:half], points[half:]


def _varied(
    shapes: Sequence[str], groups: Sequence[Sequence[Standpoint]], named: Naming
) -> Iterator[Sentence]:
    """A sentence for each group, none in the shape of the one before."""
    first = sum(point.chunk.chunk_id for points in groups for point in points)
    for turn, points in enumerate(groups):
        yield _listing((shapes[(first + turn) % len(shapes)],), points, named)


def _listing(
    shapes: Sequence[str], points: Sequence[Standpoint], named: Naming, **more: str
) -> Sentence:
    topics = _listed([named(point) for point in points])
    return _sentence(shapes, points, topics=topics, evidence=_evidence(points[0]), **more)


def _sentence(shapes: Sequence[str], points: Sequence[Standpoint], **words: str) -> Sentence:
    """A sentence in the shape that the chunks' ids pick."""
    ids = tuple(point.chunk.chunk_id for point in points)
    return Sentence(text=shapes[sum(ids) % len(shapes)].format(**words), chunk_ids=ids)


def _counted(chunk: Chunk) -> str:
    """What a topic rests on, within brackets; a strength set by hand rests on no reactions."""
    if chunk.stated:
        return "set by hand"
    agree, disagree = supporting(chunk), contradicting(chunk)
    when = _month(chunk.last_evidence_at)
    if disagree:
        return f"{_reactions(agree)} for and {_number(disagree)} against, the latest in {when}"
    return f"{_reactions(agree)}, {when if agree == 1 else f'the latest in {when}'}"


def _evidence(point: Standpoint) -> str:
    if point.chunk.stated:
        return "a strength set by hand"
    likes, dislikes = point.chunk.likes, point.chunk.dislikes
    return f"{_reactions(likes)} in favor and {_number(dislikes) if dislikes else 'none'} against"


def _tally(point: Standpoint) -> str:
    if point.chunk.stated:
        return "set by hand"
    likes, dislikes = point.chunk.likes, point.chunk.dislikes
    return f"{_number(likes)} for" + (f", {_number(dislikes)} against" if dislikes else "")


def _reactions(count: int) -> str:
    return f"{_number(count)} reaction{'' if count == 1 else 's'}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _listed(topics: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; with semicolons where a topic has an "and" of its own."""
    if len(topics) < 2:
        return "".join(topics)
    comma = "; " if len(topics) > 2 and any(" and " in t or ", " in t for t in topics) else ", "
    last = f"{comma}and " if comma == "; " else " and "
    return comma.join(topics[:-1]) + last + topics[-1]


def _month(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%B %Y}"
