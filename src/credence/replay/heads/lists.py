"""Recorded choices as language models of the process would be asked about them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

from credence.app.made_lists import lot
from credence.inference.causal.heads.observing import KnownList
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Belief, Profile, SeenEvent
from credence.planner.counter import Ask, Taste
from credence.planner.llm.labelled import candidates_part, person_part
from credence.planner.reordering import shown
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer
from credence.replay.belief import Lived, live
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.errors import ReplayError
from credence.replay.loaders.instructrec import load_domains
from credence.replay.people import Domain
from credence.replay.positions import Position, positions
from credence.replay.split import EXAM_ONLY

_TENANT = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which recorded choices are asked about."""

    data: Path  # folder of InstructRec domains
    only: Collection[str] = ()  # domains; () for all that may be learnt from
    people: int | None = None  # of a domain at most, drawn by lot; None: everybody
    each: int = 2  # earlier choices of a person at most, beside the exam's
    event_memory: int = 15  # events that are shown
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One choice of a training person, before a list."""

    domain: str
    user_id: str
    known: KnownList


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The recorded choices of a domain's training people, by person."""

    domain: Domain
    people: tuple[tuple[Position, ...], ...]


def choices(asked: Asked) -> tuple[Choices, ...]:
    """What is to be asked about, of domains that may be learnt from; nothing of an exam person.

    Raises ReplayError.
    """
    domains = [one for one in load_domains(asked.data) if one.name not in EXAM_ONLY]
    if unknown := set(asked.only) - {one.name for one in domains}:
        raise ReplayError(
            f"{', '.join(sorted(unknown))}: no domain of {asked.data} to learn from; it has "
            f"{', '.join(one.name for one in domains)}"
        )
    return tuple(
        Choices(
            domain=domain,
            people=_of_some(positions(domain, seed=asked.seed, each=asked.each), asked),
        )
        for domain in domains
        if not asked.only or domain.name in asked.only
    )


async def recorded(
    found: Sequence[Choices],
    asked: Asked,
    encoder: RememberedEncoder,
    *,
    done: Callable[[int, int], None],
) -> tuple[Recorded, ...]:
    """These choices as questions, in their order; `done` is told how many people of how many are
    through."""
    told: list[Recorded] = []
    through, of = 0, sum(len(one.people) for one in found)
    for one in found:
        encoded = encode_domain(one.domain, encoder)
        for own in one.people:
            told += await _of_one(own, encoded, encoder, asked)
            through += 1
            done(through, of)
    return tuple(told)


def _of_some(found: Sequence[Position], asked: Asked) -> tuple[tuple[Position, ...], ...]:
    """Positions by person, of those with the lowest lots where there are too many."""
    by_person = {
        user_id: tuple(own) for user_id, own in groupby(found, key=lambda one: one.user_id)
    }
    drawn = sorted(by_person, key=lambda user_id: lot(asked.seed, "heads", user_id))
    return tuple(by_person[user_id] for user_id in sorted(drawn[: asked.people]))


async def _of_one(
    own: Sequence[Position], encoded: EncodedDomain, encoder: RememberedEncoder, asked: Asked
) -> Iterator[Recorded]:
    rules = Rules()
    points = {position.before for position in own}
    lived = await live(own[0].history, encoded, at=points, embed=encoder.embed, rules=rules)
    tastes = {
        before: await _taste(story, encoded, rules, asked.event_memory)
        for before, story in lived.items()
    }
    return (_recorded(one, tastes[one.before], encoded) for one in own)


async def _taste(story: Lived, encoded: EncodedDomain, rules: Rules, events: int) -> Taste:
    """Event memory, newest first, and the profile as the built-in synthesizer writes it then."""
    writes, believed = BuiltInSynthesizer(rules.half_life), Belief(chunks=story.chunks)
    narrative = await writes(believed, now=story.now)
    profile = Profile(version=1, watermark=0, sentences=narrative.sentences, written_at=story.now)
    recent = tuple(
        SeenEvent(
            event=event,
            item_vector=None,
            title=encoded.items[event.item_id].title if event.item_id else None,
        )
        for event in story.events[::-1][:events]
    )
    return Taste(belief=replace(believed, profile=profile), vectors={}, recent=recent)


def _recorded(one: Position, taste: Taste, encoded: EncodedDomain) -> Recorded:
    items = {item_id: encoded.items[item_id] for item_id in one.candidates}
    ask = Ask(tenant=_TENANT, user_id=one.user_id, instruction=one.instruction or "")
    return Recorded(
        domain=encoded.domain.name,
        user_id=one.user_id,
        known=KnownList(
            person=person_part(shown(ask, taste, (), tuple(items.values()))),
            candidates=tuple(sorted(items)),
            chosen=one.candidates[one.chosen],
            named=partial(candidates_part, items=items),
        ),
    )
