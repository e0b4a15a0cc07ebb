"""What others say of recorded items, and that no exam answer is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from credence.planner.ranking.case import Others
from credence.planner.ranking.signals import signals
from credence.replay.crowd import Crowd, contributions_of, crowd_of
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.loaders.instructrec import load_domain, load_training_targets
from credence.replay.people import Interaction, ReplayPerson
from credence.replay.positions import Position
from credence.replay.questions import put
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_row, toy_encode, write_folder, write_users

PEOPLE = [f"u{n}" for n in range(16)]
EXAMINED = [user_id for user_id in PEOPLE if half("toy", user_id) is Half.EXAM]
TRAINING = [user_id for user_id in PEOPLE if half("toy", user_id) is Half.TRAIN]
ITEMS = 12
POISON = "zyzzyva"


def row_of(user_id: str, *, last: str = "the end of it") -> dict[str, Any]:
    """Six items of twelve, the last of them the target, each with a review."""
    taken = np.random.default_rng(PEOPLE.index(user_id)).permutation(ITEMS)
    reviews = [f"{user_id} word{n} and number {item}" for n, item in enumerate(taken[:5])]
    return a_row(
        reviewerID=user_id,
        asin=taken[:6].tolist(),
        reviewText=[*reviews, last],
        instruction="the end of it",
        ranked_lists=taken[5:].tolist(),
    )


def folder_of(folder: Path, *, poisoned: Sequence[str] = ()) -> Path:
    """A folder in which these people wrote a rare word about their target, and hated it."""
    rows = [row_of(u, last=POISON if u in poisoned else "the end of it") for u in PEOPLE]
    items = [[str(n), f"A{n}", f"Item {n}", "['Genres: Crime. A tale']"] for n in range(ITEMS)]
    written = write_folder(folder, rows, items=items)
    ratings = [
        {
            "reviewerID": row["reviewerID"],
            "interactions": [
                {"item": item, "rating": 0.5 if POISON in review else 4.0, "timestamp": None}
                for item, review in zip(row["asin"], row["reviewText"], strict=True)
            ],
        }
        for row in rows
    ]
    write_users(written, ratings)
    return written


def crowd_in(folder: Path) -> tuple[EncodedDomain, Crowd]:
    encoded = encode_domain(load_domain(folder), toy_encode)
    return encoded, crowd_of(encoded, load_training_targets(folder)["toy"], toy_encode)


def bits(of: Others) -> bytes:
    return b"".join(part.tobytes() for part in (of.words, of.company, of.people, of.liking))


def told(crowd: Crowd, person: ReplayPerson) -> Others:
    history = [done.item_id for done in reversed(person.history)]
    return crowd.besides(person.user_id).others(person.candidates, history, least=1)


async def signals_of(encoded: EncodedDomain, crowd: Crowd, user_id: str) -> NDArray[np.float64]:
    (person,) = (p for p in encoded.domain.people if p.user_id == user_id)
    position = Position(
        user_id=user_id,
        history=person.history,
        before=len(person.history),
        instruction=person.instruction,
        candidates=person.candidates,
        chosen=0,
    )
    encoder = RememberedEncoder(toy_encode)
    (case,) = [one.case async for one in put([position], encoded, encoder, crowd, least=1)]
    return signals(case, np.ones((1, case.pieces), dtype=np.bool_))


async def test_what_exam_people_say_of_their_targets_reaches_nothing(tmp_path: Path) -> None:
    clean = folder_of(tmp_path / "clean")
    poisoned = folder_of(tmp_path / "poisoned", poisoned=EXAMINED)

    (domain, before), (other_domain, after) = crowd_in(clean), crowd_in(poisoned)

    assert POISON in repr(row_of(EXAMINED[0], last=POISON))  # the word is where it was put
    assert domain.domain == other_domain.domain
    targets = load_training_targets(poisoned)["toy"]
    assert set(targets) == set(TRAINING)
    parts, same = (
        contributions_of(d.domain, load_training_targets(folder)["toy"], toy_encode)
        for d, folder in ((domain, clean), (other_domain, poisoned))
    )
    assert repr(parts) == repr(same)
    assert [p.words is None or p.words.tobytes() for p in parts] == [
        p.words is None or p.words.tobytes() for p in same
    ]
    assert repr(before.memories) == repr(after.memories)
    for person in domain.domain.people:
        assert bits(told(before, person)) == bits(told(after, person))
    for user_id in EXAMINED:
        assert np.array_equal(
            await signals_of(domain, before, user_id),
            await signals_of(other_domain, after, user_id),
        )


def test_what_training_people_say_of_their_targets_is_heard_by_everybody_else(
    tmp_path: Path,
) -> None:
    speaker = TRAINING[0]
    domain, before = crowd_in(folder_of(tmp_path / "clean"))
    _, after = crowd_in(folder_of(tmp_path / "other", poisoned=[speaker]))

    changed = {
        person.user_id
        for person in domain.domain.people
        if bits(told(before, person)) != bits(told(after, person))
    }

    assert speaker not in changed
    assert len(changed) == len(PEOPLE) - 1  # at the least by what is usual


def test_a_target_of_an_exam_person_is_refused(tmp_path: Path) -> None:
    domain = load_domain(folder_of(tmp_path))
    leak = Interaction(item_id="1", rating=5.0, review="mine", timestamp=None)

    with pytest.raises(ValueError, match="sit the exam"):
        contributions_of(domain, {EXAMINED[0]: leak}, toy_encode)


@pytest.mark.parametrize("user_id", [EXAMINED[0], TRAINING[0]])
def test_a_person_is_told_nothing_of_what_they_said_themselves(
    tmp_path: Path, user_id: str
) -> None:
    folder = folder_of(tmp_path)
    domain, targets = load_domain(folder), load_training_targets(folder)["toy"]
    (person,) = (p for p in domain.people if p.user_id == user_id)
    changed = tuple(
        replace(done, review=f"{POISON} {n}", rating=0.5) for n, done in enumerate(person.history)
    )
    other = replace(
        domain,
        people=tuple(
            replace(p, history=changed) if p.user_id == user_id else p for p in domain.people
        ),
    )
    everything = replace(person, candidates=tuple(str(n) for n in range(ITEMS)))

    before, after = (
        Crowd(contributions_of(d, targets, toy_encode), size=64) for d in (domain, other)
    )

    assert bits(told(before, everything)) == bits(told(after, everything))
    assert repr(before.memories) != repr(after.memories)


def test_without_a_person_all_is_as_if_they_had_never_come(tmp_path: Path) -> None:
    domain = load_domain(folder_of(tmp_path))
    person, *others = domain.people
    never = replace(domain, people=tuple(others))

    whole, without = (Crowd(contributions_of(d, {}, toy_encode), size=64) for d in (domain, never))

    assert bits(told(whole, person)) == bits(told(without, person))


def test_of_items_that_too_few_others_dealt_with_nothing_is_told(tmp_path: Path) -> None:
    _, crowd = crowd_in(folder_of(tmp_path))
    items = [str(n) for n in range(ITEMS)]

    everybody = crowd.besides(EXAMINED[0]).others(items, items, least=1)
    many = crowd.besides(EXAMINED[0]).others(items, items, least=8)

    assert everybody.people.min() > 0
    hidden = everybody.people < 8
    assert hidden.any() and not hidden.all()
    assert not many.people[hidden].any()
    assert not many.words[hidden].any()
    assert not many.company[hidden].any()
    assert not many.company[:, hidden].any()
    assert np.array_equal(many.people[~hidden], everybody.people[~hidden])


def test_in_an_empty_crowd_nothing_is_told() -> None:
    nothing = Crowd([], size=64).besides("anna").others(["1", "2"], ["3"])

    assert nothing.words.shape == (2, 64)
    for part in (nothing.words, nothing.company, nothing.people, nothing.liking):
        assert not part.any()


def test_by_a_time_the_others_say_what_they_had_done_by_then(tmp_path: Path) -> None:
    domain = load_domain(folder_of(tmp_path))
    late, early = PEOPLE[:5], PEOPLE[5:]
    then = datetime(2026, 3, 1, tzinfo=UTC)

    def dated(person: ReplayPerson) -> ReplayPerson:
        at = then + timedelta(seconds=1) if person.user_id in late else then
        return replace(
            person, history=tuple(replace(done, timestamp=at) for done in person.history)
        )

    whole = replace(domain, people=tuple(map(dated, domain.people)))
    by_then = replace(whole, people=tuple(p for p in whole.people if p.user_id in early))
    crowd, known = (Crowd(contributions_of(d, {}, toy_encode), size=64) for d in (whole, by_then))
    items = [str(n) for n in range(ITEMS)]

    for user_id in (early[0], late[0]):
        told = crowd.besides(user_id, until=then).others(items, items, least=1)
        expected = known.besides(user_id).others(items, items, least=1)
        assert np.array_equal(told.people, expected.people)
        assert np.array_equal(told.company, expected.company)
    everything = crowd.besides(late[0]).others(items, items, least=1)
    assert everything.people.sum() > expected.people.sum()
    nobody = crowd.besides(late[0], until=then - timedelta(1)).others(items, items, least=1)
    assert not nobody.people.any()
    assert not nobody.liking.any()
