"""What language models are asked of recorded people is what serving would ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from credence.replay.encoded import RememberedEncoder
from credence.replay.errors import ReplayError
from credence.replay.heads.lists import Asked, Recorded, choices, recorded
from credence.replay.split import Half, half
from tests.unit.replay.routed.recorded import a_recorded_domain, secret_of
from tests.unit.replay.worlds import toy_encode


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name in ("toy", "books"):
        a_recorded_domain(folder, name, people=24, says="I love tender romance. ")
    return folder


async def put(asked: Asked) -> tuple[Recorded, ...]:
    told: list[tuple[int, int]] = []
    found = choices(asked)
    made = await recorded(
        found, asked, RememberedEncoder(toy_encode), done=lambda *at: told.append(at)
    )
    people = sum(len(one.people) for one in found)
    assert told == [(at, people) for at in range(1, people + 1)]
    return made


async def test_only_the_training_half_is_asked_about_and_books_never_are(data: Path) -> None:
    made = await put(Asked(data=data, each=1))
    assert {one.domain for one in made} == {"toy"}
    assert {half("toy", one.user_id) for one in made} == {Half.TRAIN}
    assert all(one.known.chosen in one.known.candidates for one in made)


async def test_an_earlier_choice_is_asked_about_as_things_stood_then(data: Path) -> None:
    made = await put(Asked(data=data, each=1))
    (domain,) = (one.domain for one in choices(Asked(data=data)))
    people = {person.user_id: person for person in domain.people}
    earlier = [one for one in made if one.known.chosen != people[one.user_id].target]
    assert earlier
    for one in earlier:
        history = people[one.user_id].history
        at = next(i for i, done in enumerate(history) if done.item_id == one.known.chosen)
        seen = [event["text"] for event in data_in(one.known.person)["recent"]]
        assert seen == [done.review for done in history[:at]][::-1]
        assert secret_of(one.user_id) not in one.known.person


async def test_the_models_see_profile_latest_events_instruction_and_candidates(data: Path) -> None:
    asked = Asked(data=data, each=0, event_memory=3)
    made = await put(asked)
    (domain,) = (found.domain for found in choices(asked))
    people = {person.user_id: person for person in domain.people}
    titles = {item.item_id: item.title for item in domain.items}
    profiles = 0
    for one in made:
        person, told = people[one.user_id], data_in(one.known.person)
        latest = [done.item_id for done in person.history[:-4:-1]]
        assert [event["item"]["title"] for event in told["recent"]] == [titles[i] for i in latest]
        assert told["instruction"] == person.instruction
        profiles += bool(told["profile"])
        assert one.known.candidates == tuple(sorted(person.candidates))
        listed = data_in(one.known.named([("A", one.known.chosen)]))
        assert listed["candidates"][0]["label"] == "A"
        assert listed["candidates"][0]["item"]["title"] == titles[person.target]
    assert profiles > len(made) / 2


def data_in(prompt: str) -> dict[str, Any]:
    """The document between the marks."""
    told = prompt.rpartition("<data>")[2].partition("</data>")[0]
    document: dict[str, Any] = json.loads(told)
    return document


def test_a_domain_that_is_not_there_is_named(data: Path) -> None:
    with pytest.raises(ReplayError, match=r"elsewhere: no domain of .* it has toy"):
        choices(Asked(data=data, only={"elsewhere"}))
