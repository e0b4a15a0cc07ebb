"""The memories of a run: built when a system first needs one, shared by those that can, closed to
writers while exams are sat, and dropped in the end."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.planner.llm.asking import Asks, Role
from credence.replay.asking.building import at_work, while_served
from credence.replay.asking.consulting import configured
from credence.replay.asking.in_process import InTurn, Loaded
from credence.replay.asking.interview import Desk
from credence.replay.asking.journal import journal_of
from credence.replay.asking.seated import Seat, Seated, at_desk, in_process
from credence.replay.believing import isolated
from credence.replay.believing.memory import Builder, recorded_at
from credence.replay.believing.served import application, rankers_of
from credence.replay.believing.system import Believing
from credence.replay.believing.variant import Variant, variant
from credence.replay.runner.kept import read_object, write_json
from credence.replay.steady import SteadyEncoder
from credence.replay.systems.system import Material, Prepare, System

if TYPE_CHECKING:
    from credence.app.causal_ranker import CausalRanker

READ_ONLY = "readonly.json"  # in the folder of a run: what proves that memories were closed
_NOBODY = Variant(policy="never")  # that looks at nobody
_ENFORCED = "Postgres: default_transaction_read_only on every connection of the exam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memories:
    """Memories in schemas of one database, all of which begin with `prefix`.

    `examinees` are those whose beliefs are built: all who sit any of the run's exams of the domain.
    """

    settings: Settings
    prefix: str
    encoder: SteadyEncoder
    examinees: Sequence[str]
    made_with: str  # data, code and settings in words: another memory is never taken for this one
    at_once: int
    building: Callable[[str, int], Callable[[], None]]  # what and how many; called for each done
    models: Mapping[Role, Asks] = field(default_factory=dict)  # that rank while exams are sat
    causal: Loaded | None = None  # those of the process, where a system asks them

    def prepare(self, name: str) -> Prepare:
        """The system of this name. Raises UnknownVariant."""
        variant(name)

        @asynccontextmanager
        async def prepared(material: Material) -> AsyncIterator[System]:
            async with (
                self.closed(name, material) as url,
                self.opened(url, name, material) as system,
            ):
                yield system

        return prepared

    @asynccontextmanager
    async def closed(self, name: str, material: Material) -> AsyncIterator[str]:
        """The memory that a system needs: complete, and refusing writes through this URL.

        Leaves proof in the folder of the run.
        """
        schema = await self._built(variant(name), material)
        url = isolated.within(material.database, schema, read_only=True)
        proof = material.folder / READ_ONLY
        attempt = await asyncio.to_thread(isolated.refused_write, url)
        before = await asyncio.to_thread(_held, material.database, schema, "before")
        prove(proof, name, write_attempt=attempt, **before)
        yield url
        prove(proof, name, **await asyncio.to_thread(_held, material.database, schema, "after"))

    @asynccontextmanager
    async def opened(self, url: str, name: str, material: Material) -> AsyncIterator[System]:
        """The system on a closed memory. Raises MemoryOpen for one that it could write to."""
        chosen = variant(name)
        recorded = recorded_at(material)
        # Who has the last word is shown the profile.
        app = application(
            chosen,
            self.settings,
            url,
            self.encoder,
            roles=chosen.roles & {Role.RANKER},
            language_ranker=self._language_ranker(chosen, material),
            clock=lambda: recorded,  # what is popular of late is so by then
        )
        rankers = rankers_of(chosen, self.settings)
        try:
            await isolated.refuses(app.engine)
            if not chosen.roles and not chosen.causal:
                yield Believing(app, rankers, material, found=chosen.found)
                return
            with ExitStack() as stack:
                seat: Seat | None = None
                if app.language_ranker is not None:
                    journal = stack.enter_context(journal_of(name, material).open())
                    seat = in_process(InTurn(app.language_ranker, journal))
                elif Role.RANKER in chosen.roles:
                    journal = stack.enter_context(journal_of(name, material).open())
                    told = configured(self.settings, {name: tuple(chosen.roles)})
                    seat = at_desk(Desk(self.models, journal), told)
                yield Seated(
                    app=app,
                    rankers=rankers,
                    material=material,
                    seat=seat,
                    hidden=chosen.hidden,
                    found=chosen.found,
                )
        finally:
            await app.close()

    def _language_ranker(self, chosen: Variant, material: Material) -> CausalRanker | None:
        """Of the process, where it is to have the last word."""
        if not chosen.causal:
            return None
        assert self.causal is not None, "models that a system asks are loaded"
        return self.causal.ranker(seed=material.seed)

    def drop(self, database: str, domain: str, names: Iterable[str]) -> None:
        """Remove the memories that these systems had of the domain, and what these were made of."""
        had = [variant(name) for name in names]
        for chosen in [*had, None] if had else []:
            isolated.drop(database, self._schema(chosen, domain))

    async def _built(self, chosen: Variant, material: Material) -> str:
        """The schema of the variant's memory, complete."""
        schema, url = self._schema(chosen, material.encoded.domain.name), material.database
        if not await asyncio.to_thread(isolated.is_built, url, schema):
            laid = await self._laid(material)
            await asyncio.to_thread(isolated.make, url, schema)
            await asyncio.to_thread(isolated.copy, url, laid, into=schema)
            own = isolated.within(url, schema)
            app = application(chosen, self.settings, own, self.encoder, roles=chosen.remembering)
            try:
                await self._believe(chosen, app, material, own)
            finally:
                await app.close()
            await asyncio.to_thread(isolated.close_building, url, schema)
        return schema

    async def _laid(self, material: Material) -> str:
        """The schema of what is alike in all memories of the domain, complete: it is made once."""
        schema, url = self._schema(None, material.encoded.domain.name), material.database
        if not await asyncio.to_thread(isolated.is_built, url, schema):
            await asyncio.to_thread(isolated.make, url, schema)
            app = application(_NOBODY, self.settings, isolated.within(url, schema), self.encoder)
            others = len(set(material.donors) - set(self.examinees))
            builder = Builder(
                app=app,
                material=material,
                look_every=_NOBODY.look_every(self.settings.check_after),
                at_once=self.at_once,
                done=self.building("others", others),
            )
            try:
                await builder.lay(self.examinees)
            finally:
                await app.close()
            await asyncio.to_thread(isolated.close_building, url, schema)
        return schema

    async def _believe(
        self, chosen: Variant, app: Application, material: Material, url: str
    ) -> None:
        done = self.building(chosen.memory, len(self.examinees))
        async with AsyncExitStack() as stack:
            if chosen.remembering:
                done = while_served(app, done)
                app = await stack.enter_async_context(at_work(app, url, skipped=chosen.skipped))
            builder = Builder(
                app=app,
                material=material,
                look_every=chosen.look_every(self.settings.check_after),
                at_once=self.at_once,
                done=done,
            )
            await builder.believe(self.examinees)

    def _schema(self, chosen: Variant | None, domain: str) -> str:
        """By all that the memory depends on, the models that make it among that; without a
        variant, of what is alike in all memories."""
        memory, models = "others", list[str]()
        if chosen is not None:
            memory = chosen.memory
            roles = sorted(chosen.remembering)
            models = [f"{role}={self._model(role, chosen)}" for role in roles]
        of = "/".join([domain, memory, self.made_with, *models, *sorted(self.examinees)])
        digest = hashlib.sha256(of.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.prefix}_{digest[:12]}"

    def _model(self, role: Role, chosen: Variant) -> str:
        return configured(self.settings, {chosen.memory: [role]}).endpoints[role].model


def _held(database: str, schema: str, when: str) -> dict[str, Any]:
    """Which memory it is, how many rows there are, and which versions of them."""
    return {
        "memory": isolated.identity(database, schema),
        f"counts_{when}": isolated.rows(database, schema),
        f"versions_{when}": isolated.row_versions(database, schema),
    }


def prove(path: Path, system: str, **shown: Any) -> None:
    """Add to the proof that nothing was written while the exam was sat; what a session that was
    killed had seen before it stays, unless that memory is gone and this is another one."""
    proof = read_object(path) if path.exists() else {}
    own = proof.setdefault(system, {"enforced_by": _ENFORCED})
    same = own.get("memory") == shown["memory"]
    first = ("counts_before", "versions_before") if same else ()
    own.update(shown | {name: own[name] for name in first if name in own})
    write_json(path, proof)
