"""A list to be put into order by language models, as JSON, and the order that comes back."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from credence.app.api.fields import LONGEST_ID, NO_CONTROL
from credence.app.ranker_service.shares import MOST_EXPERTS, Share
from credence.app.ranker_service.shown_wire import (
    SAME_VERSION,
    ItemSaid,
    Name,
    PersonSaid,
    Said,
    in_one_line,
    read,
)
from credence.app.ranker_service.tensors import Malformed
from credence.inference.errors import BadModelSettings
from credence.planner.counter import Reordered, Shown
from credence.planner.ranking.case import Trace

LARGEST_ASK = 16 * 1024 * 1024  # bytes; the longest list in the longest words takes two thirds
LARGEST_ORDER = 1024 * 1024  # bytes; names of experts make most of it
MOST_CANDIDATES = 100  # as CREDENCE_CAUSAL_TOP may be
_REASON = 1_000

_Log = Annotated[float, Field(allow_inf_nan=False)]
_Logs = Annotated[tuple[_Log, ...], Field(max_length=MOST_CANDIDATES)]
_NAME: TypeAdapter[str] = TypeAdapter(Name)


class _Ask(PersonSaid):
    candidates: Annotated[
        tuple[ItemSaid, ...], Field(min_length=2, max_length=MOST_CANDIDATES)
    ]  # the local ranker's best first


class _Trace(Said):
    expert: Name
    weights: dict[Name, Share] = Field(min_length=1, max_length=MOST_EXPERTS)
    expert_scores: _Logs
    complement_scores: _Logs
    complement_share: Share
    alpha: Share | None


class _Order(Said):
    ranker: Name
    order: tuple[int, ...] = Field(max_length=MOST_CANDIDATES)
    trace: _Trace | None = None
    fallback: str | None = Field(default=None, max_length=_REASON, pattern=NO_CONTROL)


def packed_ask(shown: Shown) -> bytes:
    """What `parsed_ask` reads; texts are cut to what a prompt may hold of them."""
    ask = _Ask.of(shown, candidates=tuple(ItemSaid.of(one) for one in shown.candidates))
    return ask.model_dump_json(exclude_defaults=True).encode()


def parsed_ask(body: bytes) -> Shown:
    """The list, of nobody. Raises Malformed, which names the field."""
    ask = read(_Ask, body, fix="send one list, as an API of the same version does")
    ids = {one.item_id for one in ask.candidates}
    if len(ids) < len(ask.candidates):
        raise Malformed("candidates", "an item occurs twice", fix="send every item once")
    return ask.shown(ask.candidates)


def packed_order(made: Reordered) -> bytes:
    """What `parsed_order` reads. Raises ValueError for numbers that no order can have."""
    trace = None
    if made.trace is not None:
        trace = _Trace(
            expert=made.trace.expert,
            weights=dict(made.trace.weights),
            expert_scores=tuple(made.trace.expert_scores.tolist()),
            complement_scores=tuple(made.trace.complement_scores.tolist()),
            complement_share=made.trace.complement_share,
            alpha=made.trace.alpha,
        )
    why = None if made.fallback is None else in_one_line(made.fallback)[:_REASON]
    order = _Order(ranker=made.ranker, order=made.order, trace=trace, fallback=why)
    return order.model_dump_json().encode()


def must_be_nameable(made: Reordered) -> None:
    """Raises BadModelSettings if an order by these models could not say who made it."""
    experts = () if made.trace is None else tuple(made.trace.weights)
    if len(experts) > MOST_EXPERTS:
        raise BadModelSettings(
            f"{len(experts)} experts are too many for an answer; name at most {MOST_EXPERTS}"
        )
    for name in (made.ranker, *experts):
        try:
            _NAME.validate_python(name)
        except ValidationError as error:
            raise BadModelSettings(
                f"the name {name[:60]!r} of {len(name)} characters fits into no answer; let the "
                f"model's folder have one of at most {LONGEST_ID} characters, none of them a "
                "control character, and the last parts of the experts' paths differ: otherwise "
                "the whole paths are their names"
            ) from error


def parsed_order(body: bytes, *, candidates: int) -> Reordered:
    """The order of so many candidates. Raises Malformed."""
    said = read(_Order, body, fix=SAME_VERSION)
    if sorted(said.order) != list(range(candidates)):
        raise Malformed("order", f"it is no order of {candidates}", fix=SAME_VERSION)
    return Reordered(
        order=said.order,
        ranker=said.ranker,
        fallback=said.fallback,
        trace=None if said.trace is None else _as_trace(said.trace, candidates, model=said.ranker),
    )


def _as_trace(said: _Trace, candidates: int, *, model: str) -> Trace:
    for name in ("expert_scores", "complement_scores"):
        if len(getattr(said, name)) != candidates:
            raise Malformed(name, f"there are not {candidates}", fix=SAME_VERSION)
    if said.expert not in said.weights:
        raise Malformed("expert", "the expert is none of those weighed", fix=SAME_VERSION)
    return Trace(
        model=model,
        data=None,
        expert=said.expert,
        weights=said.weights,
        expert_scores=np.array(said.expert_scores),
        complement_scores=np.array(said.complement_scores),
        complement_share=said.complement_share,
        alpha=said.alpha,
    )
