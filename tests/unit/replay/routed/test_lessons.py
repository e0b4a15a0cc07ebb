"""What is learnt from, made from a folder: nobody of the exam half, and no exam-only domain."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from credence.inference.listwise import recipe
from credence.inference.listwise.lesson import Lesson
from credence.replay.encoded import RememberedEncoder
from credence.replay.people import ReplayPerson
from credence.replay.routed import lessons as lessons_of
from credence.replay.routed.lessons import FOLDS, NothingToLearn, OtherLists, fold, lessons
from credence.replay.split import Half, half
from tests.unit.replay.routed.recorded import SIZE, Listening, a_recorded_domain, secret_of
from tests.unit.replay.worlds import SECRET

PEOPLE = [f"p{number}" for number in range(12)]
UNTRAINED = 3  # so many people of a domain `void` are all of its exam half


async def learnt(
    data: Path, extra: Path | None = None
) -> tuple[dict[str, Lesson], set[str], set[str]]:
    """The lessons of a folder, and what its encoders of sentences and words were shown."""
    sentences, words = Listening(), Listening()
    found = await lessons(
        data, extra, RememberedEncoder(sentences), RememberedEncoder(words), seed=0
    )
    return found, sentences.heard, words.heard


async def test_a_domain_kept_for_exams_is_in_no_lesson(tmp_path: Path) -> None:
    a_recorded_domain(tmp_path, "toy")
    a_recorded_domain(tmp_path, "books", seed=1)

    found, _, _ = await learnt(tmp_path)

    assert list(found) == ["toy"]


async def test_lessons_are_of_the_training_half_and_hear_no_secret_of_an_exam(
    tmp_path: Path,
) -> None:
    a_recorded_domain(tmp_path, "toy")

    found, sentences, words = await learnt(tmp_path)

    trained = [person for person in PEOPLE if half("toy", person) is Half.TRAIN]
    examined = [person for person in PEOPLE if person not in trained]
    assert trained
    assert examined
    lesson = found["toy"]
    # an exam each with one list, and two lists for each of the four eligible earlier choices
    assert len(lesson.corpus) == len(trained) * (1 + 2 * 4)
    assert lesson.folds.tolist() == [fold("toy", p) for p in trained for _ in range(9)]
    assert not lesson.more.any()
    assert lesson.centre.shape == (SIZE,)
    assert not {secret_of(p) for p in PEOPLE} & sentences
    assert not {secret_of(p) for p in examined} & words
    assert {secret_of(p) for p in trained} <= words  # told to others, see credence.replay.crowd
    assert SECRET not in sentences | words


async def test_a_domain_without_anybody_to_learn_from_is_passed_over_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    a_recorded_domain(tmp_path, "toy")
    a_recorded_domain(tmp_path, "void", people=UNTRAINED)

    found, _, _ = await learnt(tmp_path)

    assert {half("void", user_id) for user_id in PEOPLE[:UNTRAINED]} == {Half.EXAM}
    assert list(found) == ["toy"]
    assert "void: nothing is learnt" in caplog.text


async def test_a_folder_with_nobody_to_learn_from_is_refused(tmp_path: Path) -> None:
    a_recorded_domain(tmp_path, "void", people=UNTRAINED)
    a_recorded_domain(tmp_path, "books")

    with pytest.raises(NothingToLearn, match="nobody to learn from"):
        await learnt(tmp_path)


async def test_exams_with_longer_lists_are_refused_by_the_name_of_their_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = a_recorded_domain(tmp_path, "toy")

    def longer(person: ReplayPerson) -> ReplayPerson:
        known = {*person.dealt_with, *person.candidates}
        further = [item.item_id for item in domain.items if item.item_id not in known]
        return replace(person, candidates=(*person.candidates, *further[:2]))

    people = tuple(longer(person) for person in domain.people)
    monkeypatch.setattr(lessons_of, "load_domains", lambda _: (replace(domain, people=people),))

    with pytest.raises(OtherLists, match="domain toy has exams with lists of 12") as refused:
        await learnt(tmp_path)

    assert "10 candidates" in refused.value.fix


async def test_folds_part_people_and_not_their_lists(tmp_path: Path) -> None:
    a_recorded_domain(tmp_path, "toy")

    lesson = (await learnt(tmp_path))[0]["toy"]

    for one in range(FOLDS):
        held, rest = lesson.held_out(one), lesson.rows(without={one})
        assert not set(held.tolist()) & set(rest.tolist())
        assert len(held) + len(rest) == len(lesson.corpus)
        assert len(held) % 9 == 0
    assert torch.equal(lesson.rows(), torch.arange(len(lesson.corpus)))


async def test_further_readers_are_learnt_from_only_where_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_recorded_domain(tmp_path / "data", "toy")
    monkeypatch.setattr(lessons_of, "MORE_OF", "toy")
    story = [
        {"item": f"A{n}", "rating": 5.0 - n % 2, "timestamp": 86_400 * n, "review": f"number {n}."}
        for n in range(10)
    ]
    with gzip.open(tmp_path / "users.jsonl.gz", "wt", encoding="utf-8") as out:
        out.write(json.dumps({"user": "reader", "interactions": story}))

    lesson = (await learnt(tmp_path / "data", tmp_path))[0]["toy"]

    added = set(lesson.rows(more=True).tolist()) - set(lesson.rows().tolist())
    assert added == set(np.flatnonzero(lesson.more).tolist())
    assert len(added) == 2 * 3  # at 5 or more of 5 stars, after the first four
    for one in range(FOLDS):  # their fold holds nobody of the domain
        assert not added & set(lesson.held_out(one).tolist())
    assert added <= set(lesson.rows(without=range(FOLDS), more=True).tolist())


async def test_lists_have_what_people_wrote_and_what_others_say(tmp_path: Path) -> None:
    a_recorded_domain(tmp_path, "toy", people=40)

    lesson = (await learnt(tmp_path))[0]["toy"]

    lists = lesson.corpus.lists(torch.arange(len(lesson.corpus)))
    assert lists.voices.any()
    assert lists.words.any()
    assert lists.company.any()
    assert lists.followed.any()
    assert lists.followed_soon.any()
    assert lists.asked.bool().all()
    assert torch.allclose(lists.candidates.norm(dim=-1), torch.tensor(1.0), atol=1e-2)
    signals = lesson.signals(asked=True)
    assert signals.shape == (len(lesson.corpus), 10, 16)
    assert not lesson.signals(asked=False)[:, :, [0, 2, 7]].any()
    assert signals[:, :, 0].any()


async def test_whoever_the_router_learns_from_taught_the_reward_model_nothing(
    tmp_path: Path,
) -> None:
    domain = a_recorded_domain(tmp_path, "toy", people=40)
    trained = [p.user_id for p in domain.people if half("toy", p.user_id) is Half.TRAIN]
    only = [user_id for user_id in trained if fold("toy", user_id) == recipe.ROUTER_FOLD]
    assert only
    with gzip.open(tmp_path / "toy" / "toy_users.jsonl.gz", "wt", encoding="utf-8") as out:
        for person in domain.people:
            # nobody else likes one thing better than another
            high, low = (5.0, 1.0) if person.user_id in only else (4.0, 4.0)
            told = [
                {"item": int(done.item_id), "rating": high if n % 2 else low}
                for n, done in enumerate(person.history)
            ]
            out.write(json.dumps({"reviewerID": person.user_id, "interactions": told}) + "\n")

    assert (await learnt(tmp_path))[0]["toy"].pairs is None
