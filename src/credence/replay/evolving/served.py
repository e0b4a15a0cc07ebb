"""One variant of Credence on one schema: an application that lives, and one that only answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from credence.app.bootstrap import Application
from credence.app.settings import Settings
from credence.planner.counter import Rankers
from credence.planner.llm.asking import Role
from credence.replay.asking.consulting import configured
from credence.replay.asking.in_process import InTurn
from credence.replay.asking.interview import Desk
from credence.replay.asking.seated import Seat, Seated, at_desk, in_process
from credence.replay.asking.spent import NOTHING, Spent
from credence.replay.believing import isolated
from credence.replay.believing.served import application, rankers_of
from credence.replay.believing.system import Believing
from credence.replay.believing.variant import Variant
from credence.replay.evolving.looking import looking
from credence.replay.steady import SteadyEncoder
from credence.replay.systems.system import Answer, Material, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """`living` records and looks, and brings nothing to what others are told. Through `answering`
    Postgres takes no write.
    """

    living: Application
    answering: Application
    rankers: Rankers
    seated: Callable[[Material], Seated] | None = None  # a model has the last word on orders

    async def answer(self, question: Question, told: Material) -> tuple[Answer, Spent]:
        """The answer, and what a model took for it: nothing where none ranks."""
        if self.seated is not None:
            return await self.seated(told).ranked(question)
        return await Believing(self.answering, self.rankers, told).answer(question), NOTHING


@asynccontextmanager
async def served(
    chosen: Variant,
    *,
    settings: Settings,
    database: str,
    schema: str,
    encoder: SteadyEncoder,
    desk: Desk | None = None,
    causal: InTurn | None = None,
) -> AsyncIterator[Served]:
    """The variant on a memory of its own; `desk` where it asks models behind servers, `causal`
    where those of the process have the last word: they are closed with it.

    Raises ModelError, and MemoryOpen where what answers could write.
    """
    rankers, last_word = rankers_of(chosen, settings), chosen.roles & {Role.RANKER}
    seat: Seat | None = None
    async with AsyncExitStack() as stack:
        url = isolated.within(database, schema)
        own = application(chosen, settings, url, encoder, roles=chosen.remembering)
        stack.push_async_callback(own.close)
        living = _unheard(own)
        url = isolated.within(database, schema, read_only=True)
        models = None if causal is None else causal.ranker
        answering = application(
            chosen, settings, url, encoder, roles=last_word, language_ranker=models
        )
        stack.push_async_callback(answering.close)
        await isolated.refuses(answering.engine)
        if desk is not None and chosen.remembering:
            living = await stack.enter_async_context(looking(living, desk, skipped=chosen.skipped))
        if causal is not None:
            seat = in_process(causal)
        elif desk is not None and last_word:
            seat = at_desk(desk, configured(settings, {"": tuple(chosen.roles)}))

        def seated(material: Material) -> Seated:
            return Seated(
                app=answering, rankers=rankers, material=material, seat=seat, hidden=chosen.hidden
            )

        yield Served(
            living=living,
            answering=answering,
            rankers=rankers,
            seated=None if seat is None else seated,
        )


def _unheard(app: Application) -> Application:
    """With looks that learn of the person, and let nobody else learn of them."""
    context = replace(app.worker.context, words=None)
    return replace(app, worker=replace(app.worker, context=context))
