"""Changes of the ledger in words: what became of a chunk or of the profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from credence.app.admin.figures import signed
from credence.memory.ledger import Revision
from credence.memory.lifecycle.draft import Change
from credence.memory.model import Chunk, Profile, Status
from credence.memory.strength import standing

_FATES = {
    Status.ACTIVE: "believed",
    Status.MERGED: "merged",
    Status.FORGOTTEN: "forgotten",
    Status.REJECTED: "marked wrong",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a revision changed; the words on both sides may be anybody's."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Since:
    """One revision, and those of its changes that are of interest here."""

    revision: Revision
    differences: Sequence[Difference]


def fate(status: Status) -> str:
    """What became of a chunk, in the words of the acts."""
    return _FATES[status]


def differences(change: Change, *, at: datetime, half_life: timedelta) -> Iterator[Difference]:
    """What is another after the change; strengths are those at the revision's time."""
    before, after = change.before, change.after
    if isinstance(before, Profile) or isinstance(after, Profile):
        yield Difference("Narrative", "written" if before else "none", _written(after))
        return
    if before is None or after is None:
        if after is not None:
            yield Difference("Belief", "none", after.text)
        return
    if before.status is not after.status:
        yield Difference("It is", fate(before.status), fate(after.status))
    if before.text != after.text:
        yield Difference("Words", before.text, after.text)
    if before.category != after.category:
        yield Difference("Category", before.category, after.category)
    if before.pinned != after.pinned:
        yield Difference("Pinned", *("yes" if one.pinned else "no" for one in (before, after)))
    stood, stands = (
        signed(standing(one, now=at, half_life=half_life).strength) for one in (before, after)
    )
    if stood != stands:
        yield Difference("Strength", stood, stands)
    if before.likes + before.dislikes != after.likes + after.dislikes:
        yield Difference("Events", *(f"{one.likes + one.dislikes}" for one in (before, after)))


def since(
    revisions: Sequence[Revision], *, chunk_ids: frozenset[int], half_life: timedelta
) -> tuple[Since, ...]:
    """The revisions, latest first, with what each changed about these chunks."""
    return tuple(
        Since(
            revision,
            tuple(
                difference
                for change in revision.changes
                if subject_of(change) in chunk_ids
                for difference in differences(change, at=revision.at, half_life=half_life)
            ),
        )
        for revision in reversed(revisions)
    )


def subject_of(change: Change) -> int | None:
    """The chunk that a change is about; None for one of the profile."""
    subject = change.after or change.before
    return subject.chunk_id if isinstance(subject, Chunk) else None


def _written(profile: object) -> str:
    return "written anew" if profile else "none"
