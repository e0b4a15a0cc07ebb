"""Training and serving show a ranker the same case, each put together in its own way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.app.rankers import default_ranker
from credence.inference.encoder import SentenceEncoder
from credence.planner.ranking.case import Ranker, RankingCase, Scored
from credence.replay.believing import isolated
from credence.replay.believing.memory import Builder
from credence.replay.believing.served import application
from credence.replay.believing.system import Believing
from credence.replay.believing.variant import Variant
from credence.replay.crowd import crowd_of
from credence.replay.encoded import RememberedEncoder
from credence.replay.loaders.instructrec import load_training_targets
from credence.replay.positions import Position
from credence.replay.questions import put
from credence.replay.runner.hall import Hall
from credence.replay.systems.system import Question
from tests.integration.replay.toy_run import SETTINGS, an_exam
from tests.unit.replay.worlds import a_row, write_folder, write_users

KINDS = ("heists", "romance", "horror")
ITEMS = 45
WORDS = (
    "amber barrel candle dagger easel falcon garnet hammer island jacket kettle lantern magnet "
    "needle orchard pepper quarry ribbon saddle tunnel umbrella velvet window yacht anchor bishop "
    "canyon desert engine forest glacier harvest insect jungle kitchen ladder mirror nickel"
)
HALF = 2e-4  # vectors are stored in half precision
ONE_VOICE = 0.02  # of what is usual: when served, the person is one of the 48 whose it is
IN_NATS = 0.05  # what that may do to a score


@dataclass
class Looking:
    """Keeps the cases it is shown, for whatever tenant."""

    name: str = "looking"
    seen: list[RankingCase] = field(default_factory=list)

    async def of(self, tenant: str) -> Ranker:
        return self

    async def score(self, case: RankingCase, keep: NDArray[np.bool_]) -> Scored:
        self.seen.append(case)
        return Scored(scores=np.zeros((len(keep), len(case.candidates))), ranker=self.name)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People who rate items of one kind, each in words of their own."""
    dice = np.random.default_rng(2)
    rows, rated = [], []
    for number in range(48):
        kind = number % len(KINDS)
        own = [index for index in range(ITEMS) if index % len(KINDS) == kind]
        chosen = [int(index) for index in dice.choice(own, 9, replace=False)]
        others = [index for index in range(ITEMS) if index not in chosen]
        stars = [int(star) for star in dice.integers(1, 6, size=9)]
        felt = ["hated" if star < 3 else "loved" for star in stars]
        said = [" ".join(dice.choice(WORDS.split(), 9, replace=False)) for _ in chosen]
        rows.append(
            a_row(
                reviewerID=f"p{number}",
                asin=chosen,
                title=[""] * 9,
                description=[""] * 9,
                reviewText=[
                    f"I {verb} the {KINDS[kind]}: {words}."
                    for verb, words in zip(felt, said, strict=True)
                ],
                instruction=f"something with {KINDS[kind]} and {said[0]}",
                ranked_lists=np.array([chosen[-1], *dice.choice(others, 9, replace=False)]),
            )
        )
        marks = [
            {"item": item, "rating": float(star), "timestamp": None}
            for item, star in zip(chosen, stars, strict=True)
        ]
        rated.append({"reviewerID": f"p{number}", "interactions": marks})
    items = [
        [str(i), f"A{i}", f"Item {i}", f"A story of {KINDS[i % len(KINDS)]}, number {i}."]
        for i in range(ITEMS)
    ]
    folder = write_folder(tmp_path_factory.mktemp("data") / "toy", rows, items=items)
    write_users(folder, rated)
    return folder


@pytest.fixture(scope="module")
def hall(data: Path, encoder: SentenceEncoder) -> Hall:
    return Hall.of(data, "toy", encode=encoder.encode, cache=None)


def positions_of(hall: Hall, data: Path) -> list[Position]:
    """The exams as if they were to be learnt from, on their eve."""
    people = {person.user_id: person for person in hall.domain.people}
    return [
        Position(
            user_id=paper.user_id,
            history=people[paper.user_id].history,
            before=len(people[paper.user_id].history),
            instruction=people[paper.user_id].instruction,
            candidates=paper.candidates,
            chosen=0,
        )
        for paper in an_exam(data).papers[:8]
    ]


async def served(found: list[Position], hall: Hall, data: Path, database: str) -> list[RankingCase]:
    """What the application shows its ranker, of a memory whose planner looks after every three
    events and after the last, and then does all it can: so training has it.
    """
    isolated.make(database, "served")
    url = isolated.within(database, "served")
    app = application(Variant(policy="fixed-1"), SETTINGS, url, hall.encoder)
    material = hall.material(an_exam(data), folder=data, database="")
    looking = Looking()
    try:
        await Builder(app=app, material=material, look_every=3, at_once=2, done=lambda: None).build(
            [position.user_id for position in found]
        )
        for position in found:
            asked = Question(
                user_id=position.user_id,
                history=position.history,
                instruction=position.instruction,
                candidates=position.candidates,
            )
            await Believing(app, looking, material).answer(asked)
    finally:
        await app.close()
    return looking.seen


async def taught(found: list[Position], hall: Hall, data: Path) -> list[RankingCase]:
    encoder = RememberedEncoder(hall.encoder.encode)
    crowd = crowd_of(hall.encoded, load_training_targets(data)["toy"], hall.words)
    least = SETTINGS.least_people
    asked = put(found, hall.encoded, encoder, crowd, words=hall.words, least=least)
    return [one.case async for one in asked]


async def test_a_case_to_learn_from_is_the_case_that_is_served(
    data: Path, database: str, hall: Hall
) -> None:
    found = positions_of(hall, data)

    shown = await served(found, hall, data, database)
    learnt = await taught(found, hall, data)

    assert len(shown) == len(learnt) == len(found) > 5
    assert sum(len(case.chunks) > 0 for case in shown) > len(shown) / 2
    for theirs, ours in zip(shown, learnt, strict=True):
        _same(theirs, ours)
        before, after = await _scores(theirs), await _scores(ours)
        assert before == pytest.approx(after, abs=IN_NATS)


async def _scores(case: RankingCase) -> dict[str, float]:
    """What the ranker that ships makes of it, by candidate."""
    keep = np.ones((1, case.pieces), dtype=np.bool_)
    scored = await default_ranker("routed", None).score(case, keep)
    return dict(zip(case.candidate_ids, scored.scores[0].tolist(), strict=True))


def _same(theirs: RankingCase, ours: RankingCase) -> None:
    order = [ours.candidate_ids.index(item_id) for item_id in theirs.candidate_ids]
    assert theirs.others is not None
    assert ours.others is not None
    assert theirs.others.people.any()
    assert theirs.others.liking.any()
    for name in ("instruction", "wording", "centre", "events", "voices", "chunks"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), atol=HALF)
    for name in ("event_weights", "strengths", "confidences"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), atol=1e-9)
    np.testing.assert_allclose(theirs.candidates, ours.candidates[order], atol=HALF)
    np.testing.assert_array_equal(theirs.others.people, ours.others.people[order])
    np.testing.assert_allclose(theirs.others.company, ours.others.company[:, order], atol=HALF)
    for name in ("words", "liking"):
        mine = getattr(ours.others, name)[order]
        np.testing.assert_allclose(getattr(theirs.others, name), mine, atol=ONE_VOICE)
    for name in ("usual", "event_words"):
        mine = getattr(ours.others, name)
        np.testing.assert_allclose(getattr(theirs.others, name), mine, atol=ONE_VOICE)
