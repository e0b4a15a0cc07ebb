"""Training positions as the ranker sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import groupby

from credence.memory.lifecycle.draft import Rules
from credence.replay.belief import live
from credence.replay.crowd import LEAST, Crowd
from credence.replay.encoded import Encode, EncodedDomain, RememberedEncoder
from credence.replay.fitting import Question
from credence.replay.positions import Position, positions
from credence.replay.sitting import Sitting, ranking_case, recent_items


async def questions(
    encoded: EncodedDomain,
    encoder: RememberedEncoder,
    crowd: Crowd | None,
    *,
    seed: int,
    least: int = LEAST,
) -> AsyncIterator[Question]:
    """Every training position of a domain, with what others say where there is a crowd."""
    found = positions(encoded.domain, seed=seed)
    async for one in put(found, encoded, encoder, crowd, least=least):
        yield one


async def put(
    found: Sequence[Position],
    encoded: EncodedDomain,
    encoder: RememberedEncoder,
    crowd: Crowd | None,
    *,
    words: Encode | None = None,
    least: int = LEAST,
) -> AsyncIterator[Question]:
    """These positions as questions, one person at a time, so that not all need be in memory."""
    rules = Rules()
    encoder([position.instruction for position in found if position.instruction])  # in one pass
    for user_id, own in groupby(found, key=lambda position: position.user_id):
        mine = list(own)
        points = {position.before for position in mine}
        lived = await live(mine[0].history, encoded, at=points, embed=encoder.embed, rules=rules)
        rest = None if crowd is None else crowd.besides(user_id)
        for position in mine:
            story, instruction = lived[position.before], position.instruction
            told = recent_items(story)
            sitting = Sitting(
                encoded=encoded,
                lived=story,
                instruction=instruction,
                instruction_vector=None if instruction is None else encoder([instruction])[0],
                words=words,
                candidates=position.candidates,
                others=None
                if rest is None
                else rest.others(position.candidates, told, least=least),
            )
            yield Question(
                domain=encoded.domain.name,
                user_id=user_id,
                case=ranking_case(sitting, rules=rules),
                chosen=position.chosen,
            )
