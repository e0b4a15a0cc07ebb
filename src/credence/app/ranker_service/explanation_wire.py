"""What language models elsewhere are to put into words, as JSON, and the words that come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from credence.app.api.fields import LONGEST_ID, NO_CONTROL
from credence.app.causal_settings import MOST_TOKENS
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
from credence.planner.llm.explained import MOST_BELIEFS, MOST_REASONS
from credence.planner.placement import LONGEST_TEXT, Explanation, Held, Moved, Placement

LARGEST_PLACEMENT = 16 * 1024 * 1024  # bytes; the longest there is takes two thirds
LARGEST_EXPLANATION = 1024 * 1024  # bytes; names of experts make most of it
_SAYS = 1_000  # characters

_Words = Annotated[str, Field(max_length=_SAYS)]


class _Held(Said):
    says: _Words
    strength: float = Field(ge=-1, le=1, allow_inf_nan=False)


class _Moved(Said):
    says: _Words
    change: float = Field(allow_inf_nan=False)


class _Placement(PersonSaid):
    item: ItemSaid
    beliefs: Annotated[tuple[_Held, ...], Field(max_length=MOST_BELIEFS)] = ()
    reasons: Annotated[tuple[_Moved, ...], Field(max_length=MOST_REASONS)] = ()
    tokens: int = Field(ge=1, le=MOST_TOKENS)


class _Explanation(Said):
    text: str = Field(min_length=1, max_length=LONGEST_TEXT, pattern=NO_CONTROL)
    tokens: int = Field(ge=1, le=MOST_TOKENS)
    cut: bool
    model: Name
    models: tuple[Name, ...] = Field(max_length=MOST_EXPERTS + 2)  # and router and reward model
    experts: dict[Name, Share] = Field(max_length=MOST_EXPERTS)
    complement_share: Share | None
    alpha: Share | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be put into words, and by how many tokens at most."""

    placement: Placement
    tokens: int


def packed_placement(wanted: Wanted) -> bytes:
    """What `parsed_placement` reads; texts are cut to what a prompt may hold of them."""
    told = wanted.placement
    (item,) = told.shown.candidates
    asked = _Placement.of(
        told.shown,
        item=ItemSaid.of(item),
        beliefs=tuple(
            _Held(says=one.says[:_SAYS], strength=one.strength)
            for one in told.beliefs[:MOST_BELIEFS]
        ),
        reasons=tuple(
            _Moved(says=one.says[:_SAYS], change=one.change) for one in told.reasons[:MOST_REASONS]
        ),
        tokens=wanted.tokens,
    )
    return asked.model_dump_json(exclude_defaults=True).encode()


def parsed_placement(body: bytes) -> Wanted:
    """What is to be told, of nobody. Raises Malformed, which names the field."""
    said = read(_Placement, body, fix="send one item, as an API of the same version does")
    placement = Placement(
        shown=said.shown((said.item,)),
        beliefs=tuple(Held(one.says, one.strength) for one in said.beliefs),
        reasons=tuple(Moved(one.says, one.change) for one in said.reasons),
    )
    return Wanted(placement, said.tokens)


def packed_explanation(made: Explanation) -> bytes:
    """What `parsed_explanation` reads."""
    told = _Explanation(
        text=made.text,
        tokens=made.tokens,
        cut=made.cut,
        model=made.model,
        models=tuple(in_one_line(name)[:LONGEST_ID] for name in made.models),
        experts=dict(made.experts),
        complement_share=made.complement_share,
        alpha=made.alpha,
    )
    return told.model_dump_json().encode()


def parsed_explanation(body: bytes) -> Explanation:
    """The words and how they came about. Raises Malformed."""
    said = read(_Explanation, body, fix=SAME_VERSION)
    return Explanation(
        text=said.text,
        tokens=said.tokens,
        cut=said.cut,
        model=said.model,
        models=said.models,
        experts=said.experts,
        complement_share=said.complement_share,
        alpha=said.alpha,
    )
