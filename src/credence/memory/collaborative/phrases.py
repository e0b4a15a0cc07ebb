"""Which of the things that people say of an item tell it from others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import log

from credence.memory.collaborative.item_memory import ItemMemory, Phrase

_RARE = 0.01  # share of voices that a topic is given at least: one nobody knows is no wonder


def telling(
    memory: ItemMemory, shares: Mapping[str, float], *, least: int, most: int
) -> tuple[Phrase, ...]:
    """At most `most` phrases that at least `least` people stand behind, the most telling first.

    `shares` says how many of an item's voices usually speak of a topic. A phrase tells more the
    more people speak of it than so many would elsewhere; ties by topic. A side that fewer than
    `least` take is told as none, and nobody on it is counted: the rest would give them away.
    """
    voices = max(1.0, memory.voices)
    known = (_known(phrase, least) for phrase in memory.phrases)
    ranked = sorted(
        (phrase for phrase in known if phrase.people),
        key=lambda phrase: (-_surplus(phrase, voices, shares), phrase.topic),
    )
    return tuple(ranked[:most])


def in_words(memory: ItemMemory, phrases: tuple[Phrase, ...]) -> str:
    """What others say in a line: "12 others; praised: prose (7); criticised: pacing (3)"."""
    sides = (
        ("praised", [(p.topic, p.praised) for p in phrases if p.praised > p.blamed]),
        ("criticised", [(p.topic, p.blamed) for p in phrases if p.blamed > p.praised]),
        ("speak of", [(p.topic, p.people) for p in phrases if p.praised == p.blamed]),
    )
    told = [f"{side}: {', '.join(f'{t} ({n})' for t, n in said)}" for side, said in sides if said]
    return (
        "; ".join([f"{memory.people} others", *told])
        if told
        else f"what {memory.people} others say"
    )


def _known(phrase: Phrase, least: int) -> Phrase:
    """The phrase as if those had said nothing whose side too few take."""
    praised, blamed = (n if n >= least else 0 for n in (phrase.praised, phrase.blamed))
    people = phrase.people if praised and blamed else max(praised, blamed)
    return replace(phrase, people=people, praised=praised, blamed=blamed)


def _surplus(phrase: Phrase, voices: float, shares: Mapping[str, float]) -> float:
    usual = max(_RARE, shares.get(phrase.topic, 0.0))
    return phrase.people * log(max(_RARE, phrase.people / voices) / usual)
