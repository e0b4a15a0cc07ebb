"""The only wiring: from settings to a running application."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app import schema
from credence.app.breaker import Breaker
from credence.app.clock import utc_now
from credence.app.database import database_url
from credence.app.fault import where
from credence.app.impression_log import ImpressionLog
from credence.app.keeper import Keeper
from credence.app.leases import Leases
from credence.app.planner_store import PlannerStore
from credence.app.ranker_service.client import RankerClient
from credence.app.ranker_service.explanation_client import ExplanationClient
from credence.app.ranker_service.order_client import OrderClient
from credence.app.rankers import StoredRankers, default_ranker
from credence.app.remote_causal_ranker import RemoteCausalRanker
from credence.app.remote_causal_teller import RemoteCausalTeller
from credence.app.remote_ranker import RemoteRanker
from credence.app.routed_ranker import RoutedRanker
from credence.app.seats import BuiltIn, Seats
from credence.app.settings import Settings
from credence.app.shelf import RecommendationShelf
from credence.app.threads import Threads
from credence.app.worker import Worker
from credence.inference.encoder import BatchingEncoder, Encoder, SentenceEncoder
from credence.inference.words import WordEncoder
from credence.memory.database import create_engine
from credence.memory.lifecycle.draft import Rules
from credence.memory.record_events import Intake
from credence.memory.statement_times import StatementTimes
from credence.planner.context import Context, Policy
from credence.planner.counter import Counter, Reorders
from credence.planner.extraction.extractor import BuiltInExtractor
from credence.planner.extraction.lexicon import bundled_lexicon
from credence.planner.graph import build_graph
from credence.planner.llm.asking import Role
from credence.planner.placement import Explains
from credence.planner.policies.adaptive import AdaptivePolicy
from credence.planner.policies.plain import FixedIntervalPolicy, NeverPolicy
from credence.planner.ranking.case import Ranker
from credence.planner.synthesis.synthesizer import BuiltInSynthesizer

if TYPE_CHECKING:
    from credence.app.causal_ranker import CausalRanker
    from credence.app.causal_settings import CausalRankerSettings

log = logging.getLogger(__name__)
_EXPLANATIONS = "explanations"  # beside the roles: nothing else does this work


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Everything a request may need, built once."""

    settings: Settings
    engine: AsyncEngine
    relaxed: AsyncEngine  # for impressions, whose commits do not wait for the disk
    seats: Seats | None  # language models, where any plays a role
    threads: Threads | None  # of runs in which models are asked
    encoder: BatchingEncoder
    ranker: Ranker  # of tenants without weights of their own
    ranker_process: RankerClient | None
    language_ranker: CausalRanker | None  # which has the last word on a list
    language_process: RemoteCausalRanker | None  # which has it elsewhere
    telling_process: RemoteCausalTeller | None  # which words explanations there
    statements: StatementTimes  # of both engines
    started_at: datetime
    worker: Worker
    keeper: Keeper
    counter: Counter
    shelf: RecommendationShelf
    intake: Intake

    @property
    def teller(self) -> Explains | None:
        """Language models that put into words why an item was put to somebody, if any do."""
        if self.language_ranker is not None:
            return self.language_ranker.teller
        return self.telling_process

    @property
    def circuits(self) -> dict[str, str]:
        """By role "closed" where a language model elsewhere answers, "open" while the built-in
        part does its work."""
        states = {} if self.seats is None else self.seats.states
        if self.language_process is not None:
            states[Role.RANKER.value] = self.language_process.state
        if self.telling_process is not None:
            states[_EXPLANATIONS] = self.telling_process.state
        return states

    async def close(self) -> None:
        """Write the last impressions, let the encoder finish and the connections go."""
        await self.shelf.impressions.settle()
        self.encoder.close()
        if self.ranker_process is not None:
            await self.ranker_process.close()
        if self.language_ranker is not None:
            await asyncio.to_thread(self.language_ranker.close)
        if self.language_process is not None:
            await self.language_process.close()
        if self.telling_process is not None:
            await self.telling_process.close()
        if self.seats is not None:
            await self.seats.close()
        await self.engine.dispose()
        await self.relaxed.dispose()


