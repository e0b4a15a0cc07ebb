"""The demo's content holds together: facts in shape, histories in order, no text twice."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from credence.demo.content import DemoEvent, DemoPerson, demo_items, demo_people
from credence.memory.model import Action, Item

ITEMS = demo_items()
PEOPLE = demo_people()
EVENTS = [event for person in PEOPLE for event in person.events]
GENRES = frozenset(
    [
        "Action",
        "Adventure",
        "Animation",
        "Children's",
        "Comedy",
        "Crime",
        "Documentary",
        "Drama",
        "Fantasy",
        "Historical",
        "History",
        "Horror",
        "Literary Fiction",
        "Memoir",
        "Musical",
        "Mystery",
        "Romance",
        "Science",
        "Science Fiction",
        "Thriller",
        "War",
        "Western",
    ]
)

every_item = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.item_id)
every_person = pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.user_id)


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]


def halves(person: DemoPerson) -> tuple[tuple[DemoEvent, ...], tuple[DemoEvent, ...]]:
    middle = len(person.events) // 2
    return person.events[:middle], person.events[middle:]


def ratings(events: tuple[DemoEvent, ...]) -> list[float]:
    return [event.rating for event in events if event.rating is not None]


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_the_catalogue_holds_enough_films_and_enough_books() -> None:
    kinds = Counter(item.attributes["kind"] for item in ITEMS)

    assert len(ITEMS) >= 160
    assert set(kinds) == {"film", "book"}
    assert min(kinds.values()) >= 75


def test_there_are_enough_people_each_with_a_name_of_plain_lower_case_letters() -> None:
    assert len(PEOPLE) >= 32
    assert all(re.fullmatch(r"[a-z]+", person.user_id) for person in PEOPLE)


def test_no_item_and_no_person_is_listed_twice() -> None:
    assert repeated([item.item_id for item in ITEMS]) == []
    assert repeated([person.user_id for person in PEOPLE]) == []


def test_no_two_items_are_described_alike() -> None:
    said = [sentence for item in ITEMS for sentence in sentences(item.description)]

    assert repeated(said) == []


def test_every_genre_of_the_list_is_used() -> None:
    assert {category for item in ITEMS for category in item.categories} == GENRES


def test_the_catalogue_speaks_many_languages() -> None:
    assert len({item.attributes["language"] for item in ITEMS}) >= 12


@every_item
def test_an_item_id_names_kind_and_year(item: Item) -> None:
    kind, year = item.attributes["kind"], item.attributes["year"]

    assert re.fullmatch(rf"{kind}:[a-z0-9-]+-{year}", item.item_id)
    assert 1800 <= year <= 2025


@every_item
def test_an_item_has_title_creators_and_one_to_four_known_genres(item: Item) -> None:
    assert item.title.strip()
    assert item.creators
    assert all(creator.strip() for creator in item.creators)
    assert 1 <= len(item.categories) <= 4
    assert set(item.categories) <= GENRES
    assert len(set(item.categories)) == len(item.categories)


@every_item
def test_a_description_is_one_to_three_whole_sentences(item: Item) -> None:
    said = sentences(item.description)

    assert 1 <= len(said) <= 3
    assert all(sentence.endswith((".", "!", "?")) for sentence in said)


@every_person
def test_a_person_does_fourteen_to_twenty_two_things_mostly_rating_with_words(
    person: DemoPerson,
) -> None:
    with_words = [
        event
        for event in person.events
        if event.action in {Action.RATING, Action.REVIEW} and event.text
    ]

    assert 14 <= len(person.events) <= 22
    assert len(with_words) > len(person.events) / 2


@every_person
def test_events_run_from_about_a_year_ago_to_the_last_days(person: DemoPerson) -> None:
    days = [event.days_ago for event in person.events]

    assert all(earlier >= later for earlier, later in pairwise(days))
    assert 340 <= days[0] <= 410
    assert 1 <= days[-1] <= 14


@every_person
def test_a_person_rates_low_and_high_before_and_after_midway(person: DemoPerson) -> None:
    for half in halves(person):
        assert min(ratings(half)) <= 2.5
        assert max(ratings(half)) >= 4


@every_person
def test_a_person_comes_to_judge_something_differently_than_before(person: DemoPerson) -> None:
    before, after = halves(person)
    liked = {genre for event in before for genre in high_genres(event)}
    disliked = {genre for event in before for genre in low_genres(event)}
    liked_later = {genre for event in after for genre in high_genres(event)}
    disliked_later = {genre for event in after for genre in low_genres(event)}

    assert liked & disliked_later
    assert liked_later - liked or liked_later & disliked


def test_every_event_is_about_an_item_of_the_catalogue() -> None:
    known = {item.item_id for item in ITEMS}

    assert {event.item_id for event in EVENTS} <= known


def test_ratings_are_half_stars_from_a_half_to_five_and_stand_where_they_belong() -> None:
    for event in EVENTS:
        rated = event.action in {Action.RATING, Action.REVIEW}
        assert (event.rating is not None) == rated
        if event.rating is not None:
            assert 0.5 <= event.rating <= 5
            assert event.rating % 0.5 == 0


def test_a_review_has_six_to_thirty_words() -> None:
    for event in EVENTS:
        if event.text or event.action is Action.REVIEW:
            assert 6 <= len(event.text.split()) <= 30, event.text


def test_no_sentence_is_said_twice_by_anyone() -> None:
    said = [sentence.casefold() for event in EVENTS for sentence in sentences(event.text)]

    assert repeated(said) == []


def high_genres(event: DemoEvent) -> tuple[str, ...]:
    return _genres(event) if event.rating is not None and event.rating >= 4 else ()


def low_genres(event: DemoEvent) -> tuple[str, ...]:
    low = event.action is Action.DISLIKE or (event.rating is not None and event.rating <= 2.5)
    return _genres(event) if low else ()


def _genres(event: DemoEvent) -> tuple[str, ...]:
    return next(item.categories for item in ITEMS if item.item_id == event.item_id)
