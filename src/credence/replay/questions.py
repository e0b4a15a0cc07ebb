"""Training positions as the ranker sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from itertools import groupby

from credence.memory.lifecycle.draft import Rules
from credence.replay.belief import live
from credence.replay.cases import ranking_case
from credence.replay.crowd import LEAST, Crowd
from credence.replay.encoded import Encode, EncodedDomain, RememberedEncoder
from credence.replay.fitting import Question
from credence.replay.positions import Position


async def put(
    found: Sequence[Position],
    encoded: EncodedDomain,
    encoder: RememberedEncoder,
    crowd: Crowd | None,
    *,
    words: Encode | None = None,
    least: int = LEAST,
    until: Callable[[Position], datetime] | None = None,
) -> AsyncIterator[Question]:
    """These positions as questions, one person at a time, so that not all need be in memory.

    `until`: when others' say of a position ends; without it it is of all times.
    """
    rules = Rules()
    encoder([position.instruction for position in found if position.instruction])  # in one pass
    for user_id, own in groupby(found, key=lambda position: position.user_id):
        mine = list(own)
        points = {position.before for position in mine}
        lived = await live(mine[0].history, encoded, at=points, embed=encoder.embed, rules=rules)
        rest = None if crowd is None else crowd.besides(user_id)
        for position in mine:
            if crowd is not None and until is not None:
                rest = crowd.besides(user_id, until=until(position))
            case = ranking_case(
                lived[position.before],
                encoded,
                position.candidates,
                instruction=position.instruction,
                encode=encoder,
                rules=rules,
                words=words,
                rest=rest,
                least=least,
            )
            yield Question(
                domain=encoded.domain.name, user_id=user_id, case=case, chosen=position.chosen
            )
