"""Made-up people of a made-up shelf who rate one topic low, and where a list puts it then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Item
from credence.planner.ranking.case import RankingCase
from credence.replay.belief import live
from credence.replay.cases import ranking_case
from credence.replay.crowd import LEAST
from credence.replay.encoded import Encode, RememberedEncoder, encode_domain
from credence.replay.people import Domain, Interaction

TOPICS = (  # of items, and what somebody calls them
    ("space opera with starships", "space operas"),
    ("regency romance in the country", "regency romance"),
    ("haunted house horror", "haunted house horror"),
    ("baking bread at home", "baking bread"),
    ("mountain climbing memoir", "mountain climbing memoirs"),
    ("garden design for small plots", "garden design"),
    ("detective in old Vienna", "detectives in old Vienna"),
    ("jazz piano history", "jazz piano"),
)
_EACH = 10  # items of a topic
_LIKED = 3  # topics further on is what somebody of two minds likes


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A person before a list of one item a topic, and what they ask for."""

    kind: str
    asked: str
    topic: int  # index of the candidate that is of the topic they rated low
    case: RankingCase


ASKED = {  # by what is to be said of it; "{}" is what they call the topic they rated low
    "nothing": None,
    "anything": "something good for the weekend",
    "the topic": "a book about {} for my sister, please",
}


async def made_people(encode: RememberedEncoder, words: Encode) -> AsyncIterator[Made]:
    """Of each topic: people who rated one to eight of its items 1 of 5, with words and without,
    and one who also rated items of another topic 5."""
    items = [_item(topic, n) for n in range(_EACH) for topic in range(len(TOPICS))]
    encoded = encode_domain(Domain(name="made", items=tuple(items), people=()), encode)
    candidates = [item.item_id for item in items[-len(TOPICS) :]]
    for topic, (_, called) in enumerate(TOPICS):
        other = (topic + _LIKED) % len(TOPICS)
        low = [_rated(topic, n, 1.0, f"I hate {called}.") for n in range(_EACH - 1)]
        high = [_rated(other, n, 5.0, f"I love {TOPICS[other][1]}.") for n in range(2)]
        silent = [_rated(topic, n, 1.0, "") for n in range(4)]
        stories = {f"{n} with words": low[:n] for n in (1, 2, 4, 8)}
        stories |= {"4 without words": silent, "4 with words, 2 liked": low[:4] + high}
        for kind, story in stories.items():
            rules = Rules()
            n = len(story)
            lived = await live(story, encoded, at=[n], embed=encode.embed, rules=rules)
            for asked, instruction in ASKED.items():
                case = ranking_case(
                    lived[n],
                    encoded,
                    candidates,
                    instruction=instruction and instruction.format(called),
                    encode=encode,
                    rules=rules,
                    words=words,
                    least=LEAST,
                )
                yield Made(kind=kind, asked=asked, topic=topic, case=case)


def _item(topic: int, n: int) -> Item:
    words = TOPICS[topic][0]
    return Item(
        item_id=_id(topic, n),
        title=f"{words.title()} no. {n}",
        description=f"A book about {words}, volume {n}.",
        categories=(words.split()[0],),
        attributes={},
    )


def _rated(topic: int, n: int, rating: float, words: str) -> Interaction:
    return Interaction(item_id=_id(topic, n), rating=rating, review=words, timestamp=None)


def _id(topic: int, n: int) -> str:
    return f"{topic}-{n}"
