"""What came of lists, as the events that cite them tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from credence.app.bootstrap import Application
from credence.memory.errors import Invalid
from credence.memory.model import Action, Impression, Person, Routing
from credence.memory.outcome import ListOutcome, Telling
from credence.memory.record_events import Recorded
from credence.memory.unit_of_work import unit_of_work
from tests.integration.memory.world import NOW, an_event, record, stocked

ALL = NOW - timedelta(days=365)


def a_list(name: str, items: Sequence[str], *, user: str | None = "ada") -> Impression:
    return Impression(
        impression_id=name,
        user_id=user,
        shown_at=NOW - timedelta(days=2),
        revision=None,
        ranker="routed-1",
        instruction="",
        session_items=(),
        flags=(),
        item_ids=tuple(items),
        scores=tuple(0.0 for _ in items),
    )


async def shown(app: Application, *lists: Impression, tenant: str = "default") -> None:
    """The lists, shown to people there are."""
    async with unit_of_work(app.engine) as uow:
        people = sorted({one.user_id for one in lists if one.user_id is not None})
        await uow.people.create_missing(tenant, people, now=NOW)
        await uow.impressions.add(tenant, lists)


async def items(app: Application) -> tuple[str, ...]:
    await stocked(app, most=8)
    async with unit_of_work(app.engine) as uow:
        return await uow.catalogue("default").ids()


async def told(app: Application, *by: Telling, tenant: str = "default") -> list[ListOutcome]:
    async with unit_of_work(app.engine) as uow:
        return [*await uow.outcomes.of(tenant, by=by, since=ALL)]


async def done(
    app: Application,
    cites: str,
    item: str | None,
    action: Action,
    *,
    user: str = "ada",
    rating: float | None = None,
    days_ago: float = 0,
    tenant: str = "default",
) -> None:
    event = an_event(
        user, item_id=item, action=action, rating=rating, days_ago=days_ago, impression_id=cites
    )
    (outcome,) = await record(app, [event], tenant=tenant)
    assert isinstance(outcome, Recorded), outcome


async def test_the_first_place_taken_decides_and_a_list_nobody_cites_came_to_nothing(
    application: Application,
) -> None:
    known = await items(application)
    await shown(application, *(a_list(name, known[:5]) for name in "abcd"))
    await done(application, "a", known[3], Action.PURCHASE)
    await done(application, "a", known[1], Action.RATING, rating=4)
    await done(application, "b", known[0], Action.VIEW)
    await done(application, "c", known[4], Action.DISLIKE)
    await done(application, "c", known[2], Action.LIKE)

    (found,) = await told(application)

    assert (found.lists, found.people, found.cited) == (4, 1, 3)
    assert (found.taken, found.refused) == (2, 1)
    assert found.hit_rate == 0.5
    assert found.mrr == pytest.approx((1 / 2 + 1 / 3) / 4)


@pytest.mark.parametrize(
    ("action", "rating", "taken", "refused"),
    [
        (Action.PURCHASE, None, 1, 0),
        (Action.LIKE, None, 1, 0),
        (Action.RATING, 4.0, 1, 0),
        (Action.REVIEW, 5.0, 1, 0),
        (Action.RATING, 3.5, 0, 0),
        (Action.REVIEW, None, 0, 0),
        (Action.CLICK, None, 0, 0),
        (Action.RATING, 2.0, 0, 1),
        (Action.SKIP, None, 0, 1),
        (Action.PURCHASE, 1.0, 0, 1),
        (Action.DISLIKE, 4.0, 1, 0),
    ],
)
async def test_what_an_event_says_of_its_list(
    application: Application, action: Action, rating: float | None, taken: int, refused: int
) -> None:
    known = await items(application)
    await shown(application, a_list("a", known[:2]))
    await done(application, "a", known[0], action, rating=rating)

    (found,) = await told(application)

    assert (found.cited, found.taken, found.refused) == (1, taken, refused)


async def test_what_was_not_on_the_list_was_not_taken_from_it(application: Application) -> None:
    known = await items(application)
    await shown(application, a_list("a", known[:2]))
    await done(application, "a", known[5], Action.PURCHASE)
    await done(application, "a", known[6], Action.DISLIKE)
    await done(application, "a", None, Action.LIKE)

    (found,) = await told(application)

    assert (found.cited, found.taken, found.refused) == (0, 0, 0)


async def test_what_was_done_before_a_list_was_shown_did_not_come_of_it(
    application: Application,
) -> None:
    known = await items(application)
    await shown(application, a_list("a", known[:2]), a_list("b", known[:2]))
    await done(application, "a", known[0], Action.PURCHASE, days_ago=2.01)
    await done(application, "b", known[0], Action.PURCHASE, days_ago=2)

    (found,) = await told(application)

    assert (found.cited, found.taken, found.mrr) == (1, 1, 0.5)


@pytest.mark.parametrize(
    ("first", "later", "came"),
    [
        (Action.LIKE, Action.DISLIKE, "refused"),
        (Action.SKIP, Action.PURCHASE, "taken"),
        (Action.LIKE, Action.VIEW, "taken"),
        (Action.DISLIKE, Action.REVIEW, "refused"),
    ],
)
@pytest.mark.parametrize("told_late", [False, True])
async def test_the_last_word_about_an_item_counts(
    application: Application, first: Action, later: Action, came: str, told_late: bool
) -> None:
    known = await items(application)
    await shown(application, a_list("a", known[:2]))
    words = [(first, 1.0), (later, 0.5)]
    for action, days_ago in reversed(words) if told_late else words:
        await done(application, "a", known[0], action, days_ago=days_ago)

    (found,) = await told(application)

    assert (found.cited, found.taken + found.refused, getattr(found, came)) == (1, 1, 1)


async def test_a_middling_rating_takes_a_like_back(application: Application) -> None:
    known = await items(application)
    await shown(application, a_list("a", known[:2]))
    await done(application, "a", known[0], Action.LIKE, days_ago=1)
    await done(application, "a", known[0], Action.RATING, rating=3.0)

    (found,) = await told(application)

    assert (found.cited, found.taken, found.refused) == (1, 0, 0)


async def test_lists_are_told_apart(application: Application) -> None:
    known = await items(application)
    routing = Routing(
        expert="books",
        weights={"books": 1.0},
        expert_scores=(0.0,),
        complement_scores=(0.0,),
        complement_share=0.5,
        alpha=None,
    )
    one = a_list("a", known[:1])
    day = timedelta(days=1)
    await shown(
        application,
        replace(one, routing=routing, instruction="a film"),
        replace(one, impression_id="b", shown_at=one.shown_at - day),
        replace(one, impression_id="c", ranker="semantic-3", user_id="bob"),
        replace(one, impression_id="d", ranker="semantic-3", user_id="bob"),
        replace(one, impression_id="e", ranker="semantic-3", user_id=None),
        replace(one, impression_id="bob", ranker="semantic-3", user_id=None),
    )
    await done(application, "c", known[0], Action.LIKE, user="bob")

    by_ranker = await told(application, Telling.RANKER)
    by_day = await told(application, Telling.DAY)
    by_both = await told(application, Telling.EXPERT, Telling.ASKED)

    assert [(o.group, o.lists, o.people, o.taken) for o in by_ranker] == [
        ({"ranker": "semantic-3"}, 4, 3, 1),
        ({"ranker": "routed-1"}, 2, 1, 0),
    ]
    days = [str((one.shown_at - day).date()), str(one.shown_at.date())]
    assert [(o.group[Telling.DAY], o.lists) for o in by_day] == [(days[0], 1), (days[1], 5)]
    assert [(o.group, o.lists) for o in by_both] == [
        ({"expert": None, "asked": "no"}, 5),
        ({"expert": "books", "asked": "yes"}, 1),
    ]
    spread = by_ranker[0].spread
    assert (spread.lists_squared, spread.lists_taken, spread.taken_squared) == (6, 2, 1)


async def test_neither_another_tenants_lists_nor_older_ones_count(
    application: Application,
) -> None:
    known = await items(application)
    await shown(application, a_list("a", known[:1]))

    await shown(application, a_list("a", known[:1]), tenant="elsewhere")
    await stocked(application, tenant="elsewhere", most=8)
    await done(application, "a", known[0], Action.LIKE, tenant="elsewhere")

    assert await told(application, tenant="nowhere") == []
    (here,), (there,) = await told(application), await told(application, tenant="elsewhere")
    assert (here.lists, here.cited, here.taken) == (1, 0, 0)
    assert (there.lists, there.cited, there.taken) == (1, 1, 1)
    async with unit_of_work(application.engine) as uow:
        since = NOW - timedelta(days=1)
        assert await uow.outcomes.of("default", by=(), since=since) == ()
        assert await uow.outcomes.of("default", by=(Telling.RANKER,), since=since) == ()


async def test_of_more_days_than_asked_for_the_latest_are_told(application: Application) -> None:
    known = await items(application)
    one, day = a_list("0", known[:1]), timedelta(days=1)
    await shown(
        application,
        *(replace(one, impression_id=str(n), shown_at=one.shown_at - n * day) for n in range(5)),
    )
    async with unit_of_work(application.engine) as uow:
        found = await uow.outcomes.of("default", by=(Telling.DAY,), since=ALL, most=2)

    assert [o.group[Telling.DAY] for o in found] == [
        str((one.shown_at - day).date()),
        str(one.shown_at.date()),
    ]


async def test_who_is_erased_leaves_the_figures(application: Application) -> None:
    known = await items(application)
    await shown(application, a_list("a", known[:1]), a_list("b", known[:1], user="bob"))
    await done(application, "a", known[0], Action.LIKE)
    async with unit_of_work(application.engine) as uow:
        await uow.people.erase(Person("default", "ada"))

    (found,) = await told(application)

    assert (found.lists, found.people, found.taken) == (1, 1, 0)


async def test_a_grouping_named_twice_is_refused(application: Application) -> None:
    with pytest.raises(Invalid, match="a grouping is named twice"):
        await told(application, Telling.DAY, Telling.DAY)
