"""Training positions as the ranker sees them."""

from __future__ import annotations

from credence.memory.lifecycle.draft import Rules
from credence.replay.belief import live
from credence.replay.crowd import LEAST, Crowd
from credence.replay.encoded import EncodedDomain, RememberedEncoder
from credence.replay.fitting import Question
from credence.replay.positions import positions
from credence.replay.sitting import Sitting, ranking_case, recent_items


async def questions(
    encoded: EncodedDomain,
    encoder: RememberedEncoder,
    crowd: Crowd | None,
    *,
    seed: int,
    least: int = LEAST,
) -> list[Question]:
    """Every training position of a domain, with what others say where there is a crowd."""
    rules, found = Rules(), positions(encoded.domain, seed=seed)
    encoder([position.instruction for position in found if position.instruction])  # in one pass
    points: dict[str, set[int]] = {}
    for position in found:
        points.setdefault(position.person.user_id, set()).add(position.before)
    people = {position.person.user_id: position.person for position in found}
    lived = {
        user_id: await live(
            people[user_id].history, encoded, at=at, embed=encoder.embed, rules=rules
        )
        for user_id, at in points.items()
    }
    asked = []
    for position in found:
        story = lived[position.person.user_id][position.before]
        rest = None if crowd is None else crowd.besides(position.person.user_id)
        told, instruction = recent_items(story), position.instruction
        sitting = Sitting(
            encoded=encoded,
            lived=story,
            instruction=instruction,
            instruction_vector=None if instruction is None else encoder([instruction])[0],
            candidates=position.candidates,
            others=None if rest is None else rest.others(position.candidates, told, least=least),
        )
        asked.append(
            Question(
                domain=encoded.domain.name,
                case=ranking_case(sitting, rules=rules),
                chosen=position.chosen,
            )
        )
    return asked
