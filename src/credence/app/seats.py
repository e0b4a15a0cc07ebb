"""Which language model plays which role, wired from the settings."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from credence.app.adapters.llm.chat_model import ChatModel
from credence.app.adapters.llm.endpoint import Limits
from credence.app.breaker import Breaker
from credence.app.llm_ledger import CallLedger
from credence.app.llm_settings import LlmSettings
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Person
from credence.memory.planner_run import PlannerRun
from credence.memory.unit_of_work import autocommit
from credence.planner.context import Embed, Policy, Roles
from credence.planner.extraction.extractor import Extractor
from credence.planner.llm.asking import Call, Errand, Role
from credence.planner.llm.extractor import LlmExtractor
from credence.planner.llm.policy import LlmPolicy
from credence.planner.llm.ranker import LlmRanker
from credence.planner.llm.sharing import SharedExtraction
from credence.planner.llm.synthesizer import LlmSynthesizer
from credence.planner.synthesis.synthesizer import Synthesizer


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """Who does the work of a role where no model does."""

    policy: Policy
    extractor: Extractor
    synthesizer: Synthesizer


@dataclass(slots=True, kw_only=True)
class Seats:
    """The models of an application, and the roles that they play in a run."""

    settings: LlmSettings
    engine: AsyncEngine
    built_in: BuiltIn
    plans: bool  # whether a model may choose operations: not where a fixed policy was asked for
    embed: Embed
    rules: Rules
    clock: Callable[[], datetime]
    finished: Callable[[Call], None] = lambda call: None
    seed: int = field(default_factory=partial(secrets.randbits, 63))  # of labels: not to be guessed
    ledger: CallLedger = field(init=False)
    models: Mapping[Role, ChatModel] = field(init=False)
    _sharing: SharedExtraction | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        told = self.settings
        self.ledger = CallLedger(
            self.engine,
            daily_budget=told.daily_budget,
            daily_tokens=told.daily_tokens,
            clock=self.clock,
        )
        limits = Limits(
            call_seconds=told.call_seconds,
            attempts=told.attempts,
            reasoning_tokens=told.reasoning_tokens,
        )
        waited_for = replace(limits, question_seconds=told.rank_seconds)
        # Somebody waits for the ranker: a server too slow for that may do for runs.
        breakers: dict[tuple[str, bool], Breaker] = {}
        in_flight: dict[tuple[str, bool], asyncio.Semaphore] = {}
        self.models = {
            role: ChatModel(
                endpoint,
                limits=waited_for if role is Role.RANKER else limits,
                prices=told.prices.get(endpoint.model),
                ledger=self.ledger,
                clock=self.clock,
                breaker=breakers.setdefault((endpoint.base_url, role is Role.RANKER), Breaker()),
                in_flight=in_flight.setdefault(
                    (endpoint.base_url, role is Role.RANKER), asyncio.Semaphore(told.in_flight)
                ),
                finished=self._finished,
            )
            for role, endpoint in told.endpoints.items()
            if self.plans or role is not Role.PLANNER
        }

        extractor = self.models.get(Role.EXTRACTOR)
        if extractor is not None and told.share > 1:
            self._sharing = SharedExtraction(
                model=extractor, most=told.share, seconds=told.share_seconds
            )

    def for_run(self, person: Person, run_id: str) -> Roles:
        """`planner.context.Context.roles`: every answer is noted for this person and run."""
        until = asyncio.get_running_loop().time() + self.settings.run_seconds
        errand = Errand.of(person, run_id=run_id, until=until)
        planner, extractor, synthesizer = (
            self.models.get(role) for role in (Role.PLANNER, Role.EXTRACTOR, Role.SYNTHESIZER)
        )
        return Roles(
            policy=None if planner is None else self._policy(planner, person, errand),
            extractor=None
            if extractor is None
            else LlmExtractor(
                model=self._sharing or extractor,
                errand=errand,
                built_in=self.built_in.extractor,
                embed=self.embed,
                rules=self.rules,
                now=self.clock(),
            ),
            synthesizer=None
            if synthesizer is None
            else LlmSynthesizer(
                model=synthesizer,
                errand=errand,
                built_in=self.built_in.synthesizer,
                rules=self.rules,
            ),
        )

    @property
    def run(self) -> bool:
        """Whether a model takes part in runs, which are durable then."""
        return any(role is not Role.RANKER for role in self.models)

    @property
    def ranker(self) -> LlmRanker | None:
        """Who has the last word on a list of recommendations, if a model has."""
        model = self.models.get(Role.RANKER)
        if model is None:
            return None
        return LlmRanker(
            model=model,
            clock=lambda: asyncio.get_running_loop().time(),
            seconds=self.settings.rank_seconds,
            most=self.settings.rank_top,
            rise=self.settings.rank_rise,
            seed=self.seed,
        )

    @property
    def states(self) -> dict[str, str]:
        """By role: "closed" where a model answers, "open" while the built-in part does."""
        return {role.value: model.state for role, model in self.models.items()}

    def _finished(self, call: Call) -> None:
        self.finished(call)

    async def close(self) -> None:
        """Write what waits for the ledger and let the connections go."""
        if self._sharing is not None:
            await self._sharing.close()
        await self.ledger.settle()
        for model in self.models.values():
            await model.close()

    def _policy(self, model: ChatModel, person: Person, errand: Errand) -> LlmPolicy:
        async def runs(most: int) -> Sequence[PlannerRun]:
            try:
                async with autocommit(self.engine) as uow:
                    return await uow.runs.page(person, before=None, limit=most)
            except SQLAlchemyError:  # only a hint is lost; the commit will tell
                return ()

        return LlmPolicy(
            model=model,
            errand=errand,
            built_in=self.built_in.policy,
            rules=self.rules,
            runs=runs,
            looks=self.settings.looks,
        )
