"""What of a person and of items language models elsewhere read: nobody's id and no description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from credence.app.api.fields import LONGEST_ID, NO_CONTROL
from credence.app.api.problems import field_errors
from credence.app.ranker_service.tensors import Malformed
from credence.memory.model import Action, Event, Item, SeenEvent
from credence.planner.counter import Shown

SAME_VERSION = "let caller and service run the same version"
_MOST_SEEN = 200  # events, as CREDENCE_EVENT_MEMORY may be; and items of a session

# Characters: never fewer than `planner.llm` reads before it cleans and shortens them.
_PROFILE, _INSTRUCTION, _WORDS, _TITLE, _LABEL = 10_000, 5_000, 1_000, 1_000, 300
_LABELS = 8

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, pattern=NO_CONTROL)]
_Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
_Title = Annotated[str, Field(max_length=_TITLE)]
_Labels = Annotated[tuple[Annotated[str, Field(max_length=_LABEL)], ...], Field(max_length=_LABELS)]


class Said(BaseModel):
    """A form of the conversation: nothing in it but what it names."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ItemSaid(Said):
    """An item without its description."""

    item_id: _Id
    title: _Title
    categories: _Labels = ()
    creators: _Labels = ()

    @classmethod
    def of(cls, item: Item) -> ItemSaid:
        """Cut to what a prompt may hold."""
        return cls(
            item_id=item.item_id,
            title=item.title[:_TITLE],
            categories=_cut(item.categories),
            creators=_cut(item.creators),
        )

    def to_domain(self) -> Item:
        return Item(
            item_id=self.item_id,
            title=self.title,
            categories=self.categories,
            creators=self.creators,
        )


class _Seen(Said):
    seq: int = Field(ge=1)
    action: Action
    occurred_at: AwareDatetime
    rating: float | None = Field(default=None, ge=0, le=5, allow_inf_nan=False)
    text: str = Field(default="", max_length=_WORDS)
    title: _Title | None = None


class PersonSaid(Said):
    """What of a `Shown` is the person's."""

    profile: str = Field(default="", max_length=_PROFILE)
    recent: Annotated[tuple[_Seen, ...], Field(max_length=_MOST_SEEN)] = ()
    session: Annotated[tuple[ItemSaid, ...], Field(max_length=_MOST_SEEN)] = ()
    instruction: str = Field(default="", max_length=_INSTRUCTION)

    @classmethod
    def of(cls, shown: Shown, **further: Any) -> Self:
        """Cut to what a prompt may hold; `further` are the fields that a form has besides."""
        return cls(
            profile=shown.profile[:_PROFILE],
            recent=tuple(_seen(one) for one in shown.recent[:_MOST_SEEN]),
            session=tuple(ItemSaid.of(one) for one in shown.session[:_MOST_SEEN]),
            instruction=shown.instruction[:_INSTRUCTION],
            **further,
        )

    def shown(self, candidates: Sequence[ItemSaid]) -> Shown:
        """These candidates as they are shown to nobody of whom an id is known."""
        return Shown(
            tenant="",
            user_id=None,
            profile=self.profile,
            recent=tuple(_as_seen(one) for one in self.recent),
            session=tuple(one.to_domain() for one in self.session),
            instruction=self.instruction,
            candidates=tuple(one.to_domain() for one in candidates),
        )


SaidT = TypeVar("SaidT", bound=Said)


def read(form: type[SaidT], body: bytes, *, fix: str) -> SaidT:
    """The form as this body has it. Raises Malformed, which names the field."""
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        first = field_errors(error.errors(include_input=False, include_url=False))[0]
        raise Malformed(first.field or "body", first.message, fix=fix) from error


def in_one_line(text: str) -> str:
    """Without what `NO_CONTROL` refuses."""
    words = " ".join(text.split())
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in words)


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
