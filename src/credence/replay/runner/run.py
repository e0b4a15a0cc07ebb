"""A whole run: exams by domain, memories built once for all exams of one, folders that resume."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from credence.app.settings import Settings
from credence.planner.llm.asking import Asks, Role
from credence.replay.asking.consulting import Consulted, consulted
from credence.replay.asking.gateway import accounts, gateway
from credence.replay.asking.in_process import Loaded, described, loaded
from credence.replay.asking.named import ASKING
from credence.replay.asking.named import prepare as prepare_asking
from credence.replay.asking.roles import VANILLA_CAUSAL, asks_causal, is_credence, roles_of
from credence.replay.asking.vanilla_causal import prepare as prepare_causal
from credence.replay.believing import isolated
from credence.replay.believing.memories import Memories
from credence.replay.believing.served import rankers_of
from credence.replay.believing.taken import deciding
from credence.replay.believing.variant import HOW_TO_NAME, variant
from credence.replay.encoded import Encode
from credence.replay.errors import ReplayError
from credence.replay.exam.donors import IN_WORDS
from credence.replay.exam.files import write_exam
from credence.replay.exam.paper import FrozenExam, Negatives
from credence.replay.loaders.simulated import is_simulated
from credence.replay.one_thread import on_one_thread
from credence.replay.runner.facts import write_facts
from credence.replay.runner.folder import EXAM, MANIFEST, Manifest
from credence.replay.runner.hall import Hall
from credence.replay.runner.invigilator import Invigilator, Told
from credence.replay.runner.kept import check_same, schema_prefix, write_json
from credence.replay.runner.provenance import commit, versions
from credence.replay.runner.reading import read_manifest
from credence.replay.runner.spread import Post, spread
from credence.replay.systems.named import NAMED
from credence.replay.systems.system import Prepare

_THEN = " && "  # between the commands of a run that systems were added to
_SAME = ("exam_sha256", "commit", "versions")  # in all parts of one run; so are settings


class UnknownSystem(ReplayError):
    """A system is asked for that nobody knows."""


class NotTheWholeCatalogue(ReplayError):
    """A system that finds its candidates is to sit an exam that names them."""

    fix = f"make exams with `credence replay exam --negatives {Negatives.ALL}`, or leave it out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is asked for. `exams` by the names of their folders below `out`."""

    exams: Mapping[str, FrozenExam]
    systems: tuple[str, ...]
    data: Path
    out: Path
    database: str
    settings: Settings
    command: str
    at_once: int
    keep_memory: bool
    encode: Encode  # the bundled sentence encoder's
    cache: Path | None  # folder that keeps what it encoded
    started_at: datetime
    desks: tuple[Any, ...] = ()  # of a cluster, to spread people over; none: all in this process

    @property
    def domains(self) -> tuple[str, ...]:
        """Of the exams, in the order in which they are sat."""
        return tuple(sorted({exam.domain for exam in self.exams.values()}))

    def of(self, domain: str) -> Run:
        """The part of the run that is of one domain, by seed: what a system learns serves one."""
        by_seed = sorted(self.exams.items(), key=lambda named: named[1].seed)
        return replace(self, exams={name: e for name, e in by_seed if e.domain == domain})


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Whoever is told how far a run has come."""

    exam: Callable[[str, FrozenExam], Told]  # a folder's name; then each answer
    building: Callable[[str, int], Callable[[], None]]  # a memory and its people; then each person


async def run(asked: Run, watcher: Watcher) -> tuple[Path, ...]:
    """Have all systems sit all exams; the folders of the runs.

    Run again after a failure it goes on where it stopped. Raises ReplayError, and ModelError for
    language models of this process; then what was answered so far is kept.
    """
    manifests = await checked(asked)
    causal = await asyncio.to_thread(loaded, asked.settings, _asking_causal(asked))
    for domain in asked.domains:
        exams = asked.of(domain).exams
        hall = Hall.of(asked.data, domain, encode=asked.encode, cache=asked.cache)
        hall.check(list(exams.values()))
        async with gateway(
            asked.settings,
            database=asked.database,
            prefix=schema_prefix(asked.out),
            encoder=hall.encoder,
            needed=any(map(roles_of, asked.systems)),
        ) as asks:
            with on_one_thread():
                await _domain(asked, hall, exams, manifests, watcher, asks=asks, causal=causal)
    if any(map(roles_of, asked.systems)) and not asked.keep_memory:
        isolated.drop(asked.database, accounts(schema_prefix(asked.out)))
    return tuple(asked.out / name for name in asked.exams)


async def checked(asked: Run) -> Mapping[str, Manifest]:
    """What the folder of each exam is to say. Raises ReplayError or ModelError if it cannot be run
    so."""
    known(asked.systems)
    for name in filter(is_credence, asked.systems):
        rankers_of(variant(name), asked.settings)  # refused before a memory is made for nothing
        if variant(name).found:
            _find_in(name, asked.exams)
    models = await consulted(asked.settings, {name: roles_of(name) for name in asked.systems})
    causal = await asyncio.to_thread(described, asked.settings, _asking_causal(asked))
    models = replace(models, settings={**models.settings, **causal})
    return {
        name: _continued(asked.out / name, _manifest(asked, exam, models))
        for name, exam in asked.exams.items()
    }


def known(systems: Sequence[str]) -> None:
    """Raises UnknownSystem or UnknownVariant, naming the system."""
    there = f"there are {', '.join([*NAMED, *ASKING, VANILLA_CAUSAL])}, and {HOW_TO_NAME}"
    if not systems:
        raise UnknownSystem(f"no system is named; {there}")
    for name in systems:
        if is_credence(name):
            variant(name)
        elif name not in {*NAMED, *ASKING, VANILLA_CAUSAL}:
            raise UnknownSystem(f"there is no system {name!r}; {there}")


def _find_in(name: str, exams: Mapping[str, FrozenExam]) -> None:
    """Raises NotTheWholeCatalogue: of ten that are named, what it finds are few or none."""
    for exam in exams.values():
        if exam.negatives is not Negatives.ALL:
            raise NotTheWholeCatalogue(
                f"{name} finds its candidates itself, and the exam {exam.sha256[:12]} "
                f"({exam.title}) names some"
            )


def _asking_causal(asked: Run) -> list[str]:
    return [name for name in asked.systems if asks_causal(name)]


async def _domain(
    asked: Run,
    hall: Hall,
    exams: Mapping[str, FrozenExam],
    manifests: Mapping[str, Manifest],
    watcher: Watcher,
    *,
    asks: Mapping[Role, Asks],
    causal: Loaded | None,
) -> None:
    memories = Memories(
        settings=asked.settings,
        prefix=schema_prefix(asked.out),
        encoder=hall.encoder,
        examinees=sorted({paper.user_id for exam in exams.values() for paper in exam.papers}),
        made_with=_made_with(asked, hall),
        at_once=asked.at_once,
        building=watcher.building,
        models=asks,
        causal=causal,
    )
    systems = {name: _prepare(name, asked, memories) for name in asked.systems}
    for name, exam in exams.items():
        folder = asked.out / name
        folder.mkdir(parents=True, exist_ok=True)
        material = hall.material(exam, folder=folder, database=asked.database)
        write_exam(exam, folder / EXAM)
        write_json(folder / MANIFEST, asdict(manifests[name]))
        write_facts(exam, material)
        await Invigilator(
            exam=exam,
            material=material,
            instructions=hall.instructions,
            at_once=asked.at_once,
            told=watcher.exam(name, exam),
            singly=_asking_causal(asked),
        ).examine(systems)
    if not asked.keep_memory:
        memories.drop(asked.database, hall.domain.name, filter(is_credence, asked.systems))


def _made_with(asked: Run, hall: Hall) -> str:
    made_with = [hall.sha256, commit(), versions(), deciding(asked.settings)]
    return json.dumps(made_with, sort_keys=True, default=str)


def _prepare(name: str, asked: Run, memories: Memories) -> Prepare:
    """Systems that ask models wait for a server, not for a processor, or have their models in this
    process: they are not spread."""
    if name in ASKING:
        return prepare_asking(name, memories.models, recent=asked.settings.event_memory)
    if name == VANILLA_CAUSAL:
        assert memories.causal is not None, "models that a system asks are loaded"
        return prepare_causal(memories.causal, recent=asked.settings.event_memory)
    if asked.desks and not roles_of(name) and not asks_causal(name):
        post = Post(
            system=name,
            memory=None,
            data=asked.data,
            folder=asked.out,
            database=asked.database,
            cache=asked.cache,
            settings=asked.settings,
            commit=commit(),
            versions=versions(),
            deciding=deciding(asked.settings),
            prefix=memories.prefix,
            examinees=tuple(memories.examinees),
        )
        return spread(post, desks=asked.desks, memories=memories)
    return memories.prepare(name) if is_credence(name) else NAMED[name].prepare


def _manifest(asked: Run, exam: FrozenExam, models: Consulted) -> Manifest:
    return Manifest(
        command=asked.command,
        commit=commit(),
        exam_sha256=exam.sha256,
        domain=exam.domain,
        negatives=exam.negatives.value,
        instructed=exam.instructed,
        seed=exam.seed,
        systems=asked.systems,
        donors=IN_WORDS,
        versions=versions(),
        settings=deciding(asked.settings) | dict(models.settings),
        plumbing_only=models.plumbing_only,
        started_at=asked.started_at.isoformat(timespec="seconds"),
        simulated=is_simulated(asked.data, exam.domain),
    )


def _continued(folder: Path, manifest: Manifest) -> Manifest:
    """The manifest, with the systems that the folder has already. Raises AnotherRun."""
    if not (folder / MANIFEST).exists():
        return manifest
    before = read_manifest(folder)
    for name in _SAME:
        check_same(folder, name, getattr(before, name), getattr(manifest, name))
    for name in set(before.settings) & set(manifest.settings):  # models' only where one is asked
        check_same(folder, f"settings: {name}", before.settings[name], manifest.settings[name])
    commands = dict.fromkeys([*before.command.split(_THEN), manifest.command])
    return replace(
        manifest,
        command=_THEN.join(commands),
        systems=tuple(dict.fromkeys([*before.systems, *manifest.systems])),
        settings={**before.settings, **manifest.settings},
        plumbing_only=before.plumbing_only or manifest.plumbing_only,
        started_at=before.started_at,
        simulated=before.simulated or manifest.simulated,
    )
