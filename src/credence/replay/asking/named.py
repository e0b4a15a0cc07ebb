"""Systems that ask a language model and are not Credence, by the names that the command line
knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType

from credence.planner.llm.asking import Asks, Role
from credence.replay.asking.agent import Agent
from credence.replay.asking.flat import Flat
from credence.replay.asking.interview import Desk
from credence.replay.asking.journal import journal_of
from credence.replay.asking.own_agent import OwnAgent
from credence.replay.asking.vanilla import Vanilla
from credence.replay.systems.system import Material, Prepare, System


@dataclass(frozen=True, slots=True)
class Asking:
    """A system, the seats whose models it asks, and a line about it."""

    of: Callable[[Desk, Material, int], System]  # of so many recent events
    roles: tuple[Role, ...]
    what: str


def _own_agent(desk: Desk, material: Material, recent: int) -> System:
    return OwnAgent(desk, material, recent, catalogue=sorted(material.items))


def _flat(desk: Desk, material: Material, _recent: int) -> System:
    return Flat(desk, material)  # which has read all events into its summary


ASKING: Mapping[str, Asking] = MappingProxyType(
    {
        "vanilla": Asking(
            Vanilla, (Role.RANKER,), "a language model: instruction, recent titles, candidates"
        ),
        "iagent": Asking(
            Agent, (Role.RANKER,), "a language model in iAgent's steps: parse, rerank, reflect"
        ),
        "i2agent": Asking(
            _own_agent,
            (Role.RANKER, Role.SYNTHESIZER),
            "in i2Agent's steps: the same with a profile rewritten event by event",
        ),
        "flat": Asking(
            _flat,
            (Role.RANKER, Role.SYNTHESIZER),
            "a language model that ranks from one summary, rewritten event by event",
        ),
    }
)


def prepare(name: str, models: Mapping[Role, Asks], *, recent: int) -> Prepare:
    """The system of this name, asking these models and showing them so many recent events."""

    @asynccontextmanager
    async def prepared(material: Material) -> AsyncIterator[System]:
        with journal_of(name, material).open() as journal:
            yield ASKING[name].of(Desk(models, journal), material, recent)

    return prepared
