"""Why an item was put to somebody: what is known of that now, in language models' words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from credence.app import not_explained
from credence.app.bootstrap import Application
from credence.app.reason_words import in_words
from credence.memory.errors import ItemNotFound, ItemNotShown
from credence.memory.lifecycle.draft import Rules
from credence.memory.model import Belief, Impression
from credence.memory.strength import standing, statement
from credence.memory.unit_of_work import unit_of_work
from credence.planner.counter import Ask, Counter, Recommendation
from credence.planner.placement import Explains, Explanation, Held, Moved, Placement
from credence.planner.recommend import recommend
from credence.planner.reordering import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ToExplain:
    """What is to be put into words, and by whom."""

    teller: Explains
    placement: Placement
    impression: Impression
    revision: int | None  # of the belief that was read; None: of nobody

    async def told(self) -> Explanation:
        """The words of the language models. Raises NotExplained."""
        return await self.teller(self.placement)


async def to_explain(app: Application, tenant: str, impression_id: str, item_id: str) -> ToExplain:
    """What is known of why this item is on this list; nothing is written.

    Lists keep no reasons, so those of now are found, by ranking the items of the list again
    without each piece of the belief. Raises NotExplained, RecommendationNotFound, ItemNotShown,
    and ItemNotFound where the item has been deleted since.
    """
    if app.teller is None:
        raise not_explained.off()
    await app.shelf.impressions.settle()  # a list can be asked about the moment it was shown
    async with unit_of_work(app.engine) as uow:
        impression = await uow.impressions.shown(tenant, impression_id)
    if item_id not in impression.item_ids:
        raise ItemNotShown(item_id, impression_id)
    if item_id not in await app.shelf.items(tenant, [item_id]):
        raise ItemNotFound(item_id)
    ask = Ask(
        tenant=tenant,
        user_id=impression.user_id,
        session=impression.session_items,
        instruction=impression.instruction,
        candidates=impression.item_ids,
        k=len(impression.item_ids),
        explain=True,
        remembered=False,
    )
    counter = replace(app.counter, reorder=None)  # whose order is made: nobody is asked for one
    made = await recommend(ask, counter)
    return ToExplain(
        teller=app.teller,
        placement=_placement(ask, made, item_id, counter),
        impression=impression,
        revision=made.revision,
    )


def _placement(ask: Ask, made: Recommendation, item_id: str, counter: Counter) -> Placement:
    ranked = next((one for one in made.items if one.item.item_id == item_id), None)
    if ranked is None:  # it was deleted a moment ago
        raise ItemNotFound(item_id)
    return Placement(
        shown=shown(ask, made.taste, made.session, [ranked.item]),
        beliefs=_held(made.taste.belief, now=counter.clock(), rules=counter.rules),
        reasons=tuple(
            Moved(in_words(reason, ranked, made), reason.change) for reason in ranked.reasons
        ),
    )


def _held(belief: Belief, *, now: datetime, rules: Rules) -> tuple[Held, ...]:
    """What is believed, the firmest first, ties by id."""
    stand = [
        (standing(chunk, now=now, half_life=rules.half_life), chunk) for chunk in belief.active
    ]
    stand.sort(key=lambda one: (-abs(one[0].strength) * one[0].confidence, one[1].chunk_id))
    return tuple(Held(statement(chunk), stands.strength) for stands, chunk in stand)
