"""Training positions as a ranker sees them: what of the choice itself is told, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np
import pytest

from credence.replay.crowd import crowd_of
from credence.replay.encoded import EncodedDomain, RememberedEncoder, encode_domain
from credence.replay.fitting import Question
from credence.replay.people import Domain, Interaction
from credence.replay.positions import Position, instruction_from, positions
from credence.replay.questions import put
from credence.replay.split import Half, half
from tests.unit.replay.worlds import a_domain, toy_encode


def review_of(user_id: str, item_id: str) -> str:
    return f"opened {user_id}x{item_id}. then tale{item_id} moved {user_id}x{item_id}."


def a_spoken_domain() -> Domain:
    """Everybody writes of every item in words that nobody else uses."""
    domain = a_domain(16)
    people = tuple(
        replace(
            person,
            history=tuple(
                replace(done, review=review_of(person.user_id, done.item_id), rating=4.0)
                for done in person.history
            ),
        )
        for person in domain.people
    )
    return replace(domain, people=people)


@pytest.fixture(scope="module")
def encoder() -> RememberedEncoder:
    return RememberedEncoder(toy_encode)


@pytest.fixture(scope="module")
def encoded(encoder: RememberedEncoder) -> EncodedDomain:
    return encode_domain(a_spoken_domain(), encoder)


async def asked_of(
    encoded: EncodedDomain, encoder: RememberedEncoder, *, words: bool = True
) -> list[tuple[Position, Question]]:
    crowd = crowd_of(encoded, {}, toy_encode)
    drawn = positions(encoded.domain, seed=1)
    read = toy_encode if words else None
    found = [one async for one in put(drawn, encoded, encoder, crowd, words=read, least=1)]
    return list(zip(drawn, found, strict=True))


async def test_each_position_is_one_question_of_its_person(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    pairs = await asked_of(encoded, encoder)

    people = [person for person, _ in groupby(question.user_id for _, question in pairs)]
    assert len(people) == len(set(people))
    assert {half("toy", person) for person in people} == {Half.TRAIN}
    for position, question in pairs:
        assert (question.user_id, question.domain) == (position.user_id, "toy")
        assert question.case.candidate_ids == position.candidates
        assert question.chosen == position.chosen


async def test_a_person_is_known_by_what_they_wrote_before_and_no_later(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    for position, question in await asked_of(encoded, encoder):
        before = [done.review for done in reversed(position.history[: position.before])]
        later = [done.review for done in position.history[position.before :]]
        items = [done.item_id for done in reversed(position.history[: position.before])]
        case = question.case

        assert case.voices is not None
        assert np.array_equal(case.voices, toy_encode(before))
        assert np.array_equal(case.events, encoded.rows(items))
        for hidden in toy_encode(later):
            assert not (case.voices == hidden).all(axis=1).any()


async def test_of_what_they_wrote_of_the_choice_only_the_instruction_is_told(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    titles = {item.item_id: item.title for item in encoded.domain.items}
    for position, question in await asked_of(encoded, encoder):
        case = question.case
        assert position.instruction is not None
        if position.before < len(position.history):
            done = position.history[position.before]
            expected = instruction_from(done.review, titles[done.item_id])
            assert position.instruction == expected
        (told,) = toy_encode([position.instruction])
        assert case.instruction is not None
        assert np.array_equal(case.instruction, told)
        assert case.wording is not None
        assert np.array_equal(case.wording, told)


async def test_others_say_what_they_say_as_if_the_person_had_never_come(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    crowd = crowd_of(encoded, {}, toy_encode)
    histories = {p.user_id: {done.item_id for done in p.history} for p in encoded.domain.people}

    for position, question in await asked_of(encoded, encoder):
        others = question.case.others
        assert others is not None
        for candidate, people in zip(position.candidates, others.people, strict=True):
            besides = [
                user_id
                for user_id, items in histories.items()
                if candidate in items and user_id != position.user_id
            ]
            assert people == len(besides)
        memory = crowd.besides(position.user_id).memory(position.candidates[position.chosen])
        assert (memory is None) == (others.people[position.chosen] == 0)


async def test_with_a_clock_others_say_what_they_had_done_before_the_choice(
    encoder: RememberedEncoder,
) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    spoken = a_spoken_domain()
    people = tuple(  # somebody does something every day, one after another
        replace(
            person,
            history=tuple(
                replace(done, timestamp=began + timedelta(days=8 * number + day))
                for number, done in enumerate(person.history)
            ),
        )
        for day, person in enumerate(spoken.people)
    )
    encoded = encode_domain(replace(spoken, people=people), encoder)
    crowd = crowd_of(encoded, {}, toy_encode)
    drawn = positions(encoded.domain, seed=1)

    def until(position: Position) -> datetime:
        at = position.history[position.before - 1].timestamp
        assert at is not None
        return at

    asked = [one async for one in put(drawn, encoded, encoder, crowd, least=1, until=until)]

    counts = list[float]()
    for position, question in zip(drawn, asked, strict=True):
        assert question.case.others is not None
        for candidate, count in zip(position.candidates, question.case.others.people, strict=True):
            by_then = [
                person.user_id
                for person in people
                if person.user_id != position.user_id
                for done in person.history
                if done.item_id == candidate
                and done.timestamp is not None
                and done.timestamp <= until(position)
            ]
            assert count == len(by_then)
            counts.append(count)
    assert any(counts)


async def test_without_an_encoder_of_words_nothing_written_is_shown(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    for _, question in await asked_of(encoded, encoder, words=False):
        assert question.case.voices is None
        assert question.case.wording is None


async def test_further_people_are_asked_too(
    encoded: EncodedDomain, encoder: RememberedEncoder
) -> None:
    story = tuple(
        Interaction(item_id=str(n), rating=5.0, review=review_of("z", str(n)), timestamp=None)
        for n in range(6)
    )

    found = [
        one
        async for one in put(
            positions(encoded.domain, seed=0, each=1, more={"z": story}),
            encoded,
            encoder,
            None,
            words=toy_encode,
        )
    ]

    (even, matched) = [one for one in found if one.user_id == "z"]
    for one in (even, matched):
        assert one.case.others is None
        assert one.case.voices is not None
        assert len(one.case.voices) in {4, 5}
