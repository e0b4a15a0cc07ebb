from __future__ import annotations

from dataclasses import replace

from credence.replay.evolving.asked import Walk, digest, walks
from credence.replay.evolving.timeline import Timeline, real
from credence.replay.exam.negatives import COUNT, Shelf
from tests.unit.replay.evolving.test_timeline import long_lived

DOMAIN = long_lived()
SHELF = Shelf.of(DOMAIN.items, {})


def asked(
    timelines: tuple[Timeline, ...] | None = None, *, stride: int = 1, seed: int = 0
) -> tuple[Walk, ...]:
    found = real(DOMAIN, seed=0, most=None) if timelines is None else timelines
    return walks(found, shelf=SHELF, stride=stride, seed=seed)


def test_the_item_really_taken_stands_among_nine_that_the_person_never_took() -> None:
    for walk in asked():
        for step, paper in walk.papers.items():
            assert paper.target == walk.timeline.story[step - 1].item_id
            assert len(set(paper.candidates)) == COUNT + 1
            assert set(paper.candidates) & walk.timeline.known == {paper.target}


def test_every_step_from_the_fifth_is_asked_about_or_one_in_so_many() -> None:
    assert {tuple(walk.papers) for walk in asked()} == {(5, 6, 7, 8, 9, 10, 11, 12)}
    assert {tuple(walk.papers) for walk in asked(stride=3)} == {(5, 8, 11)}


def test_a_question_is_the_same_whatever_else_is_asked() -> None:
    every, some = asked(), asked(stride=3)

    for more, fewer in zip(every, some, strict=True):
        assert {step: more.papers[step] for step in fewer.papers} == fewer.papers


def test_disliked_steps_are_not_asked_about_and_unrated_ones_are() -> None:
    [timeline] = real(DOMAIN, seed=0, most=1)
    ratings = [4.0] * 6 + [2.5, 3.0, None] + [1.0] * 3
    story = tuple(
        replace(done, rating=rating) for done, rating in zip(timeline.story, ratings, strict=True)
    )

    [walk] = asked((replace(timeline, story=story),))

    assert tuple(walk.papers) == (5, 6, 8, 9)


def test_whoever_liked_nothing_is_left_out() -> None:
    [timeline] = real(DOMAIN, seed=0, most=1)
    story = tuple(replace(done, rating=1.0) for done in timeline.story)

    assert asked((replace(timeline, story=story),)) == ()


def test_questions_of_one_person_have_different_negatives() -> None:
    for walk in asked():
        beside = {frozenset({*p.candidates} - {p.target}) for p in walk.papers.values()}

        assert len(beside) > 1


def test_the_digest_tells_any_other_question() -> None:
    others = [
        asked(seed=1),
        asked(stride=2),
        asked()[1:],
        asked(tuple(replace(t, splice=6) for t in real(DOMAIN, seed=0, most=None))),
    ]

    assert digest(asked()) == digest(asked())
    assert len({digest(asked()), *map(digest, others)}) == 5
