"""Whose interactions may be learnt from before an exam."""

from __future__ import annotations

from collections.abc import Mapping

from credence.replay.people import Domain, Interaction
from credence.replay.split import Half, half

IN_WORDS = (
    "everybody of the domain before their exam and, of the training half, also what they chose "
    "in it; a person's own part is taken out of what they are shown"
)


def donors_of(
    domain: Domain, targets: Mapping[str, Interaction]
) -> dict[str, tuple[Interaction, ...]]:
    """Everybody's interactions by person, oldest first: with what came last for those in `targets`.

    Raises ValueError for a target of anybody but the training half.
    """
    examined = [user_id for user_id in targets if half(domain.name, user_id) is not Half.TRAIN]
    if examined:
        raise ValueError(f"{len(examined)} targets are of people who sit the exam")
    return {
        person.user_id: (
            *person.history,
            *([targets[person.user_id]] if person.user_id in targets else []),
        )
        for person in domain.people
    }
