"""A whole study: timelines, questions, and every system on a memory of its own; it resumes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from credence.app.settings import Settings
from credence.planner.llm.asking import Asks, Role
from credence.replay.asking.consulting import Consulted, consulted
from credence.replay.asking.gateway import accounts, gateway
from credence.replay.asking.in_process import InTurn, Loaded, described, loaded
from credence.replay.asking.interview import Desk
from credence.replay.asking.journal import journal_of
from credence.replay.believing import isolated
from credence.replay.believing.memory import Builder
from credence.replay.believing.served import application, rankers_of
from credence.replay.believing.taken import deciding
from credence.replay.believing.variant import HOW_TO_NAME, UnknownVariant, variant
from credence.replay.encoded import Encode
from credence.replay.evolving import folder
from credence.replay.evolving.asked import Walk, digest, walks
from credence.replay.evolving.folder import Manifest
from credence.replay.evolving.served import served
from credence.replay.evolving.timeline import NobodyToFollow, real, spliced
from credence.replay.evolving.walker import Asking, Walker
from credence.replay.exam.negatives import Shelf
from credence.replay.loaders.simulated import is_simulated
from credence.replay.one_thread import on_one_thread
from credence.replay.runner.hall import Hall
from credence.replay.runner.provenance import commit, versions
from credence.replay.split import Half, half
from credence.replay.systems.system import Material
from credence.replay.turns import in_turns

OTHERS = (
    "everybody of the training half, whole and from the start, read by the built-in extractor "
    "whatever the system; those who are followed bring nothing to what others are told"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolve:
    """What is asked for."""

    data: Path
    domain: str
    out: Path
    systems: tuple[str, ...]
    spliced: bool
    most: int | None  # timelines; None: all there are
    stride: int  # steps from one question to the next
    seed: int  # of timelines, negatives, the order of candidates and ties
    at_once: int  # people
    database: str
    settings: Settings
    command: str
    encode: Encode  # the bundled sentence encoder's
    cache: Path | None  # folder that keeps what it encoded
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Whoever is told how far a study has come."""

    building: Callable[[str, int], Callable[[], None]]  # a system and people; each person done
    walking: Callable[[str, int], Asking]  # a system and questions left; each one put


async def evolve(asked: Evolve, watcher: Watcher) -> folder.Study:
    """Have every system walk all timelines.

    Started again after a failure it goes on where it stopped. Raises ReplayError; then whoever
    was followed to the end is kept.
    """
    known(asked.systems)
    for name in asked.systems:
        rankers_of(variant(name), asked.settings)  # refused before anybody is followed for nothing
    consult = await consulted(asked.settings, {name: _roles(name) for name in asked.systems})
    last = [name for name in asked.systems if variant(name).causal]
    told = await asyncio.to_thread(described, asked.settings, last)
    consult = replace(consult, settings={**consult.settings, **told})
    hall = Hall.of(asked.data, asked.domain, encode=asked.encode, cache=asked.cache)
    material = _material(asked, hall)
    found = _walks(asked, hall, material)
    manifest = folder.continued(asked.out, _manifest(asked, hall, found, consult))
    causal = await asyncio.to_thread(loaded, asked.settings, last)
    prefix = folder.begin(asked.out, manifest, found)
    async with gateway(
        asked.settings,
        database=asked.database,
        prefix=prefix,
        encoder=hall.encoder,
        needed=any(map(_roles, asked.systems)),
    ) as models:
        with on_one_thread():
            for system in asked.systems:
                one = _System(asked, watcher, hall, material, prefix, system, models, causal)
                await one.walk(found)
    await asyncio.to_thread(isolated.drop, asked.database, accounts(prefix))
    return folder.read_study(asked.out)


def known(systems: Sequence[str]) -> None:
    """Raises UnknownVariant, naming the system, for one that cannot follow anybody too."""
    if not systems:
        raise UnknownVariant(f"no system is named; write {HOW_TO_NAME}")
    for system in systems:
        if variant(system).found:
            raise UnknownVariant(
                f"{system!r} finds its candidates itself, and those who are followed choose among "
                "ten: leave that part out"
            )


def _roles(system: str) -> tuple[Role, ...]:
    """The seats in which a system asks language models."""
    return tuple(variant(system).roles)


