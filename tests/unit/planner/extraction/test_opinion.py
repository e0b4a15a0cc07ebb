from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

from credence.memory.model import Belief
from credence.planner.extraction.extractor import BuiltInExtractor
from credence.planner.extraction.opinion import opinion
from credence.planner.extraction.witnessed import Witnessed
from tests.unit.planner.extraction.events import an_event, an_item, embed_by_hash


def test_the_start_of_a_text_decides() -> None:
    start = "A wonderful book. ".ljust(400)

    assert opinion(start + "Terrible, awful.") == opinion(start) > 0.5


def test_an_opinion_is_the_same_when_asked_again() -> None:
    assert opinion("A dull, tedious mess.") == opinion("A dull, tedious mess.") < -0.5


async def test_no_word_of_a_person_stays_in_a_cache_once_it_was_read() -> None:
    secret = "zanzibarquokka"
    text = f"I loved the banter about {secret}s. The author of {secret} is wonderful! " * 20
    witnessed = Witnessed(
        event=an_event(text=text, rating=5),
        item=an_item(creators=("Ada Lovelace",)),
        item_vector=None,
    )

    assert await BuiltInExtractor(embed_by_hash)(Belief(), [witnessed])

    assert [held for held in _strings_in_caches() if secret in held] == []


def _strings_in_caches() -> Iterator[str]:
    """Every string that a cached function of extraction holds on to, at any depth."""
    modules = [m for n, m in sys.modules.items() if n.startswith("credence.planner.extraction")]
    cached = [f for m in modules for f in vars(m).values() if hasattr(f, "cache_info")]
    assert cached
    for function in cached:
        seen: dict[int, object] = {id(function.__wrapped__): None}
        waiting: list[object] = [function]
        while waiting:
            found = waiting.pop()
            if id(found) in seen or type(found) in (type, type(sys)):
                continue
            seen[id(found)] = found
            if isinstance(found, str):
                yield found
            elif found is not vars(sys.modules[function.__module__]):
                waiting += gc.get_referents(found)