def new_id() -> str:
    return uuid.uuid4().hex


def policy(settings: Settings) -> Policy:
    """The planner policy by its name in the settings."""
    if settings.policy == "never":
        return NeverPolicy()
    if settings.policy.startswith("fixed-"):
        return FixedIntervalPolicy(int(settings.policy.removeprefix("fixed-")))
    return AdaptivePolicy(half_life=settings.half_life)


def ranker(settings: Settings) -> tuple[Ranker, RankerClient | None]:
    """The ranker for tenants without weights of their own, and the process that it asks if any.

    Raises ModelError where the settings insist on a model that cannot be used.
    """
    local = default_ranker(settings.ranker, settings.ranker_model)
    if settings.ranker_url is None:
        return local, None
    if not isinstance(local, RoutedRanker):
        log.warning("CREDENCE_RANKER_URL is not used: no routed model could stand in for it")
        return local, None
    process = RankerClient(
        settings.ranker_url,
        key=settings.ranker_key,
        version=local.version,
        timeout=settings.ranker_timeout_ms / 1000,
    )
    return RemoteRanker(process, stand_in=local, breaker=Breaker()), process


def language_process(settings: Settings) -> RemoteCausalRanker | None:
    """Language models in a process elsewhere, where the settings name one."""
    if settings.causal_url is None:
        return None
    return RemoteCausalRanker(
        OrderClient(settings.causal_url, key=settings.ranker_key, timeout=settings.causal_seconds),
        most=settings.causal_top,
        rise=settings.causal_rise,
        breaker=Breaker(),
    )


def telling_process(settings: Settings) -> RemoteCausalTeller | None:
    """Language models in a process elsewhere that write explanations, where those are wanted."""
    if settings.causal_url is None or not settings.causal_explanation_tokens:
        return None
    return RemoteCausalTeller(
        ExplanationClient(
            settings.causal_url, key=settings.ranker_key, timeout=settings.causal_seconds
        ),
        most=settings.causal_explanation_tokens,
        breaker=Breaker(),
    )


