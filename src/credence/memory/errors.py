"""What memory refuses, each with the field at fault and the fix; `app` maps them to statuses."""

from __future__ import annotations

from collections.abc import Sequence


class Refused(Exception):
    """Root of this package's errors. The message says what is wrong; `fix` says what to do."""

    def __init__(self, detail: str, *, field: str, fix: str) -> None:
        super().__init__(detail)
        self.field = field
        self.fix = fix


class NotFound(Refused):
    """Something named in a request does not exist in this tenant."""


class UserNotFound(NotFound):
    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"no user {user_id!r} in this tenant",
            field="user_id",
            fix="create it with PUT /v1/users/{user_id}, or set CREDENCE_UNKNOWN_USERS=create",
        )


class ItemNotFound(NotFound):
    def __init__(self, item_id: str) -> None:
        super().__init__(
            f"no item {item_id!r} in this tenant's catalogue",
            field="item_id",
            fix="add the item with PUT /v1/items/{item_id}, or set CREDENCE_UNKNOWN_ITEMS=accept",
        )


class ChunkNotFound(NotFound):
    def __init__(self, chunk_id: int, *, field: str = "chunk_id") -> None:
        super().__init__(
            f"no active chunk {chunk_id}",
            field=field,
            fix="read the ids of active chunks at GET /v1/users/{user_id}/belief",
        )


class RevisionNotFound(NotFound):
    def __init__(self, revision: int, latest: int) -> None:
        super().__init__(
            f"there is no revision {revision}: the latest is {latest}",
            field="revision",
            fix=f"give a revision from 0 to {latest}",
        )


class ImpressionNotFound(NotFound):
    def __init__(self, impression_id: str) -> None:
        super().__init__(
            f"no impression {impression_id!r} was shown to this person",
            field="impression_id",
            fix="cite the impression_id of a recommendation to the same user, or leave it out",
        )


class RecommendationNotFound(NotFound):
    def __init__(self, impression_id: str) -> None:
        super().__init__(
            f"no recommendation {impression_id!r} is remembered in this tenant",
            field="impression_id",
            fix="give the impression_id of a recommendation; lists shown to nobody known are kept "
            "for CREDENCE_IMPRESSION_DAYS, and those of a person until the person is erased",
        )


class ItemNotShown(NotFound):
    def __init__(self, item_id: str, impression_id: str) -> None:
        super().__init__(
            f"item {item_id!r} is not on the list {impression_id!r}",
            field="item_id",
            fix="name an item that GET /v1/recommendations/{impression_id} lists",
        )


class Conflict(Refused):
    """The request disagrees with what is stored now."""


class IdempotencyConflict(Conflict):
    def __init__(self, key: str) -> None:
        super().__init__(
            f"idempotency key {key!r} was used before with another body",
            field="idempotency_key",
            fix="use a new key for a new event; repeat a key only with the very same body",
        )


class StaleBelief(Conflict):
    """The belief moved on while a run worked on an older revision; nothing was written."""

    def __init__(self, expected: int, actual: int, *, field: str = "revision") -> None:
        super().__init__(
            f"the belief is at revision {actual}, not {expected}: nothing was changed",
            field=field,
            fix="read the belief again and repeat the request on the newer revision",
        )


class PersonBusy(Conflict):
    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"another planner run of user {user_id!r} is at work",
            field="user_id",
            fix="repeat the request in a few seconds",
        )


class LeaseLost(Conflict):
    """A run outlived its lease on the person, or the person was erased meanwhile; nothing was
    written."""

    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"the lease on user {user_id!r} ended before the work did: nothing was changed",
            field="user_id",
            fix="repeat the request",
        )


class NotMergeable(Conflict):
    def __init__(self, keep_id: int, drop_id: int) -> None:
        super().__init__(
            f"chunks {keep_id} and {drop_id} cannot become one: merging takes two different active "
            "chunks that are both liked or both disliked",
            field="into",
            fix="choose two active chunks of the same polarity, or forget one of them",
        )


class SaidAlready(Conflict):
    def __init__(self, chunk_id: int, other_id: int, text: str, *, mergeable: bool) -> None:
        merge = f"merge chunk {chunk_id} into chunk {other_id}, or " if mergeable else ""
        super().__init__(
            f"chunk {other_id} is about {text!r} already",
            field="text",
            fix=f"{merge}forget one of the two; or give other words",
        )
        self.other_id = other_id


class UndoConflict(Conflict):
    def __init__(self, revision: int, chunk_id: int) -> None:
        super().__init__(
            f"revision {revision} cannot be undone alone: chunk {chunk_id} has changed since",
            field="revision",
            fix="undo the later revisions of that chunk first (see .../belief/history)",
        )


class OppositeBelieved(Conflict):
    """An undo would bring a belief back beside its opposite; both are (chunk, what it says)."""

    def __init__(self, revision: int, back: tuple[int, str], held: tuple[int, str]) -> None:
        super().__init__(
            f"revision {revision} cannot be undone while chunk {held[0]} says {held[1]!r}: chunk "
            f"{back[0]} would come back beside it, and says {back[1]!r}",
            field="revision",
            fix=f"if chunk {back[0]} is right after all, forget chunk {held[0]} and undo again; if "
            "not, leave the revision as it is",
        )
        self.held_id = held[0]


class Invalid(Refused):
    """A value that no state of the database would make right."""


class UnknownCategory(Invalid):
    def __init__(self, category: str, known: Sequence[str]) -> None:
        super().__init__(
            f"no belief has the category {category!r}",
            field="category",
            fix=f"give one of {', '.join(known)}",
        )


class SidedWords(Invalid):
    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:80]!r} says by itself whether it is liked",
            field="text",
            fix="give the topic alone, without like or dislike; change the side with strength",
        )


class UnsupportedSentence(Invalid):
    def __init__(self, text: str) -> None:
        super().__init__(
            f"the sentence {text[:80]!r} rests on no believed chunk",
            field="sentences",
            fix="name at least one active chunk for every sentence of a profile",
        )


class SchemaOutdated(Refused):
    def __init__(self, found: str | None, expected: str) -> None:
        super().__init__(
            f"the database schema is at {found or 'nothing'}, this version needs {expected}",
            field="schema",
            fix="run `credence db upgrade`",
        )


class SchemaHidden(Refused):
    def __init__(self, own: str, elsewhere: str) -> None:
        super().__init__(
            f"new tables would be made in {own} and hide those that Credence has in {elsewhere}",
            field="schema",
            fix=f"put {elsewhere} first in the search path of CREDENCE_DATABASE_URL, or drop {own}",
        )


class EncoderMismatch(Refused):
    def __init__(self, stored: str, configured: str) -> None:
        super().__init__(
            f"the database holds vectors of {stored}, the configured encoder is {configured}",
            field="encoder",
            fix="configure the encoder that the database was filled with, or use another database",
        )
