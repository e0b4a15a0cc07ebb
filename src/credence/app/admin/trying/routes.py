"""Try it: a ranking with its reasons, beside the same with something changed.

The form is sent with GET, so that a try can be linked to and loaded again. Nothing is written:
no impression, no revision, no event. The language model costs money, so no address asks it: only
the button of its own does, which sends the form with POST and the session's token. What the model
cost is then noted, as for any call of it.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from credence.app.admin.someone import ActingOn, Looking, Someone
from credence.app.admin.trying.beliefs import beliefs
from credence.app.admin.trying.form import (
    LONGEST_INSTRUCTION,
    MOST_CANDIDATES,
    MOST_SHOWN,
    Typed,
    told,
)
from credence.app.admin.trying.lines import lines_of
from credence.app.admin.trying.rankers import RANKERS
from credence.app.admin.trying.reading import side
from credence.app.admin.trying.slopes import slopes
from credence.app.admin.trying.summary import alterations, outcome
from credence.app.admin.trying.trial import tried
from credence.memory.lifecycle.correction import STRONGEST

router = APIRouter()


@router.get("/t/{tenant}/people/@{user_id}/try")
async def try_it(someone: Looking) -> Response:
    """The form, and what it asks for. Without any field: what would be recommended now."""
    return await _page(someone, Typed.of(someone.desk.request.query_params), ask_model=False)


@router.post("/t/{tenant}/people/@{user_id}/try")
async def try_it_with_the_model(someone: ActingOn) -> Response:
    """The same, the language model asked. Loaded again, it is asked again only if confirmed."""
    return await _page(someone, Typed.of(await someone.desk.request.form()), ask_model=True)


async def _page(someone: Someone, typed: Typed, *, ask_model: bool) -> Response:
    desk, user_id = someone.desk, someone.summary.user_id
    app, to = desk.app, desk.to
    trial, reader = await tried(someone, typed, ask_model=ask_model)
    half_life = app.counter.rules.half_life
    problems, further = told(reader.problems)
    here = to.person(user_id, "/try")
    query, plain = typed.query(), typed.query(altered=False)
    original, altered, k = trial.original, trial.altered, trial.wanted.k
    orders = trial.orders
    in_use = await app.counter.rankers.of(desk.tenant)
    return someone.page(
        "try/page.html.j2",
        tab="try",
        title="Try it",
        status=422 if reader.problems else 200,
        typed=typed,
        here=here,
        link=f"{here}?{query}" if query else here,
        undone=f"{here}?{plain}" if plain else here,
        problems=problems,
        further=further,
        wrong={problem.anchor for problem in reader.problems},
        most_candidates=MOST_CANDIDATES,
        most_shown=MOST_SHOWN,
        longest=LONGEST_INSTRUCTION,
        strongest=STRONGEST,
        rankers=RANKERS,
        in_use=in_use.name,
        has_model=app.counter.reorder is not None,
        model_costs=app.language_ranker is None and app.language_process is None,
        model_asked=ask_model and app.counter.reorder is not None,
        beliefs=beliefs(trial.changed, typed, half_life=half_life),
        past=None if trial.wanted.revision is None else trial.changed.at,
        repeated=trial.wanted.repeated,
        original=None if original is None else side(original, k=k),
        altered=None if altered is None else side(altered, k=k),
        alterations=alterations(trial, to=to, user_id=user_id, half_life=half_life),
        outcome=outcome(trial),
        result=None if original is None else lines_of(trial, to=to, user_id=user_id),
        orders=orders,
        titles={}
        if original is None
        else {
            ranked.item.item_id: ranked.item.title
            for made in (original, altered)
            if made is not None
            for ranked in made.items
        },
        slopes=None if orders is None else slopes(orders),
        milliseconds=trial.milliseconds,
    )
