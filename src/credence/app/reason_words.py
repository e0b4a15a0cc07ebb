"""Events and reasons in words, as whoever is told of them reads them, by whatever way."""

from __future__ import annotations

from credence.memory.collaborative import phrases
from credence.memory.model import SeenEvent
from credence.memory.strength import statement
from credence.planner.counter import Ranked, Recommendation
from credence.planner.ranking.reasons import Reason, Source


def told(seen: SeenEvent) -> str:
    """An event in words: "rated 4.5: The Dispossessed"."""
    event = seen.event
    about = seen.title or event.item_id or "something"
    verb = {
        "view": "viewed",
        "click": "clicked",
        "purchase": "bought",
        "rating": "rated",
        "review": "reviewed",
        "like": "liked",
        "dislike": "disliked",
        "skip": "skipped",
    }[event.action.value]
    rating = f" {event.rating:g}" if event.rating is not None else ""
    return f"{verb}{rating}: {about}"


def in_words(reason: Reason, ranked: Ranked, made: Recommendation) -> str:
    """What a reason names, in words; events of a session have negative numbers."""
    if reason.source is Source.OTHERS:
        return _told_by_others(ranked)
    if reason.source is Source.CHUNK:
        chunk = made.taste.belief.chunk(reason.id)
        assert chunk is not None  # reasons name chunks of the belief they were found in
        return statement(chunk)
    if reason.id < 0:
        return f"in this session: {made.session[-reason.id - 1].title}"
    return told(next(seen for seen in made.taste.recent if seen.event.seq == reason.id))


def _told_by_others(ranked: Ranked) -> str:
    if ranked.memory is None:  # what is said of the rest of the list moves this one too
        return "too few others speak of it"
    return phrases.in_words(ranked.memory, ranked.phrases)
