"""A list to be put into order by language models, as JSON, and the order that comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from credence.app.api.fields import LONGEST_ID, NO_CONTROL
from credence.app.api.problems import field_errors
from credence.app.ranker_service.shares import MOST_EXPERTS, Share
from credence.app.ranker_service.tensors import Malformed
from credence.inference.errors import BadModelSettings
from credence.memory.model import Action, Event, Item, SeenEvent
from credence.planner.counter import Reordered, Shown
from credence.planner.ranking.case import Trace

LARGEST_ASK = 16 * 1024 * 1024  # bytes; the longest list in the longest words takes two thirds
LARGEST_ORDER = 1024 * 1024  # bytes; names of experts make most of it
MOST_CANDIDATES = 100  # as CREDENCE_CAUSAL_TOP may be
_MOST_SEEN = 200  # events, as CREDENCE_EVENT_MEMORY may be; and items of a session
_FIX = "let caller and service run the same version"

# Characters: never fewer than `planner.llm` reads before it cleans and shortens them.
_PROFILE, _INSTRUCTION, _WORDS, _TITLE, _LABEL = 10_000, 5_000, 1_000, 1_000, 300
_LABELS = 8
_REASON = 1_000

_Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
_Title = Annotated[str, Field(max_length=_TITLE)]
_Labels = Annotated[tuple[Annotated[str, Field(max_length=_LABEL)], ...], Field(max_length=_LABELS)]
_Log = Annotated[float, Field(allow_inf_nan=False)]
_Logs = Annotated[tuple[_Log, ...], Field(max_length=MOST_CANDIDATES)]
_Name = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=NO_CONTROL)]
_NAME: TypeAdapter[str] = TypeAdapter(_Name)


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


_SaidT = TypeVar("_SaidT", bound=_Said)


class _Item(_Said):
    item_id: _Id
    title: _Title
    categories: _Labels = ()
    creators: _Labels = ()


class _Seen(_Said):
    seq: int = Field(ge=1)
    action: Action
    occurred_at: AwareDatetime
    rating: float | None = Field(default=None, ge=0, le=5, allow_inf_nan=False)
    text: str = Field(default="", max_length=_WORDS)
    title: _Title | None = None


class _Ask(_Said):
    """What of a `Shown` a language model reads: nobody's id and no description."""

    profile: str = Field(default="", max_length=_PROFILE)
    recent: Annotated[tuple[_Seen, ...], Field(max_length=_MOST_SEEN)] = ()
    session: Annotated[tuple[_Item, ...], Field(max_length=_MOST_SEEN)] = ()
    instruction: str = Field(default="", max_length=_INSTRUCTION)
    candidates: Annotated[
        tuple[_Item, ...], Field(min_length=2, max_length=MOST_CANDIDATES)
    ]  # the local ranker's best first


class _Trace(_Said):
    expert: _Name
    weights: dict[_Name, Share] = Field(min_length=1, max_length=MOST_EXPERTS)
    expert_scores: _Logs
    complement_scores: _Logs
    complement_share: Share
    alpha: Share | None


class _Order(_Said):
    ranker: _Name
    order: tuple[int, ...] = Field(max_length=MOST_CANDIDATES)
    trace: _Trace | None = None
    fallback: str | None = Field(default=None, max_length=_REASON, pattern=NO_CONTROL)


def packed_ask(shown: Shown) -> bytes:
    """What `parsed_ask` reads; texts are cut to what a prompt may hold of them."""
    ask = _Ask(
        profile=shown.profile[:_PROFILE],
        recent=tuple(_seen(one) for one in shown.recent[:_MOST_SEEN]),
        session=tuple(_item(one) for one in shown.session[:_MOST_SEEN]),
        instruction=shown.instruction[:_INSTRUCTION],
        candidates=tuple(_item(one) for one in shown.candidates),
    )
    return ask.model_dump_json(exclude_defaults=True).encode()


def parsed_ask(body: bytes) -> Shown:
    """The list, of nobody. Raises Malformed, which names the field."""
    ask = _read(_Ask, body, fix="send one list, as an API of the same version does")
    ids = {one.item_id for one in ask.candidates}
    if len(ids) < len(ask.candidates):
        raise Malformed("candidates", "an item occurs twice", fix="send every item once")
    return Shown(
        tenant="",
        user_id=None,
        profile=ask.profile,
        recent=tuple(_as_seen(one) for one in ask.recent),
        session=tuple(_as_item(one) for one in ask.session),
        instruction=ask.instruction,
        candidates=tuple(_as_item(one) for one in ask.candidates),
    )


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
    why = None if made.fallback is None else _in_one_line(made.fallback)[:_REASON]
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
    said = _read(_Order, body, fix=_FIX)
    if sorted(said.order) != list(range(candidates)):
        raise Malformed("order", f"it is no order of {candidates}", fix=_FIX)
    return Reordered(
        order=said.order,
        ranker=said.ranker,
        fallback=said.fallback,
        trace=None if said.trace is None else _as_trace(said.trace, candidates),
    )


def _read(form: type[_SaidT], body: bytes, *, fix: str) -> _SaidT:
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        first = field_errors(error.errors(include_input=False, include_url=False))[0]
        raise Malformed(first.field or "body", first.message, fix=fix) from error


def _in_one_line(text: str) -> str:
    words = " ".join(text.split())
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in words)


def _item(item: Item) -> _Item:
    return _Item(
        item_id=item.item_id,
        title=item.title[:_TITLE],
        categories=_cut(item.categories),
        creators=_cut(item.creators),
    )


def _cut(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(one[:_LABEL] for one in labels[:_LABELS])


def _seen(one: SeenEvent) -> _Seen:
    event = one.event
    return _Seen(
        seq=event.seq,
        action=event.action,
        occurred_at=event.occurred_at,
        rating=event.rating,
        text=event.text[:_WORDS],
        title=None if one.title is None else one.title[:_TITLE],
    )


def _as_item(one: _Item) -> Item:
    return Item(
        item_id=one.item_id, title=one.title, categories=one.categories, creators=one.creators
    )


def _as_seen(one: _Seen) -> SeenEvent:
    return SeenEvent(
        event=Event(
            seq=one.seq,
            item_id=None,
            action=one.action,
            rating=one.rating,
            text=one.text,
            metadata={},
            occurred_at=one.occurred_at,
            recorded_at=one.occurred_at,
        ),
        item_vector=None,
        title=one.title,
    )


def _as_trace(said: _Trace, candidates: int) -> Trace:
    for name in ("expert_scores", "complement_scores"):
        if len(getattr(said, name)) != candidates:
            raise Malformed(name, f"there are not {candidates}", fix=_FIX)
    if said.expert not in said.weights:
        raise Malformed("expert", "the expert is none of those weighed", fix=_FIX)
    return Trace(
        expert=said.expert,
        weights=said.weights,
        expert_scores=np.array(said.expert_scores),
        complement_scores=np.array(said.complement_scores),
        complement_share=said.complement_share,
        alpha=said.alpha,
    )
