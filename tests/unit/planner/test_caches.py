"""What the planner remembers from call to call holds no words of a person."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

from credence.memory.model import Belief
from credence.planner.extraction.by_digest import ByDigest
from credence.planner.extraction.extractor import BuiltInExtractor
from credence.planner.extraction.witnessed import Witnessed
from credence.planner.matching import near_duplicates
from tests.fakes import vector_of
from tests.unit.planner.extraction.events import an_event, an_item, embed_by_hash
from tests.unit.planner.test_matching import a_chunk, bears_on

SECRET = "zanzibarquokka"


async def test_no_word_of_a_person_stays_in_a_cache_once_it_was_read() -> None:
    text = f"I loved the banter about {SECRET}s. The author of {SECRET} is wonderful! " * 20
    witnessed = Witnessed(
        event=an_event(text=text, rating=5),
        item=an_item(creators=("Ada Lovelace",)),
        item_vector=None,
    )

    assert await BuiltInExtractor(embed_by_hash)(Belief(), [witnessed])

    assert [held for held in _strings_in_caches() if SECRET in held] == []


def test_no_topic_in_a_persons_own_words_stays_in_a_cache_once_it_was_matched() -> None:
    chunk = replace(a_chunk(1, SECRET), aliases=(f"{SECRET} stories",))

    assert bears_on(f"the {SECRET}s", chunk, degrees=90) == 1
    assert near_duplicates(Belief(chunks=(chunk,)), {1: vector_of(SECRET)}) == ()

    assert [held for held in _strings_in_caches() if SECRET in held] == []


def test_a_function_that_remembers_by_digest_is_asked_once_and_forgets_the_oldest() -> None:
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    remembered = ByDigest(length, most=2)

    assert [remembered(text) for text in ("", "b", "", "ccc", "")] == [0, 1, 0, 3, 0]
    assert asked == ["", "b", "ccc", ""]


def _strings_in_caches() -> Iterator[str]:
    """Every string that a function of the planner which remembers holds on to, at any depth."""
    planner = [m for name, m in sys.modules.items() if name.startswith("credence.planner")]
    values = [value for module in planner for value in vars(module).values()]
    waiting = [one for one in values if hasattr(one, "cache_info") or isinstance(one, ByDigest)]
    assert waiting
    seen = {id(vars(module)) for module in [*sys.modules.values()]}  # what functions can reach
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, (type, ModuleType)):
            continue
        seen.add(id(found))
        if isinstance(found, str):
            yield found
        else:
            waiting += gc.get_referents(found)
