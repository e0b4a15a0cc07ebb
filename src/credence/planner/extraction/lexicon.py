"""The bundled lexicon of taste: topics, the words that name them, and how to find them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any, TypeAlias

from credence.planner.extraction.tokens import normal, stem, words

_SLOT = re.compile(r"\{(\w+)\}")
_GAP = "*"  # at most one word of any kind
_IGNORED = "ignored"  # the category of wordings that only look like a topic
_NOT_ITSELF = "!"  # among the variants: the topic's own name is too common a word
_NOT_ALONE = "~"  # before a variant: it names the topic within a sentence, not by itself
_Words: TypeAlias = Mapping[str, Sequence[str]]


class Stance(StrEnum):
    """Whether naming a topic already says what the person thinks of it."""

    ASPECT = "aspect"  # open: "vampire stories"
    PRAISE = "praise"  # liked where it is found: "lyrical prose"
    COMPLAINT = "complaint"  # disliked where it is found: "predictable plots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One thing a person may like or dislike, worded as a chunk words it."""

    name: str
    category: str
    stance: Stance = Stance.ASPECT


@dataclass(frozen=True, slots=True)
class Mention:
    """A topic found at words `start` to `end` (exclusive) of a text."""

    topic: Topic
    start: int
    end: int


@dataclass(slots=True)
class _Node:
    """A step in the trie of wordings."""

    following: dict[str, _Node] = field(default_factory=dict)
    topic: Topic | None = None
    alone: bool = True  # whether the wording names the topic by itself, too


class Lexicon:
    """Topics by wording, in a trie over stemmed words."""

    def __init__(self, wordings: Sequence[tuple[str, Topic]], opposites: Mapping[str, str]) -> None:
        self._root = _Node()
        self._topics: dict[str, Topic] = {}
        for wording, topic in wordings:
            self._topics.setdefault(topic.name, topic)
            self._add(wording, topic)
        self._opposites = {name: self._topics[opposite] for name, opposite in opposites.items()}
        self._told = tuple(t for t in self._topics.values() if t.category != _IGNORED)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Every topic, in the order of the files."""
        return self._told

    def opposite(self, topic: Topic) -> Topic | None:
        """What "not" before this topic amounts to, where it amounts to something."""
        return self._opposites.get(topic.name)

    def named(self, label: str) -> Topic | None:
        """The topic whose wording is exactly this label; none where it needs a sentence around."""
        stems = normal(label).split()
        node, end = self._longest(stems, 0)
        topic = node.topic if node and node.alone and end == len(stems) else None
        return topic if topic and topic.category != _IGNORED else None

    def mentions(self, stems: Sequence[str]) -> list[Mention]:
        """Topics in a list of stems, longest wording first, none overlapping."""
        found: list[Mention] = []
        at = 0
        while at < len(stems):
            node, end = self._longest(stems, at)
            if node is not None and node.topic is not None:
                if node.topic.category != _IGNORED:
                    found.append(Mention(node.topic, at, end))
                at = end
            else:
                at += 1
        return found

    def _add(self, wording: str, topic: Topic) -> None:
        node = self._root
        for word in wording.replace(_GAP, f" {_GAP} ").split():
            for stemmed in [_GAP] if word == _GAP else [stem(part) for part in words(word)]:
                node = node.following.setdefault(stemmed, _Node())
        if node.topic is None:
            node.topic, node.alone = topic, not wording.startswith(_NOT_ALONE)

    def _longest(self, stems: Sequence[str], at: int) -> tuple[_Node | None, int]:
        """The node of the longest wording that starts at `at`, and where it ends."""
        best: tuple[_Node | None, int] = (None, at)
        open_paths = [(self._root, at)]
        while open_paths:
            node, end = open_paths.pop()
            if node.topic is not None and end > best[1]:
                best = (node, end)
            if gap := node.following.get(_GAP):
                open_paths.append((gap, end))
                if end < len(stems):
                    open_paths.append((gap, end + 1))
            if end < len(stems) and (step := node.following.get(stems[end])):
                open_paths.append((step, end + 1))
        return best


@cache
def never_liked() -> frozenset[str]:
    """Topics that nobody may be believed to like."""
    topics = frozenset(read_data("opinions.toml")["never_liked"]["topics"])
    unknown = topics - {topic.name for topic in bundled_lexicon().topics}
    if unknown:
        raise ValueError(f"never_liked names topics that the lexicon lacks: {sorted(unknown)}")
    return topics


@cache
def bundled_lexicon() -> Lexicon:
    """The lexicon that ships with the project; read once."""
    aspects, opinions = read_data("aspects.toml"), read_data("opinions.toml")
    lists: _Words = opinions["words"]
    wordings = list(_wordings(aspects, Stance.ASPECT, lists))
    wordings += _wordings(opinions["praise"], Stance.PRAISE, lists)
    wordings += _wordings(opinions["complaint"], Stance.COMPLAINT, lists)
    return Lexicon(wordings, opinions["opposite"])


def read_data(name: str) -> dict[str, Any]:
    """A data file of this package. Raises FileNotFoundError if it was not installed."""
    return tomllib.loads(files(__package__).joinpath("data", name).read_text("utf-8"))


def _wordings(
    tables: Mapping[str, _Words], stance: Stance, lists: _Words
) -> Iterator[tuple[str, Topic]]:
    for category, table in tables.items():
        for name, variants in table.items():
            topic = Topic(name=name, category=category, stance=stance)
            named_so = () if _NOT_ITSELF in variants else (name,)
            for variant in (*named_so, *variants):
                if variant != _NOT_ITSELF:
                    yield from ((wording, topic) for wording in _expanded(variant, lists))


def _expanded(variant: str, lists: _Words) -> Iterator[str]:
    """Every wording that a variant with slots such as "{good} prose" stands for."""
    slots = _SLOT.findall(variant)
    for choice in product(*(lists[slot] for slot in slots)):
        picked = iter(choice)
        yield _SLOT.sub(lambda _, picked=picked: next(picked), variant)  # type: ignore[misc]