@dataclass(frozen=True, slots=True)
class _System:
    """One system of a study."""

    asked: Evolve
    watcher: Watcher
    hall: Hall
    material: Material
    prefix: str
    name: str
    models: Mapping[Role, Asks]
    causal: Loaded | None

    async def walk(self, found: Sequence[Walk]) -> None:
        kept = folder.steps(self.asked.out, self.name)
        timed = folder.timings(self.asked.out, self.name)
        left = [walk for walk in found if walk.timeline.user_id not in kept.rows]
        if left:
            await self._build()
            chosen = variant(self.name)
            async with AsyncExitStack() as stack:
                desk = causal = None
                if chosen.roles or chosen.causal:
                    journal = stack.enter_context(journal_of(self.name, self.material).open())
                    desk = Desk(self.models, journal) if chosen.roles else None
                    if chosen.causal and self.causal is not None:
                        causal = InTurn(self.causal.ranker(seed=self.asked.seed), journal)
                apps = await stack.enter_async_context(
                    served(
                        chosen,
                        settings=self.asked.settings,
                        database=self.asked.database,
                        schema=self._schema,
                        encoder=self.hall.encoder,
                        desk=desk,
                        causal=causal,
                    )
                )
                walker = Walker(
                    served=apps,
                    material=self.material,
                    look_every=chosen.look_every(self.asked.settings.check_after),
                    asking=self.watcher.walking(self.name, sum(len(w.papers) for w in left)),
                )
                with kept.open() as keep, timed.open() as time:

                    async def one(walk: Walk) -> None:
                        walked, took = await walker.walk(walk)
                        time(took)
                        keep(walked)  # last: who stands there is not followed again

                    # of models that order one list at a time, seconds are those of one list
                    at_once = 1 if chosen.causal else self.asked.at_once
                    await in_turns(left, one, at_once=at_once)
        for lines in (kept, timed):
            lines.finish([walk.timeline.user_id for walk in found])
        await asyncio.to_thread(isolated.drop, self.asked.database, self._schema)

    @property
    def _schema(self) -> str:
        return f"{self.prefix}_{hashlib.sha256(self.name.encode()).hexdigest()[:12]}"

    async def _build(self) -> None:
        """The system's memory of others, complete."""
        database, schema = self.asked.database, self._schema
        if await asyncio.to_thread(isolated.is_built, database, schema):
            return
        await asyncio.to_thread(isolated.make, database, schema)
        url, chosen = isolated.within(database, schema), variant(self.name)
        app = application(chosen, self.asked.settings, url, self.hall.encoder)
        builder = Builder(
            app=app,
            material=self.material,
            look_every=chosen.look_every(self.asked.settings.check_after),
            at_once=self.asked.at_once,
            done=self.watcher.building(self.name, len(self.material.donors)),
        )
        try:
            await builder.build([])
        finally:
            await app.close()
        await asyncio.to_thread(isolated.close_building, database, schema)


def _material(asked: Evolve, hall: Hall) -> Material:
    """Of the training half alone."""
    name = hall.domain.name
    donors = {u: story for u, story in hall.donors.items() if half(name, u) is Half.TRAIN}
    return Material(
        encoded=hall.encoded,
        donors=donors,
        training=frozenset(donors),
        examinees=(),
        instructed=False,
        encode=hall.encoder.encode,
        words=hall.words,
        seed=asked.seed,
        folder=asked.out,
        database=asked.database,
    )


def _walks(asked: Evolve, hall: Hall, material: Material) -> tuple[Walk, ...]:
    """Raises NobodyToFollow, CannotDraw."""
    timelines = (spliced if asked.spliced else real)(hall.domain, seed=asked.seed, most=asked.most)
    shelf = Shelf.of(hall.domain.items, material.donors)
    found = walks(timelines, shelf=shelf, stride=asked.stride, seed=asked.seed)
    if not found:
        raise NobodyToFollow(f"nobody of {asked.domain} liked anything at a step to ask about")
    return found


def _manifest(asked: Evolve, hall: Hall, found: Sequence[Walk], models: Consulted) -> Manifest:
    return Manifest(
        command=asked.command,
        commit=commit(),
        questions_sha256=digest(found),
        data_sha256=hall.sha256,
        domain=hall.domain.name,
        spliced=asked.spliced,
        people=len(found),
        questions=sum(len(walk.papers) for walk in found),
        stride=asked.stride,
        seed=asked.seed,
        systems=asked.systems,
        others=OTHERS,
        versions=versions(),
        settings=deciding(asked.settings) | dict(models.settings),
        started_at=asked.started_at.isoformat(timespec="seconds"),
        plumbing_only=models.plumbing_only,
        simulated=is_simulated(asked.data, hall.domain.name),
    )