def assemble(
    settings: Settings,
    url: str,
    encoder: Encoder,
    *,
    language_ranker: CausalRanker | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Application:
    """Wire one application on a database that is up to date. Opens no connection yet."""
    statements = StatementTimes()
    engine = create_engine(url, pool_size=settings.pool_size, times=statements)
    batching = BatchingEncoder(encoder)
    rules, words = Rules(half_life=settings.half_life), WordEncoder().encode
    built_in = BuiltIn(
        policy=policy(settings),
        extractor=BuiltInExtractor(embed=batching.embed_phrases),
        synthesizer=BuiltInSynthesizer(half_life=rules.half_life),
    )
    seats = None
    if settings.llm is not None:
        seats = Seats(
            settings=settings.llm,
            engine=engine,
            built_in=built_in,
            plans=isinstance(built_in.policy, AdaptivePolicy),
            embed=batching.embed_phrases,
            rules=rules,
            clock=clock,
        )
    threads = Threads(url) if seats is not None and seats.run else None
    context = Context(
        store=PlannerStore(engine),
        policy=built_in.policy,
        reader=built_in.extractor,
        extractor=built_in.extractor,
        synthesizer=built_in.synthesizer,
        embed_phrases=batching.embed_phrases,
        words=words if settings.collaborative else None,
        rules=rules,
        clock=clock,
        timer=time.perf_counter,
        roles=None if seats is None else seats.for_run,
    )
    otherwise, process = ranker(settings)
    elsewhere = language_process(settings)
    reorder: Reorders | None = language_ranker or elsewhere
    if reorder is None and seats is not None:
        reorder = seats.ranker
    relaxed = create_engine(url, pool_size=settings.pool_size, relaxed=True, times=statements)
    shelf = RecommendationShelf(
        engine,
        impressions=ImpressionLog(
            relaxed, keep=timedelta(days=settings.impression_days), clock=clock
        ),
        event_memory=settings.event_memory,
        least_people=settings.least_people,
        words=words,
        clock=clock,
        narratives=reorder is not None,
    )
    return Application(
        settings=settings,
        engine=engine,
        relaxed=relaxed,
        seats=seats,
        threads=threads,
        encoder=batching,
        ranker=otherwise,
        ranker_process=process,
        language_ranker=language_ranker,
        language_process=elsewhere,
        telling_process=telling_process(settings),
        statements=statements,
        started_at=clock(),
        worker=Worker(
            engine=engine,
            context=context,
            graph=build_graph(None if threads is None else threads.saver),
            durable=threads is not None,
            leases=Leases(
                engine=engine,
                length=timedelta(seconds=settings.lease_seconds),
                clock=clock,
                new_id=new_id,
            ),
            check_after=settings.check_after,
            check_within=timedelta(minutes=settings.check_within_minutes),
            upkeep_after=timedelta(days=settings.upkeep_days),
            at_a_time=settings.workers,
            new_id=new_id,
        ),
        counter=Counter(
            shelf=shelf,
            rankers=StoredRankers(engine, otherwise),
            embed=batching.embed,
            words=words,
            rules=rules,
            clock=clock,
            new_id=new_id,
            least_people=settings.least_people,
            event_memory=settings.event_memory,
            reorder=reorder,
        ),
        keeper=Keeper(engine=engine),
        shelf=shelf,
        intake=Intake(unknown_users=settings.unknown_users, unknown_items=settings.unknown_items),
    )


@asynccontextmanager
async def running(settings: Settings, *, lists: bool = False) -> AsyncIterator[Application]:
    """A ready application: database up and at the right schema, encoder loaded, planner at work.

    `lists`: it is to recommend, so the language models that have the last word are loaded, where
    the settings name some. The embedded database is brought up to date by itself; a configured one
    is only checked.
    Raises SchemaOutdated, EncoderMismatch, EmbeddedPostgresFailed, ModelError,
    AuthoritiesUnreadable.
    """
    url = await asyncio.to_thread(database_url, settings)
    if settings.database_url is None:
        await asyncio.to_thread(schema.upgrade, url)
    await asyncio.to_thread(
        schema.check, url, encoder=SentenceEncoder.name, dimension=SentenceEncoder.dimension
    )
    encoder = await asyncio.to_thread(SentenceEncoder, settings.encoder_device)
    models = None
    if lists and settings.causal is not None:
        models = await asyncio.to_thread(_language_ranker, settings.causal)
    app = assemble(settings, url, encoder, language_ranker=models)
    async with AsyncExitStack() as open_parts:
        open_parts.callback(gc.unfreeze)  # or nothing of this would ever leave the process
        gc.collect()
        gc.freeze()  # models and modules live as long as this: collections need not walk them
        if app.threads is not None:
            await open_parts.enter_async_context(app.threads.ready())
        open_parts.push_async_callback(app.close)
        await open_parts.enter_async_context(app.worker.leases.kept())  # past the planner's end
        tasks: list[asyncio.Task[None]] = []
        if settings.worker:
            topics = [topic.name for topic in bundled_lexicon().topics]
            tasks.append(asyncio.create_task(app.worker.serve()))
            if settings.collaborative:
                tasks.append(asyncio.create_task(app.keeper.serve()))
            tasks.append(asyncio.create_task(_warm(app.encoder, topics)))
        try:
            yield app
        finally:
            for task in reversed(tasks):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


def _language_ranker(told: CausalRankerSettings) -> CausalRanker:
    """Raises ModelError."""
    from credence.app.causal_ranker import CausalRanker  # noqa: PLC0415  its imports take seconds

    return CausalRanker.loaded(told)


async def _warm(encoder: BatchingEncoder, phrases: Sequence[str]) -> None:
    """Have the vectors of common topics at hand before they are first needed."""
    try:
        await encoder.embed_phrases(phrases)
    except Exception as error:  # noqa: BLE001  only a head start is lost
        log.warning("the encoder was not warmed up: %s", where(error))
