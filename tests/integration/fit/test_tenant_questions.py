"""Questions from what a tenant's people chose: as a recommendation would have been at the time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest_asyncio
from numpy.typing import NDArray

from credence.app.bootstrap import Application, assemble
from credence.app.settings import Settings
from credence.app.tenant_questions import TenantQuestion, tenant_questions
from credence.memory.lifecycle.correction import reject
from credence.memory.model import Action, Person
from credence.memory.record_events import Intake, NewEvent, record_events
from credence.memory.unit_of_work import autocommit
from credence.planner.correct import correct
from credence.planner.counter import Ask, Counter, Recommendation
from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.planner.ranking.semantic import SemanticRanker
from credence.planner.recommend import recommend
from tests.fakes import vector_of
from tests.integration.conftest import copied
from tests.integration.fit.world import (
    BEFORE,
    BESIDE,
    THEN,
    MeaninglessEncoder,
    circles,
    histories,
    liked,
    told,
)
from tests.integration.held import held_for_good

WAITING = "waiting"
ADA = "person-000"
EARLIER = BEFORE + BESIDE
CHOICE = histories(30)[1][0]
assert CHOICE.user_id == ADA


@dataclass
class Watching:
    """Ranks like the shipped ranker, and remembers what it was shown."""

    ranker: Ranker = field(default_factory=SemanticRanker)
    name: str = "watching"
    seen: list[RankingCase] = field(default_factory=list)

    async def of(self, tenant: str) -> Ranker:
        return self

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        self.seen.append(case)
        return await self.ranker.score(case, keep)


async def asked(app: Application, *, people: int = 50, seed: int = 0) -> dict[str, TenantQuestion]:
    made = await tenant_questions(WAITING, app, people=people, seed=seed)
    assert [one.user_id for one in made] == sorted({one.user_id for one in made})
    return {one.user_id: one for one in made}


def assert_same_case(one: RankingCase, other: RankingCase, *, rounding: float = 0.0) -> None:
    """Equal; what others say within what one person can do to what is usual everywhere."""
    assert one.candidate_ids == other.candidate_ids
    for name in ("candidates", "chunks", "events", "event_weights", "centre", "instruction"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(ours, theirs, atol=1e-6)
    for name in ("strengths", "confidences"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=rounding)
    assert one.others is not None
    assert other.others is not None
    np.testing.assert_allclose(one.others.company, other.others.company, rtol=1e-4, atol=1e-9)
    assert one.others.people.tolist() == other.others.people.tolist()
    np.testing.assert_allclose(one.others.liking, other.others.liking, atol=0.02)
    np.testing.assert_allclose(one.others.words, other.others.words, atol=0.02)


@pytest_asyncio.fixture
async def twin(postgres: str, peopled_database: str, quiet: Settings) -> AsyncIterator[Application]:
    """Another world with the same past as `tenants`."""
    with copied(postgres, peopled_database) as url:
        app = assemble(quiet, url, MeaninglessEncoder())
        yield app
        await app.close()


async def test_nothing_of_the_choice_or_after_it_is_in_the_question(
    tenants: Application, twin: Application
) -> None:
    now = datetime.now(UTC)  # of both worlds: standings are of the moment of recording
    await told(tenants, WAITING, [CHOICE], now=now)
    plain = (await asked(tenants))[ADA]
    unseen = next(
        item_id for item_id in circles()[3] if item_id not in {*plain.case.candidate_ids, *_own()}
    )
    loud = replace(
        CHOICE, action=Action.REVIEW, rating=5.0, text="Gorgeous prose, and the ending made me cry."
    )
    later = liked(ADA, unseen, at=THEN + timedelta(days=1), action=Action.DISLIKE)
    await told(twin, WAITING, [loud], now=now)
    await told(twin, WAITING, [later, liked(ADA, loud.item_id or "", at=THEN + timedelta(days=2))])
    otherwise = (await asked(twin))[ADA]

    assert plain.chosen == otherwise.chosen
    assert plain.case.candidate_ids[plain.chosen] == CHOICE.item_id
    assert len(plain.case.events) == EARLIER
    assert len(plain.case.chunks) > 0
    assert_same_case(plain.case, otherwise.case)


async def test_candidates_are_nine_that_the_person_never_dealt_with(tenants: Application) -> None:
    await told(tenants, WAITING, histories(30)[1])

    for user_id, one in (await asked(tenants)).items():
        ids = one.case.candidate_ids
        assert len(set(ids)) == 10
        assert list(ids) == sorted(ids)
        async with autocommit(tenants.engine) as uow:
            dealt = await uow.catalogue(WAITING).dealt_with(user_id, ids)
        assert dealt == {ids[one.chosen]}


async def test_the_seed_decides_who_is_asked_and_what(tenants: Application) -> None:
    await told(tenants, WAITING, histories(30)[1])

    some, again = await asked(tenants, people=8), await asked(tenants, people=8)
    others = await asked(tenants, people=8, seed=1)
    everyone = await asked(tenants)

    assert list(some) == list(again) != list(others)
    assert (len(some), len(everyone)) == (8, 30)
    for user_id, one in some.items():
        assert one.case.candidate_ids == again[user_id].case.candidate_ids
        assert one.case.candidate_ids == everyone[user_id].case.candidate_ids


async def test_a_list_that_was_shown_is_the_question_as_the_ranker_saw_it(
    full_database: str, quiet: Settings
) -> None:
    held: list[int] = []

    class Watched(MeaninglessEncoder):
        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            held.append(held_for_good(app.engine.pool))
            return super().encode(texts)

    app = assemble(quiet, full_database, Watched())
    made = await recommend(
        Ask(tenant=WAITING, user_id=ADA, instruction="a heist", k=10), app.counter
    )
    ranker, shown = Watching(), tuple(one.item.item_id for one in made.items)
    await _ranked(replace(app.counter, rankers=ranker), shown)
    await app.shelf.impressions.settle()
    chosen = shown[3]
    now = datetime.now(UTC)
    cites = liked(ADA, chosen, at=now, impression_id=made.impression_id)
    await told(app, WAITING, [cites])
    passes = len(held)

    question = (await asked(app))[ADA]
    await app.close()

    (seen,) = ranker.seen
    assert len(shown) == 10
    assert question.case.candidate_ids[question.chosen] == chosen
    assert question.case.instruction is not None
    np.testing.assert_allclose(question.case.instruction, vector_of("a heist"), atol=1e-6)
    assert_same_case(question.case, seen, rounding=1e-5)
    assert len(held) == passes + 1
    assert set(held) == {0}


async def test_of_an_item_known_before_the_choice_the_question_is_from_before_the_first_look(
    tenants: Application,
) -> None:
    item_id = CHOICE.item_id or ""
    look = liked(ADA, item_id, at=THEN - timedelta(days=1), action=Action.VIEW)
    await told(tenants, WAITING, [look, CHOICE])

    question = (await asked(tenants))[ADA]

    async with autocommit(tenants.engine) as uow:
        itself = (await uow.catalogue(WAITING).get([item_id]))[item_id].vector
    assert len(question.case.events) == EARLIER
    assert (question.case.events != itself).any(axis=1).all()


async def test_events_that_say_too_little_make_no_question(tenants: Application) -> None:
    items = circles()[0]
    never = [liked("never", i, at=THEN, action=Action.DISLIKE) for i in items[:5]]
    early = [liked("early", i, at=THEN + timedelta(days=n)) for n, i in enumerate(items[:3])]
    words = [
        NewEvent(user_id="words", action=Action.REVIEW, occurred_at=THEN, text="Hm.", metadata={})
        for _ in range(4)
    ]
    liking = liked("words", items[0], at=THEN + timedelta(days=1))
    few = [liked("early", items[2], at=THEN + timedelta(days=9))]
    await told(tenants, WAITING, [*never, *early, *few, *words, liking])

    assert not {"never", "early", "words"} & (await asked(tenants, people=100)).keys()


async def test_a_belief_is_the_one_from_before_the_choice_was_recorded(
    tenants: Application,
) -> None:
    person = Person(WAITING, ADA)
    async with autocommit(tenants.engine) as uow:
        held = await uow.beliefs.load(person)
    before, vectors = held.belief, held.vectors
    now = datetime.now(UTC)
    await record_events([CHOICE], tenant=WAITING, now=now, intake=Intake(), engine=tenants.engine)
    async with tenants.worker.leases.holding(person, wait=timedelta(seconds=5)) as lease:
        await correct(  # before the planner has read the choice
            person,
            lambda draft: reject(draft, before.active[0].chunk_id, why="no"),
            actor=ADA,
            why="no",
            lease=lease,
            context=tenants.worker.context,
        )
    await told(tenants, WAITING, [replace(CHOICE, item_id=None, text="I love slow-burn romance.")])
    async with autocommit(tenants.engine) as uow:
        after = (await uow.beliefs.load(person)).belief

    question = (await asked(tenants))[ADA]

    assert after.revision >= before.revision + 2
    assert len(after.chunks) > len(before.chunks)
    assert len(before.active) == len(question.case.chunks)
    assert np.array_equal(question.case.chunks[0], vectors[before.active[0].chunk_id])


async def _ranked(counter: Counter, shown: tuple[str, ...]) -> Recommendation:
    request = Ask(tenant=WAITING, user_id=ADA, instruction="a heist", candidates=shown)
    return await recommend(request, counter)


def _own() -> set[str]:
    """Items that Ada has dealt with."""
    earlier, choices = histories(30)
    return {event.item_id or "" for event in [*earlier, *choices] if event.user_id == ADA}
