"""What gives an answer away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credence.memory.model import Item
from credence.replay.exam.leaks import Leak, leaks_of, names_title, work, works
from credence.replay.people import Interaction, ReplayPerson

TITLES = {
    "1": "The Left Hand of Darkness",
    "2": "The Left Hand of Darkness (S.F. Masterworks, Book 3)",
    "3": "Dune",
    "4": "Solaris",
    "5": "",
    "6": "",
}
ITEMS = {key: Item(item_id=key, title=title) for key, title in TITLES.items()}


def a_person(
    *, target: str = "1", history: tuple[str, ...] = ("3",), instruction: str = "", review: str = ""
) -> ReplayPerson:
    return ReplayPerson(
        user_id="anna",
        history=tuple(
            Interaction(item_id=item_id, rating=None, review=review, timestamp=None)
            for item_id in history
        ),
        instruction=instruction or None,
        target=target,
        candidates=(target, "4"),
        candidates_matched=None,
    )


@pytest.mark.parametrize(
    ("text", "title", "named"),
    [
        ("something like the left hand, please", "The Left Hand of Darkness", True),
        ("THE LEFT-HAND, of course", "The Left Hand of Darkness", True),
        ("the left or the right hand", "The Left Hand of Darkness", False),
        ("hand left the", "The Left Hand of Darkness", False),
        ("I liked dune a lot", "Dune", True),
        ("I walked on dunes", "Dune", False),
        ("I liked Dune a lot", "Dune (Penguin Classics Deluxe)", True),
        ("a Penguin Classics Deluxe", "Dune (Penguin Classics Deluxe)", True),
        ("a red storm", "Red Storm Rising", False),
        ("twilight zone", "Twilight", True),
        ("les miserables again", "Les Misérables", True),
        ("philosophers stone and more", "The Philosopher’s Stone", False),
        ("the philosophers stone and more", "The Philosopher’s Stone", True),
        ("anything", "", False),
        ("", "Dune", False),
        ("... !!", "!!!", False),
    ],
)
def test_a_text_names_a_title_by_three_words_in_a_row_or_all_of_a_short_one(
    text: str, title: str, named: bool
) -> None:
    assert names_title(text, title) is named


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Dune", "DUNE!", True),
        ("Dune (Dune Chronicles, Book 1)", "Dune [Deluxe Edition]", True),
        ("The Woman in the Window", "The Woman in the Window: A Novel", True),
        ("Salt & Pepper", "Salt and Pepper", True),
        ("Emma (1996)", "Emma (2020)", False),
        ("Emma (1996)", "Emma (1996) (Widescreen)", True),
        ("Dune", "Dune Messiah", False),
        ("(500)", "(300)", False),
    ],
)
def test_editions_are_one_work_and_remakes_are_not(one: str, other: str, same: bool) -> None:
    assert (work(one) == work(other)) is same


def test_items_without_a_title_are_works_of_their_own() -> None:
    found = works(list(ITEMS.values()))

    assert found["1"] == found["2"]
    assert found["5"] != found["6"]


def test_a_clean_question_leaks_nothing() -> None:
    person = a_person(instruction="a cold planet", review="I liked the sand")

    assert leaks_of(person, person.candidates, items=ITEMS) == ()


def test_every_leak_is_named() -> None:
    person = a_person(
        history=("2",),
        instruction="like the left hand",
        review="As in The left hand of darkness: cold.",
    )

    assert leaks_of(person, ("1", "2"), items=ITEMS) == tuple(Leak)


def test_an_instruction_that_is_not_shown_leaks_nothing() -> None:
    person = a_person(instruction="like the left hand")

    assert leaks_of(person, person.candidates, items=ITEMS) == (Leak.INSTRUCTION,)
    assert leaks_of(person, person.candidates, items=ITEMS, instructed=False) == ()


def test_a_short_title_in_a_review_is_a_word_like_others() -> None:
    person = a_person(target="3", history=("4",), review="a dune of sand")

    assert leaks_of(person, person.candidates, items=ITEMS) == ()


def test_an_untitled_target_is_no_other_untitled_item() -> None:
    person = a_person(target="5", history=("6",))

    assert leaks_of(person, ("5", "6"), items=ITEMS) == ()


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_a_text_that_holds_a_title_names_it(before: str, title: str, after: str) -> None:
    if work(title) and not {"(", ")", "[", "]", "{", "}"} & set(title):
        assert names_title(f"{before} {title} {after}", title)


@given(st.text(max_size=40))
def test_case_tells_no_works_apart(title: str) -> None:
    assert work(title.casefold()) == work(title)
