"""One variant of Credence on one schema, put together from the application's own parts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from credence.app.bootstrap import Application, assemble
from credence.app.clock import utc_now
from credence.app.llm_settings import LlmVariables
from credence.app.settings import Settings
from credence.planner.counter import Rankers
from credence.planner.llm.asking import Role
from credence.planner.ranking.case import Ranker
from credence.replay.believing.hidden import Abstaining, Blinkered
from credence.replay.believing.taken import behind_servers
from credence.replay.believing.variant import Variant
from credence.replay.routed.parts import ranker_named
from credence.replay.steady import SteadyEncoder

if TYPE_CHECKING:
    from credence.app.causal_ranker import CausalRanker


@dataclass(frozen=True, slots=True)
class _One:
    """The same ranker for every tenant."""

    ranker: Ranker

    async def of(self, tenant: str) -> Ranker:
        return self.ranker


def application(
    chosen: Variant,
    settings: Settings,
    url: str,
    encoder: SteadyEncoder,
    *,
    roles: Collection[Role] = (),
    language_ranker: CausalRanker | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Application:
    """As it serves, with models in these roles alone and the planner when it is told to.

    `language_ranker`: of the process, closed with the application.
    """
    models: dict[str, Any] = {"llm_roles": tuple(role for role in Role if role in roles)}
    if not roles:
        models = {
            name: field.get_default(call_default_factory=True)
            for name, field in LlmVariables.model_fields.items()
        }
    asked = {"policy": chosen.policy, "worker": False, "ranker": "semantic", "ranker_url": None}
    told = behind_servers(settings).model_copy(update={**models, **asked})
    app = assemble(told, url, encoder, language_ranker=language_ranker, clock=clock)
    if not chosen.skipped:
        return app
    policy = Abstaining(app.worker.context.policy, chosen.skipped)
    context = replace(app.worker.context, policy=policy)
    return replace(app, worker=replace(app.worker, context=context))


def rankers_of(chosen: Variant, settings: Settings) -> Rankers:
    """The variant's ranker for everybody, blind to what is left out.

    Raises ModelError, and ReplayError where the routed model has no such part.
    """
    ranker = _ranker(chosen.ranker, settings.ranker_model)
    return _One(Blinkered(ranker, chosen.hidden) if chosen.hidden else ranker)


@cache
def _ranker(name: str, model: Path | None) -> Ranker:
    return ranker_named(name, model)
