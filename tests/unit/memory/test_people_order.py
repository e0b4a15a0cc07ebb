from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.errors import Invalid
from credence.memory.people_order import PeopleOrder, PersonRow, Place, place_of

moments = st.timedeltas(timedelta(days=-40_000), timedelta(days=40_000)).map(
    lambda since: datetime(2000, 1, 1, tzinfo=UTC) + since
)
rows = st.builds(
    PersonRow,
    user_id=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=9),
    created_at=moments,
    last_event_at=st.none() | moments,
    events=st.integers(0, 9),
    pending=st.integers(0, 9),
    revision=st.integers(0, 9),
    beliefs=st.integers(0, 9),
    certainty=st.floats(0, 1),
    contested=st.integers(0, 9),
    failures=st.integers(0, 9),
    retry_at=st.none(),
)
UNCERTAIN, ID, CHANGED = PeopleOrder.UNCERTAIN, PeopleOrder.ID, PeopleOrder.CHANGED


@given(rows, st.sampled_from(PeopleOrder))
def test_a_place_survives_json(row: PersonRow, order: PeopleOrder) -> None:
    place = place_of(row, order)

    assert Place.from_json(json.loads(json.dumps(place.to_json())), order=order) == place


@given(rows, rows)
def test_whoever_was_active_later_comes_first_to_the_microsecond(
    one: PersonRow, other: PersonRow
) -> None:
    first, second = (place_of(row, PeopleOrder.ACTIVE) for row in (one, other))

    if one.last_event_at is not None and other.last_event_at is not None:
        assert (first.values < second.values) == (one.last_event_at > other.last_event_at)
    if one.last_event_at is not None and other.last_event_at is None:
        assert first.values < second.values


@pytest.mark.parametrize(
    ("document", "order"),
    [
        (None, ID),
        ({"order": "id"}, ID),
        ([], ID),
        (["id"], ID),
        (["id", 1], ID),
        (["id", "a\0b"], ID),
        (["id", "\ud800"], ID),
        (["id", "ada", "ada"], ID),
        (["id", "ada"], CHANGED),
        (["changed", "ada"], CHANGED),
        (["changed", "3", "ada"], CHANGED),
        (["changed", True, "ada"], CHANGED),
        (["changed", 0.5, "ada"], CHANGED),
        (["changed", None, "ada"], CHANGED),
        (["changed", 2**63, "ada"], CHANGED),
        (["uncertain", float("nan"), "ada"], UNCERTAIN),
        (["uncertain", float("inf"), "ada"], UNCERTAIN),
        (["uncertain", [0.5], "ada"], UNCERTAIN),
        (["attention", -1, "ada"], PeopleOrder.ATTENTION),
        (["active", None, "ada"], PeopleOrder.ACTIVE),
    ],
)
def test_a_place_that_was_tampered_with_is_refused(document: object, order: PeopleOrder) -> None:
    with pytest.raises(Invalid) as refused:
        Place.from_json(document, order=order)

    assert refused.value.field == "cursor"
