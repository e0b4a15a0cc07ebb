"""Where a question gives its answer away: the target's title in what the person is known by.

Words are compared without case, accents and punctuation. Two items are one work where their titles
are equal without what stands in brackets, such as a series or an edition; a year alone in brackets
tells remakes of a film apart and stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from credence.memory.model import Item
from credence.replay.people import ReplayPerson

_RUN = 3  # words in a row that name a title; of a shorter title all of them

_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}")
_YEAR = re.compile(r"\s*\d{4}\s*")
_KIND = re.compile(r"[:,]\s*an? (novel|novella|memoir)\s*$", re.IGNORECASE)  # "Dune: A Novel"
_ACCENT = re.compile(r"[\u0300-\u036f]")
_APOSTROPHE = re.compile(r"['’ʼ`]")
_WORD = re.compile(r"[^\W_]+")


class Leak(StrEnum):
    """How an answer can be known without knowing the person."""

    INSTRUCTION = "title-in-instruction"
    HISTORY = "work-in-history"  # what the person took before, mostly under another id
    REVIEW = "title-in-review"  # the whole of it, in the person's own earlier words
    CANDIDATES = "work-among-candidates"  # under another id, so that two answers are right


def words(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared."""
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold()))
    folded = unicodedata.normalize("NFKC", bare).casefold().replace("&", " and ")
    return tuple(_WORD.findall(_APOSTROPHE.sub("", folded)))


def work(title: str) -> str:
    """The work that a title names: equal for its editions, empty where there is no title."""
    kept = _without_brackets(title, years=True)
    return " ".join(words(kept) or words(title))


def works(items: Sequence[Item]) -> dict[str, str]:
    """Works by item id; an item without a title is a work of its own."""
    return {item.item_id: work(item.title) or f"#{item.item_id}" for item in items}


def names_title(text: str, title: str) -> bool:
    """Whether three words in a row of the title, with brackets or without, stand in the text."""
    said = words(text)
    told = (words(title), words(_without_brackets(title, years=False)))
    return any(_shares_run(said, one) for one in told if one)


def leaks_of(
    person: ReplayPerson,
    candidates: Sequence[str],
    *,
    items: Mapping[str, Item],
    instructed: bool = True,
) -> tuple[Leak, ...]:
    """How the person's target among these candidates is given away, in the order of `Leak`.

    Without `instructed` the instruction is not shown and so gives nothing away.
    """
    title = items[person.target].title
    target = work(title)
    named = words(_without_brackets(title, years=False))
    before = {done.item_id for done in person.history}
    found = {
        Leak.INSTRUCTION: instructed and names_title(person.instruction or "", title),
        Leak.HISTORY: _holds_work(target, before, items),
        Leak.REVIEW: len(named) >= _RUN
        and any(_contains(words(done.review), named) for done in person.history),
        Leak.CANDIDATES: _holds_work(target, set(candidates) - {person.target}, items),
    }
    return tuple(leak for leak in Leak if found[leak])


def _holds_work(target: str, item_ids: set[str], items: Mapping[str, Item]) -> bool:
    return target != "" and any(work(items[item_id].title) == target for item_id in item_ids)


def _without_brackets(title: str, *, years: bool) -> str:
    def instead(found: re.Match[str]) -> str:
        inside = next(part for part in found.groups() if part is not None)
        return f" {inside} " if years and _YEAR.fullmatch(inside) else " "

    return _KIND.sub("", _BRACKETED.sub(instead, title).strip())


def _shares_run(said: Sequence[str], title: Sequence[str]) -> bool:
    length = min(_RUN, len(title))
    return any(
        _contains(said, title[start : start + length]) for start in range(len(title) - length + 1)
    )


def _contains(said: Sequence[str], run: Sequence[str]) -> bool:
    """Whether the words of `run` stand in a row in `said`."""
    return f" {' '.join(run)} " in f" {' '.join(said)} "
