"""One system in many processes: people are spread over the actors of a Ray cluster.

Each makes the exam's hall and the system anew, from the same data and on the same closed
memory, and so answers with the same bytes as one process would. Ray is an optional extra.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from credence.app.settings import Settings
from credence.inference.encoder import SentenceEncoder
from credence.inference.parallel import serially
from credence.replay.believing.memories import Memories
from credence.replay.believing.taken import deciding
from credence.replay.errors import ReplayError
from credence.replay.exam.files import read_exam
from credence.replay.runner.folder import EXAM
from credence.replay.runner.hall import Hall
from credence.replay.runner.provenance import commit, versions
from credence.replay.systems.named import NAMED
from credence.replay.systems.system import Answer, Material, Prepare, Question, System


class RayMissing(ReplayError):
    """The extra that spreads people over processes is not installed."""

    fix = "pip install 'credence[ray]', or leave out --engine"


class OtherCode(ReplayError):
    """A process of the cluster would not answer as this one does."""

    fix = (
        "install the same commit, constraints and CREDENCE_RANKER_MODEL on every machine of the "
        "cluster"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What an actor needs to take up its system; all of it can be sent to another process."""

    system: str
    memory: str | None  # URL of a closed memory, for a system of Credence
    data: Path
    folder: Path  # of the run
    database: str
    cache: Path | None  # where vectors lie that all processes must have alike
    settings: Settings
    commit: str  # of the code that sends it, with
    versions: Mapping[str, str]  # these libraries, and
    deciding: Mapping[str, Any]  # these settings, the ranker's model by its digest
    prefix: str  # of the memories
    examinees: tuple[str, ...]


class Desk:
    """Takes up one post after another; lives in an actor's process."""

    def __init__(self) -> None:
        threadpool_limits(1, "blas")  # as where the run is in one process
        self._halls: dict[str, Hall] = {}  # by domain: they take a while to make
        self._open = AsyncExitStack()
        self._system: System | None = None

    async def take(self, post: Post) -> None:
        """Make the post's system ready.

        Raises OtherCode; OtherData where the data here is not what the exam was drawn from; and
        ModelError for a ranker's model that cannot be read here.
        """
        made_with = (commit(), versions())
        if made_with != (post.commit, dict(post.versions)):
            raise OtherCode(f"a process of the cluster has other code or libraries: {made_with}")
        settings = deciding(post.settings)
        if settings != dict(post.deciding):
            raise OtherCode(f"a process of the cluster has another ranker's model: {settings}")
        exam = read_exam(post.folder / EXAM)
        hall = self._hall(exam.domain, post)
        hall.check([exam])
        material = hall.material(exam, folder=post.folder, database=post.database)
        if post.memory is None:
            prepared = NAMED[post.system].prepare(material)
        else:
            memories = Memories(
                settings=post.settings,
                prefix=post.prefix,
                encoder=hall.encoder,
                examinees=post.examinees,
                made_with="",
                at_once=1,
                building=lambda memory, people: lambda: None,
            )
            prepared = memories.opened(post.memory, post.system, material)
        self._system = await self._open.enter_async_context(prepared)

    async def answer(self, question: Question) -> Answer:
        assert self._system is not None
        with serially():
            return await self._system.answer(question)

    async def leave(self) -> None:
        """Let the system go; the desk is free for another."""
        self._system = None
        await self._open.aclose()

    def _hall(self, domain: str, post: Post) -> Hall:
        if domain not in self._halls:
            encode = SentenceEncoder().encode
            self._halls = {domain: Hall.of(post.data, domain, encode=encode, cache=post.cache)}
        return self._halls[domain]


@contextmanager
def cluster(*, processes: int, address: str | None) -> Iterator[tuple[Any, ...]]:
    """So many desks, in a cluster of our own or the one at `address`. Raises RayMissing."""
    if find_spec("ray") is None:
        raise RayMissing("--engine ray needs Ray, which is not installed")
    import ray  # noqa: PLC0415  an extra

    started: dict[str, Any] = {} if address else {"num_cpus": processes, "include_dashboard": False}
    ray.init(
        address=address,
        log_to_driver=False,
        configure_logging=False,
        **started,
    )
    try:
        yield tuple(ray.remote(Desk).remote() for _ in range(processes))
    finally:
        ray.shutdown()


def spread(post: Post, *, desks: Sequence[Any], memories: Memories) -> Prepare:
    """A system that sends each question to a desk that is free.

    `post` is without the memory, and with the run's folder to come.
    """

    @asynccontextmanager
    async def prepared(material: Material) -> AsyncIterator[System]:
        async with AsyncExitStack() as stack:
            url = None
            if post.system not in NAMED:
                url = await stack.enter_async_context(memories.closed(post.system, material))
            mine = replace(post, memory=url, folder=material.folder)
            try:
                await asyncio.gather(*(desk.take.remote(mine) for desk in desks))
                yield _Spread(desks)
            finally:
                await asyncio.gather(*(desk.leave.remote() for desk in desks))

    return prepared


class _Spread:
    def __init__(self, desks: Sequence[Any]) -> None:
        self._free: asyncio.Queue[Any] = asyncio.Queue()
        for desk in desks:
            self._free.put_nowait(desk)

    async def answer(self, question: Question) -> Answer:
        desk = await self._free.get()
        try:
            found: Answer = await desk.answer.remote(question)
            return found
        finally:
            self._free.put_nowait(desk)
