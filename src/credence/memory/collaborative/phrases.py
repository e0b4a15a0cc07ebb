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
    more people speak of it than so many would elsewhere; ties by topic. Of those who praise it or
    blame it, fewer than `least` are told as none.
    """
    voices = max(1.0, memory.voices)
    ranked = sorted(
        (phrase for phrase in memory.phrases if phrase.people >= least),
        key=lambda phrase: (-_surplus(phrase, voices, shares), phrase.topic),
    )
    return tuple(
        replace(
            phrase,
            praised=phrase.praised if phrase.praised >= least else 0,
            blamed=phrase.blamed if phrase.blamed >= least else 0,
        )
        for phrase in ranked[:most]
    )


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


def _surplus(phrase: Phrase, voices: float, shares: Mapping[str, float]) -> float:
    usual = max(_RARE, shares.get(phrase.topic, 0.0))
    return phrase.people * log(max(_RARE, phrase.people / voices) / usual)
